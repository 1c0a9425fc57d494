"""Turn the bytes of a feed into a document to parse: decode it, bound it and find its kind."""

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

# Control characters that XML 1.0 forbids; feeds have them in pasted text.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# References to characters that do not exist stop feedparser.
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]{1,20})|([0-9]{1,20}));?", re.IGNORECASE)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_DECLARATION = re.compile(r"^<\?xml[^>]*?\?>")
_INSTRUCTION = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.DOTALL)
_START = re.compile(r"<(?:\?xml|!doctype|!--|[a-z])", re.IGNORECASE)
_NAME = re.compile(r"\s*<([\w.:-]{1,100})")
_MAX_HEAD_CHARS = 10_000
"""Length up to which the text before the outermost element stays: feedparser scans it once for each line."""
_PREFIXED_ITEM = re.compile(r"<([\w.-]{1,40}):(?:item|entry)[\s>]")
_MAX_GARBAGE_CHARS = 4_096
"""Length of other text that may come before the markup, such as a server's warning."""
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
)
_MAX_NAMED_FEEDS = 3
"""Feeds of an HTML page that an error names."""
EXPECTED = "expected RSS, Atom, RDF, JSON Feed or a news sitemap"


class NotAFeedError(Exception):
    """The response is not a feed, or is too broken to contain an entry."""


class Document(NamedTuple):
    """Text that is XML or JSON, judged by its beginning."""

    text: str
    root: str
    """Name of the outermost element without prefix, in lower case; '' for JSON."""
    cut: bool = False
    """True if the document is too long and its end was left out."""


def read_document(body: bytes, charset: str | None, base_url: str) -> Document:
    """Return the document in a body; `charset` is the one that the server declared.

    Drops text before the document, characters that XML forbids, and everything beyond the bounds of
    transforms/feeds/parse/bounds.py. Raises NotAFeedError if the body is HTML, and names the feeds that
    the page announces, or if it is neither XML nor JSON.
    """
    declared = _DECLARED.match(body[:1_000])
    text = _CONTROL.sub("", decode(body, charset, declared[1].decode("ascii") if declared else None))
    text = _REFERENCE.sub(_valid_reference, text)
    text = text.lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return Document(text, "")
    start = _START.search(text, 0, _MAX_GARBAGE_CHARS)
    if start is None:
        raise NotAFeedError(f"{EXPECTED}, but the response is neither XML nor JSON")
    text = _DECLARATION.sub("", text[start.start() :])
    name, at = root_of(text)
    root = name.rpartition(":")[2].lower()
    if root == "html" or text[:15].lower().startswith("<!doctype html"):
        raise NotAFeedError(f"{EXPECTED}, but the response is HTML and {_announcement(text, base_url)}")
    if not root:
        raise NotAFeedError(f"{EXPECTED}, but the response is XML without an element")
    text, cut, too_deep = bounded(_without_unknown_prefix(text[at if at > _MAX_HEAD_CHARS else 0 :]), name)
    if too_deep:
        raise NotAFeedError(f"expected a feed, but elements are nested more than {MAX_DEPTH:,} levels deep")
    return Document(text, root, cut)


def _valid_reference(reference: re.Match[str]) -> str:
    """Return a character reference as it is, or '' if XML has no such character."""
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    is_character = number in (0x9, 0xA, 0xD) or 0x20 <= number < 0xD800 or 0xE000 <= number < 0x110000
    return reference[0] if is_character else ""


def root_of(text: str) -> tuple[str, int]:
    """Return the name and position of the outermost element; the name is '' if there is none.

    `text` has no XML declaration.
    """
    at = 0
    while skipped := _INSTRUCTION.match(text, at):
        at = skipped.end()
    name = _NAME.match(text, at)
    return (name[1], name.start(1) - 1) if name else ("", at)


def _without_unknown_prefix(text: str) -> str:
    """Return the text without an undeclared prefix of its entries, which feedparser would not recognise."""
    item = _PREFIXED_ITEM.search(text)
    if item is None or f"xmlns:{item[1]}" in text:
        return text
    return re.sub(rf"(</?){re.escape(item[1])}:", r"\1", text)


def _announcement(text: str, base_url: str) -> str:
    feeds = list(islice(announced(text.encode("utf-8", "replace"), base_url), _MAX_NAMED_FEEDS))
    return f"announces {', '.join(feeds)}" if feeds else "announces no feed"


def announced(body: bytes, base_url: str) -> Iterator[str]:
    """Yield the URLs of the feeds that a page announces, in order and without repeats.

    It links them as alternates: https://www.rssboard.org/rss-autodiscovery.
    """
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
