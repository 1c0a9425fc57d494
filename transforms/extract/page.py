"""What a page's HTML holds: one parse gives the metadata and the text."""

from __future__ import annotations

import dataclasses
import logging
import re
from datetime import datetime

from trafilatura.utils import load_html

from transforms.encoding import decode
from transforms.extract.body import LEAST_TEXT, Anchors, article_text, untouched_text
from transforms.extract.metadata import Metadata, read_metadata

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,40})""", re.IGNORECASE)
_META_BYTES = 4_096  # HTML says 1,024; pages put it later.

# Trafilatura's own warnings name pages that the step rejects, or puts right, by itself.
for _name in ("trafilatura", "htmldate", "courlan"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What the feed says of an article before its page is read."""

    title: str = ""
    summary: str = ""
    dated: bool = False


def read_page(
    body: bytes, charset: str | None, latest: datetime, told: Told = Told()
) -> tuple[Metadata, str]:
    """Decodes and parses a page, once; what it says of its article, and the article's text.

    `latest` bounds the dates that are believed. A page that is not HTML gives neither.
    """
    text = decode_page(body, charset)
    tree = load_html(text)
    if tree is None:
        return Metadata(), ""
    found = read_metadata(tree, latest, dated=told.dated)
    headlines = (told.title, *found.headlines)
    anchors = Anchors(
        headlines=[line for line in headlines if line],
        summaries=[text for text in (told.summary, *found.descriptions) if text],
        witness=found.text,
    )
    article = article_text(tree, anchors)
    if len(article) < LEAST_TEXT:
        # What looks like furniture is the article on some pages, such as digests of links.
        article = max(article, untouched_text(load_html(text)), key=len)
    return found, article


def decode_page(body: bytes, declared: str | None) -> str:
    """A page as text: as its server declares, and as it declares itself, if it can be."""
    meta = _META_CHARSET.search(body[:_META_BYTES])
    return decode(body, declared, meta[1].decode("ascii") if meta else None)
