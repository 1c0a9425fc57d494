"""By which an entry is known when its feed lists it again."""

from __future__ import annotations

import collections
import dataclasses
import re
from collections.abc import Iterable

from transforms.records import Entry, key_of
from transforms.text.urls import clean_url, is_home_page, is_web_url, page_identity

_TAG = re.compile(r"<[^<>]*+>")  # Not over another "<", so that no text is looked through twice.


def with_keys(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Gives each entry of one feed document its identities; repeats of an entry are dropped.

    A ladder, because feeds lie: guids change with the headline, are the same for
    all items, or are random. The link comes first, unless items with different
    headlines share it or it is a home page. The guid counts only together with
    the headline, so that a constant guid never hides news. Headline, time and what
    the variants of its page have in common identify an entry whose link leads to an
    AMP or mobile page, or when scheme or port have changed.

    A feed that tells of updates gives versions too: what it says of an entry, without the
    time, since many put the time of the poll there.
    """
    listed = list(entries)
    tells_of_updates = any(entry.updated_at for entry in listed)
    titles_of: dict[str, set[str]] = collections.defaultdict(set)
    for entry in listed:
        titles_of[clean_url(entry.url)].add(entry.title)
    result: dict[str, Entry] = {}
    for entry in listed:
        link = clean_url(entry.url)
        keys = [key_of(f"guid {entry.feed_url} {entry.entry_id} {entry.title}")]
        versions: tuple[str, ...] = ()
        if is_web_url(link) and not is_home_page(link) and len(titles_of[link]) == 1:
            keys.insert(0, key_of(f"link {link}"))
            if entry.published_at:
                place = f"{page_identity(link)} {entry.title} {entry.published_at.isoformat()}"
                keys.append(key_of(f"place {place}"))
            versions = _versions(entry, link) if tells_of_updates else ()
        result.setdefault(keys[0], dataclasses.replace(entry, keys=tuple(keys), versions=versions))
    return tuple(result.values())


def _versions(entry: Entry, link: str) -> tuple[str, str]:
    """As Entry.versions; of one feed, because two do not say the same of one page."""
    # Without tags: the addresses of counters and pictures differ from poll to poll.
    said = " ".join(_TAG.sub(" ", entry.content or entry.summary).split())
    page = f"{entry.feed_url} {link}"
    return key_of(f"version {page} {entry.title} {said}"), key_of(f"versions {page}")
