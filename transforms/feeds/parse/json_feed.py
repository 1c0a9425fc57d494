"""Parser of JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from transforms.feeds.parse.bounds import MAX_ENTRIES
from transforms.feeds.parse.dates import Times
from transforms.feeds.parse.document import Document, NotAFeedError
from transforms.feeds.parse.items import ParsedItem, ParsedItems
from transforms.text.urls import is_web_url


def read_json(document: Document) -> ParsedItems:
    """Return at most MAX_ENTRIES items. Raises NotAFeedError if the document is not a JSON Feed."""
    try:
        # Feeds have line breaks within strings, which strict JSON forbids.
        feed = json.loads(document.text, strict=False)
    except (ValueError, RecursionError) as error:
        raise NotAFeedError(f"expected a JSON Feed: {error}") from None
    items = feed.get("items")
    if not isinstance(items, list) or "jsonfeed.org" not in str(feed.get("version")):
        raise NotAFeedError(
            "expected a JSON Feed, but the document has no version of jsonfeed.org or no items"
        )
    times = Times()
    return ParsedItems(
        [_item(item, times) for item in items[:MAX_ENTRIES] if isinstance(item, dict)],
        _text(feed.get("title")),
        _text(feed.get("language")) or None,
        hubs=tuple(_hubs(feed.get("hubs"))),
    )


def _item(item: Mapping[str, Any], times: Times) -> ParsedItem:
    authors = item.get("authors") or [item.get("author")]
    tags = item.get("tags")
    image = _text(item.get("image"))
    return ParsedItem(
        link=_text(item.get("url")) or _text(item.get("external_url")),
        id=_text(str(item["id"])) if isinstance(item.get("id"), (str, int, float)) else "",
        title=_text(item.get("title")),
        summary=_text(item.get("summary")),
        content=_text(item.get("content_html")) or _text(item.get("content_text")),
        authors=[_text(author.get("name")) for author in authors if isinstance(author, dict)]
        if isinstance(authors, list)
        else [],
        tags=[_text(tag) for tag in tags] if isinstance(tags, list) else [],
        published=times.read(_text(item.get("date_published"))),
        updated=times.read(_text(item.get("date_modified"))),
        language=_text(item.get("language")) or None,
        image=image if is_web_url(image) else None,
    )


def _hubs(value: Any) -> Iterator[str]:
    for hub in value if isinstance(value, list) else []:
        url = _text(hub.get("url")) if isinstance(hub, dict) else ""
        if is_web_url(url):
            yield url


def _text(value: Any) -> str:
    # JSON can escape lone surrogates, which cannot be stored.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
