"""RSS, Atom and RDF, by feedparser."""

from __future__ import annotations

import calendar
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from time import struct_time
from typing import Any

import feedparser

from transforms.feeds.document import Document, NotAFeedError
from transforms.feeds.items import Item, Items
from transforms.urls import is_web_url

# https://web.resource.org/rss/1.0/modules/syndication/
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_LONGEST_INTERVAL = timedelta(days=30)


def read_xml(document: Document) -> Items:
    """The items of a feed. Raises NotAFeedError where there is none, or it is too broken to hold an entry."""
    parsed = _parsed(document.text)
    if not parsed.entries and (not parsed.get("version") or parsed.bozo):
        problem = parsed.get("bozo_exception") or "no feed element"
        raise NotAFeedError(f"expected RSS, Atom, RDF, JSON Feed or a news sitemap: {problem}")
    return Items(
        [_item(entry) for entry in parsed.entries],
        parsed.feed.get("title") or "",
        parsed.feed.get("language") or None,
        max(_intervals(parsed.feed), default=None),
        tuple(_hubs(parsed.feed)),
    )


def _parsed(text: str) -> Any:
    # A stream, because feedparser takes text for a file name or a URL and opens it.
    # Sanitising and resolving URIs cost more than the parsing, and every text is made plain later.
    try:
        return feedparser.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # It fails on hostile text in ways that nobody lists.
        raise NotAFeedError(f"feedparser cannot read it: {type(error).__name__}: {error}") from None


def _item(entry: Any) -> Item:
    contents = [content.get("value") or "" for content in entry.get("content", [])]
    authors = [author.get("name") or "" for author in entry.get("authors", [])]
    # keys(), because feedparser answers for an absent "updated" with "published". Where only an
    # update is told (dc:date of RDF, Atom without published), it is when the entry came out.
    updated = _from_struct(entry["updated_parsed"]) if "updated_parsed" in entry.keys() else None  # noqa: SIM118
    return Item(
        # FeedBurner's own link counts clicks and leads on; what it stands for is told beside.
        link=entry.get("feedburner_origlink") or entry.get("link") or "",
        id=entry.get("id") or "",
        title=entry.get("title") or "",
        summary=entry.get("summary") or "",
        content=max(contents, key=len, default=""),
        authors=authors or [entry.get("author") or ""],
        tags=[tag.get("term") or "" for tag in entry.get("tags", [])],
        published=_from_struct(entry.get("published_parsed")) or updated,
        updated=updated,
        language=entry.get("language") or None,
        image=_image(entry),
        base=_base(entry),
    )


def _base(entry: Mapping[str, Any]) -> str | None:
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


def _intervals(feed: Mapping[str, Any]) -> Iterator[timedelta]:
    """What a feed asks for: RSS's ttl in minutes; the syndication module's period, so many times in it."""
    if minutes := _number(feed.get("ttl")):
        yield min(timedelta(minutes=minutes), _LONGEST_INTERVAL)
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    if period:
        yield min(period / (_number(feed.get("sy_updatefrequency")) or 1), _LONGEST_INTERVAL)


def _number(value: Any) -> int:
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def _hubs(feed: Mapping[str, Any]) -> Iterator[str]:
    """https://www.w3.org/TR/websub/#discovery"""
    for link in feed.get("links", []):
        url = link.get("href") or ""
        if link.get("rel") == "hub" and is_web_url(url):
            yield url
