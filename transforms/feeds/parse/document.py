"""Feed documents: bytes decoded, bounded, and recognised as XML or JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple
from urllib.parse import urljoin

from lxml import etree, html

from transforms.feeds.parse.bounds import MAX_DEPTH, bounded
from transforms.text.encoding import decode
from transforms.text.urls import is_web_url

# XML 1.0 allows no other control characters; feeds have them in pasted text.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# References to characters that do not exist stop feedparser.
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]{1,20})|([0-9]{1,20}));?", re.IGNORECASE)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_DECLARATION = re.compile(r"^<\?xml[^>]*?\?>")
_INSTRUCTION = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.DOTALL)
_START = re.compile(r"<(?:\?xml|!doctype|!--|[a-z])", re.IGNORECASE)
_NAME = re.compile(r"\s*<([\w.:-]{1,100})")
# feedparser scans everything before the outermost element once per line.
_MAX_HEAD_CHARS = 10_000
_PREFIXED_ITEM = re.compile(r"<([\w.-]{1,40}):(?:item|entry)[\s>]")
_MAX_GARBAGE_CHARS = 4_096
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
)
_NAMED_FEEDS = 3


class NotAFeedError(Exception):
    """The response is not a feed, or too broken to hold an entry."""


class Document(NamedTuple):
    """Text that begins like XML or JSON."""

    text: str
    root: str
    """Name of its outermost element, without prefix, in lower case; '' for JSON."""
    cut: bool = False
    """True if its end was cut off for its length."""


def read_document(body: bytes, charset: str | None, base_url: str) -> Document:
    """Decode and bound the document in a body; `charset` is the server's claim.

    Drops everything before the document's beginning, characters that XML does not allow, and whatever
    exceeds the bounds of transforms/feeds/parse/bounds.py. Raises NotAFeedError for HTML, naming the
    feeds that the page announces, and for anything that is neither XML nor JSON.
    """
    declared = _DECLARED.match(body[:1_000])
    text = _CONTROL.sub("", decode(body, charset, declared[1].decode("ascii") if declared else None))
    text = _REFERENCE.sub(_possible, text)
    text = text.lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return Document(text, "")
    start = _START.search(text, 0, _MAX_GARBAGE_CHARS)
    if start is None:
        raise NotAFeedError(
            "expected RSS, Atom, RDF, JSON Feed or a news sitemap: it is neither XML nor JSON"
        )
    text = _DECLARATION.sub("", text[start.start() :])
    name, at = root_of(text)
    root = name.rpartition(":")[2].lower()
    if root == "html" or text[:15].lower().startswith("<!doctype html"):
        raise NotAFeedError(
            f"expected RSS, Atom, RDF, JSON Feed or a news sitemap: it is HTML{_told(text, base_url)}"
        )
    if not root:
        raise NotAFeedError(
            "expected RSS, Atom, RDF, JSON Feed or a news sitemap: it is XML without an element"
        )
    text, cut, too_deep = bounded(_without_unknown_prefix(text[at if at > _MAX_HEAD_CHARS else 0 :]), name)
    if too_deep:
        raise NotAFeedError(f"expected a feed: its elements are nested more than {MAX_DEPTH:,} deep")
    return Document(text, root, cut)


def _possible(reference: re.Match[str]) -> str:
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    is_character = number in (0x9, 0xA, 0xD) or 0x20 <= number < 0xD800 or 0xE000 <= number < 0x110000
    return reference[0] if is_character else ""


def root_of(text: str) -> tuple[str, int]:
    """Return the outermost element of XML and its position; '' if there is none."""
    at = 0
    while skipped := _INSTRUCTION.match(text, at):
        at = skipped.end()
    name = _NAME.match(text, at)
    return (name[1], name.start(1) - 1) if name else ("", at)


def _without_unknown_prefix(text: str) -> str:
    """Remove a prefix of its entries that the text does not declare; feedparser would not recognise them."""
    matched = _PREFIXED_ITEM.search(text)
    if matched is None or f"xmlns:{matched[1]}" in text:
        return text
    return re.sub(rf"(</?){re.escape(matched[1])}:", r"\1", text)


def _told(text: str, base_url: str) -> str:
    urls = list(islice(announced(text.encode("utf-8", "replace"), base_url), _NAMED_FEEDS))
    return f", and announces {', '.join(urls)}" if urls else ", and announces no feed"


def announced(body: bytes, base_url: str) -> Iterator[str]:
    """Return the feeds that a page links as alternates (https://www.rssboard.org/rss-autodiscovery), in
    order."""
    try:
        tree = html.document_fromstring(body)
    except (etree.LxmlError, ValueError):
        return
    base = _joined(base_url, next(iter(tree.xpath("//base/@href")), ""))
    seen = set()
    for link in tree.iter("link", "a"):
        relations = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        if "alternate" in relations and kind in _FEED_TYPES and link.get("href"):
            url = _joined(base, link.get("href").strip())
            if url not in seen and is_web_url(url):
                seen.add(url)
                yield url


def _joined(base_url: str, href: str) -> str:
    try:
        return str(urljoin(base_url, href))
    except ValueError:
        return ""
