"""Feed documents to entries, whatever the kind of feed."""

from __future__ import annotations

import calendar
import collections
import dataclasses
import io
import json
import logging
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from time import struct_time
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import feedparser

from transforms.records import Entry, FeedSource, key_of, to_utc
from transforms.text import one_line
from transforms.urls import clean_url, is_home_page, is_web_url

# Of a feed; the longest of 92 real ones had 200. Longer ones are archives, or hostile.
MAX_ENTRIES = 10_000

_TAG = re.compile(r"<[^>]*>")

LOG = logging.getLogger("copytaster.feeds")


class NotAFeedError(Exception):
    """What was served is no feed, or one too broken to hold an entry."""


class _Document(NamedTuple):
    title: str
    language: str | None
    items: list[dict[str, Any]]
    """Fields named as in Entry, as served: HTML, relative links."""


class ParsedFeed(NamedTuple):
    """A feed document: its entries, and what it says of itself."""

    entries: tuple[Entry, ...]
    title: str = ""
    interval: timedelta | None = None
    """How often it asks to be polled: the largest of ttl and sy:updatePeriod over sy:updateFrequency."""
    hubs: tuple[str, ...] = ()
    """WebSub hubs that it announces."""


def parse_feed(body: bytes, source: FeedSource, base_url: str, seen_at: datetime) -> ParsedFeed:
    """The entries of an RSS, Atom, RDF or JSON feed, in its order, at most MAX_ENTRIES.

    `base_url` is where the body came from: relative links are resolved against it.
    Raises NotAFeedError where there is no feed in the body.
    """
    is_json = body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    document = _json_document(body) if is_json else _xml_document(body)
    if len(document.items) > MAX_ENTRIES:
        LOG.warning("%s: reads %d of %d entries", source.url, MAX_ENTRIES, len(document.items))
    entries = with_keys(
        _entry(item, document, source, base_url, seen_at) for item in document.items[:MAX_ENTRIES]
    )
    return ParsedFeed(entries, one_line(document.title))


def with_keys(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Gives each entry of one feed document its identities; repeats of an entry are dropped.

    A ladder, because feeds lie: guids change with the headline, are the same for
    all items, or are random. The link comes first, unless items with different
    headlines share it or it is a home page. The guid counts only together with
    the headline, so that a constant guid never hides news. Headline, time and path
    together identify an entry on its host when scheme or port have changed.

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
                place = f"{urlsplit(link).hostname} {link.split('/', 3)[-1]}"
                keys.append(key_of(f"place {place} {entry.title} {entry.published_at.isoformat()}"))
            versions = _versions(entry, link) if tells_of_updates else ()
        result.setdefault(keys[0], dataclasses.replace(entry, keys=tuple(keys), versions=versions))
    return tuple(result.values())


def _versions(entry: Entry, link: str) -> tuple[str, str]:
    """As Entry.versions; of one feed, because two do not say the same of one page."""
    # Without tags: the addresses of counters and pictures differ from poll to poll.
    said = " ".join(_TAG.sub(" ", entry.content or entry.summary).split())
    page = f"{entry.feed_url} {link}"
    return key_of(f"version {page} {entry.title} {said}"), key_of(f"versions {page}")


def _entry(
    item: Mapping[str, Any], document: _Document, source: FeedSource, base_url: str, seen_at: datetime
) -> Entry:
    link = (item["link"] or "").strip()
    try:
        url = urljoin(item.get("base") or base_url, link) if link else ""
    except ValueError:
        url = link
    return Entry(
        feed_url=source.url,
        entry_id=str(item["id"] or url),
        keys=(),
        url=url,
        title=one_line(item["title"] or ""),
        summary=one_line(item["summary"] or ""),
        content=item["content"] or "",
        authors=tuple(name for name in map(one_line, item["authors"]) if name),
        tags=tuple(dict.fromkeys(tag for tag in map(one_line, item["tags"]) if tag)),
        published_at=item["published"],
        updated_at=item["updated"],
        language=item["language"] or document.language,
        image_url=item["image"],
        publisher=source.publisher or one_line(document.title) or None,
        publisher_country=source.country,
        first_seen_at=seen_at,
    )


def _xml_document(body: bytes) -> _Document:
    # A stream, because feedparser takes bytes for a file name or a URL and opens it.
    # Sanitising and resolving URIs cost more than the parsing, and every text is made plain later.
    parsed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    if not parsed.entries and (not parsed.get("version") or parsed.bozo):
        problem = parsed.get("bozo_exception") or "no feed element"
        raise NotAFeedError(f"expected RSS, Atom, RDF or JSON Feed: {problem}")
    items = []
    for entry in parsed.entries:
        contents = [content.get("value") or "" for content in entry.get("content", [])]
        authors = [author.get("name") or "" for author in entry.get("authors", [])]
        # keys(), because feedparser answers for an absent "updated" with "published". Where only an
        # update is told (dc:date of RDF, Atom without published), it is when the entry came out.
        updated = _from_struct(entry["updated_parsed"]) if "updated_parsed" in entry.keys() else None  # noqa: SIM118
        published = _from_struct(entry.get("published_parsed"))
        items.append(
            {
                "id": entry.get("id"),
                "link": entry.get("link"),
                "base": _xml_base(entry),
                "title": entry.get("title"),
                "summary": entry.get("summary"),
                "content": max(contents, key=len, default=""),
                "authors": authors or [entry.get("author") or ""],
                "tags": [tag.get("term") or "" for tag in entry.get("tags", [])],
                "published": published or updated,
                "updated": updated,
                "language": entry.get("language") or None,
                "image": _image(entry),
            }
        )
    return _Document(parsed.feed.get("title") or "", parsed.feed.get("language") or None, items)


def _xml_base(entry: Mapping[str, Any]) -> str | None:
    """The xml:base in force at an entry, where it is an absolute URL."""
    base = (entry.get("title_detail") or {}).get("base") or ""
    return base if is_web_url(base) else None


def _image(entry: Mapping[str, Any]) -> str | None:
    media = [*entry.get("media_content", []), *entry.get("media_thumbnail", []), *entry.get("enclosures", [])]
    for item in media:
        url = item.get("url") or item.get("href") or ""
        kind = item.get("medium") or item.get("type") or "image"
        if kind.startswith("image") and is_web_url(url):
            return str(url)
    return None


def _from_struct(value: struct_time | None) -> datetime | None:
    if value is None:
        return None
    try:
        seconds = calendar.timegm(value)
        # The epoch itself is how broken software writes "no date".
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def _json_document(body: bytes) -> _Document:
    """Reads JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    try:
        feed = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotAFeedError(f"expected JSON Feed: {error}") from None
    items = feed.get("items")
    if not isinstance(items, list) or "jsonfeed.org" not in str(feed.get("version")):
        raise NotAFeedError("expected JSON Feed: no version of jsonfeed.org, or no items")
    return _Document(
        _text(feed.get("title")),
        _text(feed.get("language")) or None,
        [_json_item(item) for item in items if isinstance(item, dict)],
    )


def _json_item(item: Mapping[str, Any]) -> dict[str, Any]:
    authors = item.get("authors") or [item.get("author")]
    tags = item.get("tags")
    return {
        "id": item["id"] if isinstance(item.get("id"), (str, int, float)) else None,
        "link": _text(item.get("url")) or _text(item.get("external_url")),
        "title": _text(item.get("title")),
        "summary": _text(item.get("summary")),
        "content": _text(item.get("content_html")) or _text(item.get("content_text")),
        "authors": [_text(author.get("name")) for author in authors if isinstance(author, dict)]
        if isinstance(authors, list)
        else [],
        "tags": [_text(tag) for tag in tags] if isinstance(tags, list) else [],
        "published": _from_text(item.get("date_published")),
        "updated": _from_text(item.get("date_modified")),
        "language": _text(item.get("language")) or None,
        "image": image if is_web_url(image := _text(item.get("image"))) else None,
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _from_text(value: Any) -> datetime | None:
    try:
        return to_utc(datetime.fromisoformat(_text(value)))
    except ValueError:
        return None
