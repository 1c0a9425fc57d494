"""The text of an article: trafilatura's result, corrected by the page's tree and by hints."""

from __future__ import annotations

from lxml import etree
from lxml.html import HtmlElement

from transforms.extract.body.blocks import blocks_of, largest_group
from transforms.extract.body.context import ExtractionHints, PageContext
from transforms.extract.body.extraction import drop_code, extract_fast, extract_fully
from transforms.extract.body.furniture import clear
from transforms.extract.body.passes import Stage, run_passes

# Trafilatura's time grows faster than a page: 100,000 elements take 20 s. The largest of 123 pages has 4,098.
# For a page with more than this, the largest paragraph group is the text.
_MAX_ELEMENTS = 20_000


def article_text(tree: HtmlElement, hints: ExtractionHints) -> str:
    """Return the article's text, paragraphs separated by one blank line; the tree is consumed."""
    sizes = clear(tree, hints.headlines)
    if sizes is None:
        return ""
    if tree.find("head") is not None:
        tree.remove(tree.find("head"))  # Trafilatura copies the tree several times.
    blocks = blocks_of(tree)
    if len(sizes.elements) > _MAX_ELEMENTS:
        return "\n\n".join(block.text for block in largest_group(blocks))
    return "\n\n".join(run_passes(Stage.PAGE, extract_fast(tree), PageContext(tree, blocks, hints)))


def untouched_text(tree: HtmlElement) -> str:
    """Return the text that trafilatura finds with all its extractors, furniture included."""
    if sum(1 for _ in tree.iter()) > _MAX_ELEMENTS:
        return ""
    etree.strip_elements(tree, "script", with_tail=False)  # Structured data is read separately.
    return "\n\n".join(drop_code(extract_fully(tree), PageContext()))
