"""One parse of a page's HTML: its metadata and its text."""

from __future__ import annotations

import dataclasses
import logging
import re
from datetime import datetime

from lxml.html import HtmlElement, document_fromstring
from trafilatura.utils import HTML_PARSER, load_html

from transforms.extract.body.assemble import article_text, untouched_text
from transforms.extract.body.blocks import width_of
from transforms.extract.body.context import ExtractionHints
from transforms.extract.body.extraction import MIN_TEXT_CHARS
from transforms.extract.meta.metadata import Metadata, read_metadata
from transforms.text.encoding import decode

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,40})""", re.IGNORECASE)
_META_BYTES = 4_096  # The HTML standard says 1,024, but some pages declare their charset later.
_MAX_DOCTYPE_CHARS = 1_000
LOST_TEXT_FACTOR = 2
"""If the text with furniture is this many times as long, the article was removed as furniture."""

# Trafilatura warns about pages that this step rejects or repairs by itself. The levels are set on import,
# since extract_article also runs in processes without any setup: pool workers, gates, notebooks.
for _name in ("trafilatura", "htmldate", "courlan"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclasses.dataclass(frozen=True, slots=True)
class FeedHints:
    """Facts about an article from its feed, before its page is read."""

    title: str = ""
    summary: str = ""
    dated: bool = False


def read_page(
    body: bytes, charset: str | None, latest: datetime, hints: FeedHints = FeedHints()
) -> tuple[Metadata, str]:
    """Decode and parse a page once; return its metadata and its article's text.

    `latest` bounds the dates that are believed. A page that is not HTML gives empty metadata and ''.
    """
    text = decode_page(body, charset)
    tree = _parse(text)
    if tree is None:
        return Metadata(), ""
    metadata = read_metadata(tree, latest, dated=hints.dated)
    headlines = (hints.title, *metadata.headlines)
    extraction_hints = ExtractionHints(
        headlines=[line for line in headlines if line],
        summaries=[text for text in (hints.summary, *metadata.descriptions) if text],
        witness=metadata.text,
    )
    article = article_text(tree, extraction_hints)
    if width_of(article) < MIN_TEXT_CHARS:
        # On some pages, such as digests of links, the article looks like furniture; briefs are short.
        untouched = untouched_text(_parse(text))
        article = untouched if len(untouched) > LOST_TEXT_FACTOR * len(article) else article
    return metadata, article


def _parse(text: str) -> HtmlElement | None:
    """Parse the whole document of a page; None if it is not HTML."""
    # Trafilatura searches a whole first line for a doctype, in time that grows with its square.
    if "\n" not in text[:_MAX_DOCTYPE_CHARS]:
        at = text.find(">", 0, _MAX_DOCTYPE_CHARS) + 1 or _MAX_DOCTYPE_CHARS
        text = f"{text[:at]}\n{text[at:]}"
    tree = load_html(text)
    return tree if tree is None or tree.tag == "html" else _parse_document(text)


def _parse_document(text: str) -> HtmlElement:
    """Parse a page with something before its document; lxml alone would return only a part."""
    tree = document_fromstring(text.encode("utf-8", "replace"), parser=HTML_PARSER)
    if tree.find("head") is None:
        tree.insert(0, tree.makeelement("head"))
    # Text above the document, such as a warning of PHP, makes the parser move the whole head into the body.
    strays = tree.xpath("body/*[self::title or self::meta or self::link]")
    tree.find("head").extend(stray for stray in strays if not (stray.tail or "").strip())
    return tree


def decode_page(body: bytes, declared: str | None) -> str:
    """Decode a page by its server's and its own declaration, if possible."""
    meta = _META_CHARSET.search(body[:_META_BYTES])
    return decode(body, declared, meta[1].decode("ascii") if meta else None)
