"""parse_feed: parse a feed document of any kind into entries."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urljoin

from transforms.feeds.keys import with_keys
from transforms.feeds.parse.document import read_document
from transforms.feeds.parse.items import ParsedItem, ParsedItems
from transforms.feeds.parse.json_feed import read_json
from transforms.feeds.parse.sitemap import read_sitemap
from transforms.feeds.parse.xml_feed import read_xml
from transforms.records import Entry, FeedSource
from transforms.text.plain import one_line
from transforms.text.urls import is_web_url, target_of
from transforms.web.client import MAX_URL_CHARS

# Longer values are cut, so that no entry fills the memory.
MAX_TITLE_CHARS = 2_000
MAX_TEXT_CHARS = 500_000
MAX_ID_CHARS = 4_000
MAX_NAME_CHARS = 200
MAX_NAMES = 50
"""Authors, and likewise tags, of an entry."""

LOG = logging.getLogger("copytaster.feeds")


class ParsedFeed(NamedTuple):
    """The entries and the properties of a feed document."""

    entries: tuple[Entry, ...]
    title: str = ""
    interval: timedelta | None = None
    """Wait between two polls that the document asks for.

    The larger of ttl and of sy:updatePeriod divided by sy:updateFrequency."""
    hubs: tuple[str, ...] = ()
    """URLs of its WebSub hubs."""


def parse_feed(
    body: bytes, source: FeedSource, base_url: str, seen_at: datetime, charset: str | None = None
) -> ParsedFeed:
    """Return at most MAX_ENTRIES entries of a feed or news sitemap, in its order.

    Args:
        body: RSS, Atom, RDF, JSON Feed or a news sitemap.
        source: the feed as the config names it.
        base_url: where the body came from; relative links are resolved against it.
        seen_at: the `first_seen_at` of the entries.
        charset: the one that the server declared.

    Raises NotAFeedError if the body is not a feed.
    """
    document = read_document(body, charset, base_url)
    if document.cut:
        LOG.warning("%s: the feed is too long; only its first entries are read", source.url)
    if not document.root:
        parsed = read_json(document)
    elif document.root in ("urlset", "sitemapindex"):
        parsed = read_sitemap(document)
    else:
        parsed = read_xml(document)
    entries = with_keys(_entry(item, parsed, source, base_url, seen_at) for item in parsed.items)
    return ParsedFeed(entries, _line(parsed.title, MAX_TITLE_CHARS), parsed.interval, parsed.hubs)


def _entry(
    item: ParsedItem, feed: ParsedItems, source: FeedSource, base_url: str, seen_at: datetime
) -> Entry:
    # Without a link, the id may be the URL of the page, as in RDF and JSON Feed.
    link = item.link.strip() or (item.id.strip() if is_web_url(item.id.strip()) else "")
    # Links in CDATA are often escaped once too often; no real URL contains "&amp;".
    link = link.replace("&amp;", "&")
    try:
        url = urljoin(item.base or base_url, link) if link else ""
    except ValueError:
        url = link
    # A URL that is too long keeps one character more than allowed, so that it is rejected later.
    url, image = url[: MAX_URL_CHARS + 1], item.image or ""
    return Entry(
        feed_url=source.url,
        entry_id=(item.id or url)[:MAX_ID_CHARS],
        keys=(),
        url=target_of(url),
        title=_line(item.title, MAX_TITLE_CHARS),
        summary=_line(item.summary, MAX_TEXT_CHARS),
        content=item.content[:MAX_TEXT_CHARS],
        authors=_names(item.authors),
        tags=_names(item.tags),
        published_at=item.published,
        updated_at=item.updated,
        language=(item.language or feed.language or "")[:MAX_NAME_CHARS] or None,
        image_url=image if len(image) <= MAX_ID_CHARS and is_web_url(image) else None,
        publisher=source.publisher or _line(item.publisher or feed.title, MAX_TITLE_CHARS) or None,
        publisher_country=source.country,
        first_seen_at=seen_at,
    )


def _line(text: str, max_chars: int) -> str:
    return one_line(text[:max_chars])


def _names(texts: Iterable[str]) -> tuple[str, ...]:
    lines = (_line(text, MAX_NAME_CHARS) for text in texts)
    return tuple(dict.fromkeys(filter(None, lines)))[:MAX_NAMES]
