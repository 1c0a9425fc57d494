"""What a page's HTML holds: one parse gives the metadata and the text."""

from __future__ import annotations

import dataclasses
import logging
import re
from datetime import datetime

from lxml.html import HtmlElement, document_fromstring
from trafilatura.utils import HTML_PARSER, load_html

from transforms.extract.body.assemble import LEAST_TEXT, ExtractionHints, article_text, untouched_text
from transforms.extract.body.blocks import width_of
from transforms.extract.meta.metadata import Metadata, read_metadata
from transforms.text.encoding import decode

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,40})""", re.IGNORECASE)
_META_BYTES = 4_096  # HTML says 1,024; pages put it later.
_LONGEST_DOCTYPE = 1_000
# So much longer than a text without furniture is one that lost it with the furniture.
MUCH_MORE = 2

# Trafilatura's own warnings name pages that the step rejects, or puts right, by itself.
for _name in ("trafilatura", "htmldate", "courlan"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclasses.dataclass(frozen=True, slots=True)
class FeedHints:
    """What the feed says of an article before its page is read."""

    title: str = ""
    summary: str = ""
    dated: bool = False


def read_page(
    body: bytes, charset: str | None, latest: datetime, told: FeedHints = FeedHints()
) -> tuple[Metadata, str]:
    """Decodes and parses a page, once; what it says of its article, and the article's text.

    `latest` bounds the dates that are believed. A page that is not HTML gives neither.
    """
    text = decode_page(body, charset)
    tree = _parsed(text)
    if tree is None:
        return Metadata(), ""
    found = read_metadata(tree, latest, dated=told.dated)
    headlines = (told.title, *found.headlines)
    anchors = ExtractionHints(
        headlines=[line for line in headlines if line],
        summaries=[text for text in (told.summary, *found.descriptions) if text],
        witness=found.text,
    )
    article = article_text(tree, anchors)
    if width_of(article) < LEAST_TEXT:
        # What looks like furniture is the article on some pages, such as digests of links; briefs are short.
        untouched = untouched_text(_parsed(text))
        article = untouched if len(untouched) > MUCH_MORE * len(article) else article
    return found, article


def _parsed(text: str) -> HtmlElement | None:
    """The whole document of a page; None for what is no HTML."""
    # Trafilatura looks for a doctype in a whole first line, in time that grows with its square.
    if "\n" not in text[:_LONGEST_DOCTYPE]:
        at = text.find(">", 0, _LONGEST_DOCTYPE) + 1 or _LONGEST_DOCTYPE
        text = f"{text[:at]}\n{text[at:]}"
    tree = load_html(text)
    return tree if tree is None or tree.tag == "html" else _whole(text)


def _whole(text: str) -> HtmlElement:
    """The document of a page that begins with something else, of which lxml gives a part by itself."""
    tree = document_fromstring(text.encode("utf-8", "replace"), parser=HTML_PARSER)
    if tree.find("head") is None:
        tree.insert(0, tree.makeelement("head"))
    # A warning of a program above it, say, has the parser put all of the head into the body.
    strays = tree.xpath("body/*[self::title or self::meta or self::link]")
    tree.find("head").extend(stray for stray in strays if not (stray.tail or "").strip())
    return tree


def decode_page(body: bytes, declared: str | None) -> str:
    """A page as text: as its server declares, and as it declares itself, if it can be."""
    meta = _META_CHARSET.search(body[:_META_BYTES])
    return decode(body, declared, meta[1].decode("ascii") if meta else None)
