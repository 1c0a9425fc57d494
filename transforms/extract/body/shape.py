"""Normalise a page's tree: layout tables, figures of text, text below headings."""

from __future__ import annotations

from lxml.html import HtmlElement

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_INLINE = ("a", "abbr", "b", "em", "font", "i", "span", "strong", "u")
PICTURE_TAGS = ("img", "picture", "video", "audio", "iframe", "object", "canvas", "svg", "amp-img")
_CELLS = ("td", "th")
_OF_TABLE = ("table", "thead", "tbody", "tfoot", "tr", *_CELLS)
# A cell of data has no paragraphs of its own.
_PARAGRAPHS_OF_LAYOUT = 2
_BREAKS_OF_LAYOUT = 4


def shape(body: HtmlElement) -> None:
    """Turn layout tables and figures of text into divisions, and text below headings into paragraphs."""
    for table in list(body.iter("table")):
        if any(_lays_out(cell) for cell in table.iter(*_CELLS) if _table_of(cell) is table):
            for part in [part for part in table.iter(*_OF_TABLE) if _table_of(part) is table]:
                part.tag = "div"
    for figure in list(body.iter("figure")):
        # Quotations and tables may be in figures too; they are not pictures.
        holds_text = next(figure.iter("blockquote", "table"), None) is not None
        if holds_text and next(figure.iter(*PICTURE_TAGS), None) is None:
            figure.tag = "div"
    for heading in list(body.iter(*HEADINGS)):
        if (heading.tail or "").strip():
            _wrap_tail(heading)


def _lays_out(cell: HtmlElement) -> bool:
    paragraphs = sum(1 for _ in cell.iter("p"))
    if paragraphs >= _PARAGRAPHS_OF_LAYOUT or next(cell.iter("table", "h1", "article"), None) is not None:
        return True
    return sum(1 for _ in cell.iter("br")) >= _BREAKS_OF_LAYOUT


def _table_of(part: HtmlElement) -> HtmlElement | None:
    return part if part.tag == "table" else next(part.iterancestors("table"), None)


def _wrap_tail(heading: HtmlElement) -> None:
    """Wrap the text directly below a heading in a paragraph; extractors take it for part of the heading."""
    paragraph = heading.makeelement("p")
    paragraph.text, heading.tail = heading.tail, None
    below = heading.getnext()
    heading.addnext(paragraph)
    while below is not None and below.tag in _INLINE:
        node, below = below, below.getnext()
        paragraph.append(node)
