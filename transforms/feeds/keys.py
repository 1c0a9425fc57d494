"""Identity of entries: how one is recognised when a feed lists it again."""

from __future__ import annotations

import collections
import dataclasses
import re
from collections.abc import Iterable

from transforms.records import Entry, key_of
from transforms.text.urls import clean_url, is_home_page, is_web_url, page_identity

_TAG = re.compile(r"<[^<>]*+>")  # It never passes another "<", so no text is scanned twice.


def with_keys(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Give each entry of one feed document its identities, and drop repeated entries.

    Identities form a ladder, because feeds lie: guids change with the headline, are the same for all
    items, or are random. The link comes first, unless items with different headlines share it or it is
    a home page. The guid counts only together with the headline, so a constant guid never hides news.
    Headline, time and the common part of the page's variants identify an entry whose link leads to an
    AMP or mobile page, or whose scheme or port has changed.

    Entries of a feed that marks updates get versions too: their content without the time, because many
    feeds put the time of the poll there.
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
    """Return the version keys, as Entry.versions. They are scoped to one feed: two feeds describe the same
    page differently."""
    # Without tags: the addresses of counters and pictures differ from poll to poll.
    said = " ".join(_TAG.sub(" ", entry.content or entry.summary).split())
    page = f"{entry.feed_url} {link}"
    return key_of(f"version {page} {entry.title} {said}"), key_of(f"versions {page}")
