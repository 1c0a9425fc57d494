"""Keys of entries: how an entry is recognised when its feed lists it again."""

from __future__ import annotations

import collections
import dataclasses
import re
from collections.abc import Iterable

from transforms.records import Entry, key_of
from transforms.text.urls import clean_url, is_home_page, is_web_url, page_identity

_TAG = re.compile(r"<[^<>]*+>")  # Never matches across another "<", so that it takes linear time.


def with_keys(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries of one feed document with their keys, without repeats.

    Feeds are unreliable: a guid may change with the headline, be the same for all items, or be random.
    An entry therefore has up to three keys, the strongest first:

    1. The link, unless items with different headlines share it or it is a home page.
    2. The guid together with the headline, so that a constant guid never hides news.
    3. Headline, time and the part of the URL that all variants of a page share. It recognises links to
       AMP and mobile pages, and links whose scheme or port has changed.

    If the feed marks updates, entries also have version keys. They cover the content of an entry but not
    its time, because many feeds put the time of the poll there.
    """
    listed = list(entries)
    marks_updates = any(entry.updated_at for entry in listed)
    titles_by_link: dict[str, set[str]] = collections.defaultdict(set)
    for entry in listed:
        titles_by_link[clean_url(entry.url)].add(entry.title)
    by_first_key: dict[str, Entry] = {}
    for entry in listed:
        link = clean_url(entry.url)
        keys = [key_of(f"guid {entry.feed_url} {entry.entry_id} {entry.title}")]
        versions: tuple[str, ...] = ()
        if is_web_url(link) and not is_home_page(link) and len(titles_by_link[link]) == 1:
            keys.insert(0, key_of(f"link {link}"))
            if entry.published_at:
                place = f"{page_identity(link)} {entry.title} {entry.published_at.isoformat()}"
                keys.append(key_of(f"place {place}"))
            versions = _version_keys(entry, link) if marks_updates else ()
        by_first_key.setdefault(keys[0], dataclasses.replace(entry, keys=tuple(keys), versions=versions))
    return tuple(by_first_key.values())


def _version_keys(entry: Entry, link: str) -> tuple[str, str]:
    """Return the keys for Entry.versions, scoped to one feed: two feeds describe a page differently."""
    # Tags are removed because the URLs of counters and pictures change with every poll.
    content = " ".join(_TAG.sub(" ", entry.content or entry.summary).split())
    page = f"{entry.feed_url} {link}"
    return key_of(f"version {page} {entry.title} {content}"), key_of(f"versions {page}")
