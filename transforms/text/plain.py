"""Plain text for all steps: HTML fragments without markup, counted words, keys of lines."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Container, Iterator

from lxml import etree
from lxml import html as lxml_html

from transforms.text.scripts import HAN_AND_KANA, LAO_BURMESE_KHMER, THAI

_BLOCKS = (
    "p|div|br|li|ul|ol|h1|h2|h3|h4|h5|h6|blockquote|tr|table|section|article|figure|figcaption|hr|pre|dd|dt"
)
_BLOCK = re.compile(f"^(?:{_BLOCKS})$")
_SPACE = re.compile(r"\s+")
# XML 1.0 allows no other control characters, and lxml refuses them in text.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
HALF_A_CHARACTER = re.compile(r"[\ud800-\udfff]")
"""A lone surrogate, as escapes in JSON and scripts can produce. No file can hold it."""
UNLEVEL = ("  ", *(blank for blank in map(chr, range(0x3001)) if blank.isspace() and blank not in "\n "))
"""Spacing other than single blanks and line breaks. A search takes a tenth of the time of normalising."""
# Han, kana and the South-East Asian scripts use no spaces, so characters stand for words.
_WORD = re.compile(rf"[{THAI}]{{3}}|[{LAO_BURMESE_KHMER}]{{3}}|[{HAN_AND_KANA}]|[^\W{HAN_AND_KANA}]+")


def count_words(text: str) -> int:
    """Count the words of a text.

    Each Han character or kana is one, as in word processors, and so are three characters of Thai, Lao,
    Burmese or Khmer.
    """
    return len(_WORD.findall(text))


def lines_of(text: str) -> Iterator[str]:
    """Yield the non-empty lines of a text, with characters and spacing normalised."""
    text = unicodedata.normalize("NFKC", text)
    level = not any(blank in text for blank in UNLEVEL)
    for line in text.split("\n"):
        levelled = line.strip(" ") if level else " ".join(line.split())
        if levelled:
            yield levelled


def line_key(line: str) -> int:
    """Return the key by which a repeated line is recognised."""
    return int.from_bytes(line_digest(line), "big")


def line_digest(line: str) -> bytes:
    """Return the eight bytes of a line's key."""
    return hashlib.blake2b(line.casefold().encode("utf-8", "surrogatepass"), digest_size=8).digest()


def without_lines(text: str, keys: Container[int]) -> str:
    """Return the text without paragraphs made only of these lines; unchanged if nothing would remain."""
    paragraphs = text.split("\n\n")
    remaining = [
        paragraph
        for paragraph in paragraphs
        if not all(line_key(line) in keys for line in lines_of(paragraph))
    ]
    return "\n\n".join(remaining) or text


def one_line(fragment: str) -> str:
    """Return the text of an HTML fragment or plain text on one line, tags and entities resolved."""
    return _SPACE.sub(" ", plain_text(fragment)).strip()


def plain_text(fragment: str) -> str:
    """Return the text of an HTML fragment, its blocks as paragraphs separated by one blank line."""
    fragment = _CONTROL.sub("", fragment)
    if "<" not in fragment:
        return _paragraphs(html.unescape(fragment).split("\n\n"))
    try:
        root = lxml_html.fragment_fromstring(fragment, create_parent="div")
    except (etree.ParserError, ValueError):
        return _paragraphs([html.unescape(fragment)])
    parts: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        name = element.tag if isinstance(element.tag, str) else ""
        if _BLOCK.match(name):
            parts.append("\0")
        if event == "start" and name not in ("script", "style"):
            parts.append(element.text or "")
        elif event != "start":
            parts.append(element.tail or "")
    return _paragraphs("".join(parts).split("\0"))


def _paragraphs(blocks: list[str]) -> str:
    cleaned = (_SPACE.sub(" ", block).strip() for block in blocks)
    return "\n\n".join(block for block in cleaned if block)
