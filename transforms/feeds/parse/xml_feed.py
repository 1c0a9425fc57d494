"""Parser of RSS, Atom and RDF, based on feedparser."""

from __future__ import annotations

import calendar
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from time import struct_time
from typing import Any

import feedparser

from transforms.feeds.parse.dates import Times
from transforms.feeds.parse.document import EXPECTED, Document, NotAFeedError
from transforms.feeds.parse.items import ParsedItem, ParsedItems
from transforms.text.urls import is_web_url

# https://web.resource.org/rss/1.0/modules/syndication/
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_MAX_INTERVAL = timedelta(days=30)
_MEDIA = ("media_content", "media_thumbnail", "enclosures")


def read_xml(document: Document) -> ParsedItems:
    """Return the items of a feed.

    Raises NotAFeedError if the document is not a feed, or is too broken to contain an entry.
    """
    parsed = _parsed(document.text)
    if not parsed.entries and (not parsed.get("version") or parsed.bozo):
        problem = parsed.get("bozo_exception") or "no feed element"
        raise NotAFeedError(f"{EXPECTED}: {problem}")
    times = Times()
    return ParsedItems(
        [_item(entry, times) for entry in parsed.entries],
        _text(parsed.feed, "title"),
        _text(parsed.feed, "language") or None,
        max(_intervals(parsed.feed), default=None),
        tuple(_hubs(parsed.feed)),
    )


def _parsed(text: str) -> Any:
    # A stream, because feedparser would open a string as a file name or a URL. Sanitising HTML and resolving
    # URIs are off: they cost more than parsing, and every text is converted to plain text later.
    try:
        return feedparser.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # Hostile text makes it raise undocumented exceptions.
        raise NotAFeedError(f"feedparser cannot read it: {type(error).__name__}: {error}") from None


def _item(entry: Any, times: Times) -> ParsedItem:
    contents = [content.get("value") or "" for content in _mappings(entry, "content")]
    authors = [author.get("name") or "" for author in _mappings(entry, "authors")]
    # keys(), because feedparser returns "published" for an absent "updated". If an entry has only an update
    # time (dc:date of RDF, Atom without published), it is the time of publication.
    updated = _time(entry, "updated", times) if "updated" in entry.keys() else None  # noqa: SIM118
    return ParsedItem(
        # FeedBurner's own link counts clicks and redirects; the original link is in an element of its own.
        link=_text(entry, "feedburner_origlink") or _text(entry, "link"),
        id=_text(entry, "id"),
        title=_text(entry, "title"),
        summary=_text(entry, "summary"),
        content=max(contents, key=len, default=""),
        authors=authors or [_text(entry, "author")],
        tags=[tag.get("term") or "" for tag in _mappings(entry, "tags")],
        published=_time(entry, "published", times) or updated,
        updated=updated,
        language=_text(entry, "language") or None,
        image=_image(entry),
        base=_base(entry),
    )


def _text(values: Mapping[str, Any], name: str) -> str:
    # feedparser stores unknown elements under their own names, with values of any type.
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _mappings(values: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    items = values.get(name)
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _base(entry: Mapping[str, Any]) -> str | None:
    """Return the xml:base that applies to an entry, if it is an absolute URL."""
    detail = entry.get("title_detail")
    base = _text(detail, "base") if isinstance(detail, Mapping) else ""
    return base if is_web_url(base) else None


def _image(entry: Mapping[str, Any]) -> str | None:
    for item in chain.from_iterable(_mappings(entry, name) for name in _MEDIA):
        url = _text(item, "url") or _text(item, "href")
        kind = _text(item, "medium") or _text(item, "type") or "image"
        if kind.startswith("image") and is_web_url(url):
            return str(url)
    return None


def _time(entry: Mapping[str, Any], name: str, times: Times) -> datetime | None:
    return times.read(_text(entry, name), _from_struct(entry.get(f"{name}_parsed")))


def _from_struct(value: Any) -> datetime | None:
    if not isinstance(value, struct_time):
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(value), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _intervals(feed: Mapping[str, Any]) -> Iterator[timedelta]:
    """Yield the intervals between polls that a feed asks for.

    They are ttl of RSS, in minutes, and the period of the syndication module divided by its frequency.
    """
    if minutes := _number(feed.get("ttl")):
        yield min(timedelta(minutes=minutes), _MAX_INTERVAL)
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    if period:
        yield min(period / (_number(feed.get("sy_updatefrequency")) or 1), _MAX_INTERVAL)


def _number(value: Any) -> int:
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def _hubs(feed: Mapping[str, Any]) -> Iterator[str]:
    """Yield the URLs of WebSub hubs (https://www.w3.org/TR/websub/#discovery)."""
    for link in _mappings(feed, "links"):
        url = _text(link, "href")
        if link.get("rel") == "hub" and is_web_url(url):
            yield url
