"""What a page's HTML holds: one parse gives the metadata and the text."""

from __future__ import annotations

import codecs
import dataclasses
import logging
import re
from datetime import datetime

import webencodings
from trafilatura.utils import decode_file, load_html

from transforms.extract.body import Anchors, article_text
from transforms.extract.metadata import Metadata, read_metadata

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,40})""", re.IGNORECASE)
_META_BYTES = 4_096  # HTML says 1,024; pages put it later.
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

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
    tree = load_html(decode(body, charset))
    if tree is None:
        return Metadata(), ""
    found = read_metadata(tree, latest, dated=told.dated)
    headlines = (told.title, *found.headlines)
    anchors = Anchors(
        headlines=[line for line in headlines if line],
        summaries=[text for text in (told.summary, *found.descriptions) if text],
        witness=found.text,
    )
    return found, article_text(tree, anchors)


def decode(body: bytes, declared: str | None) -> str:
    """A body as text, whatever its server claims.

    Valid UTF-8 is UTF-8: other encodings almost never look like it. Then the
    server's and the page's own claim (labels as in the WHATWG Encoding Standard),
    then a guess from the bytes.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    meta = _META_CHARSET.search(body[:_META_BYTES])
    claims = [declared, meta[1].decode("ascii") if meta else None]
    if b"\x1b" not in body:  # ISO-2022-JP is ASCII with escapes, so it would pass for UTF-8.
        claims.insert(0, "utf-8")
    for claim in claims:
        encoding = webencodings.lookup(claim) if claim else None
        if encoding is None or (encoding.name.startswith("utf-16") and b"\0" not in body[:_META_BYTES]):
            continue  # Any bytes are UTF-16 of something; markup in it has a NUL beside each letter.
        try:
            return str(encoding.codec_info.decode(body, "strict")[0])
        except ValueError:
            continue
    return str(decode_file(body))
