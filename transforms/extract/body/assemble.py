"""The article's text on its page: trafilatura's, put right by where lines stand and what is known of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

from transforms.extract.body.blocks import (
    LEAST_KEY,
    Block,
    blocks_of,
    greatest_group,
    headings_of,
    key_of_line,
    length_of_paragraphs,
    letters_of,
    looks_like_item,
    standfirst,
    width_of,
    with_headings,
    with_their_kind,
    within_frame,
)
from transforms.extract.body.furniture import clear
from transforms.extract.body.tail import PARAGRAPH, trimmed
from transforms.extract.meta.attributes import shorten_all

# Where furniture is gone, all its extractors bring no better text on the labelled pages than the first.
_FAST = Extractor(output_format="python", fast=True, recall=True, comments=False)
_ALL = Extractor(output_format="python", comments=False)
# An extraction is suspect that has less than this of the paragraphs that stand together, where they hold
# so much more than it; so are items of a list that hold a whole article, and next to nothing.
_LEAST_OF_GROUP = 0.6
_MORE_IN_GROUP = 1.5
_MORE_ELSEWHERE = 3  # Where they share nothing they may be two articles.
# Trafilatura's time grows faster than a page: 100,000 elements take it 20 s. The largest of 123 has 4,098; of
# one with more than this the paragraphs that stand together are the text.
_MOST_ELEMENTS = 20_000
_LONGEST_ITEM = 1_200
LEAST_TEXT = 200
# Structured data is a witness where the page's text has so much of it.
_WITNESSED = 0.8
_LEAST_WITNESS = 300
# Signs of a program in a line that is long enough to tell: scripts stand in the text of broken pages.
_CODE = re.compile(r"[{};=]")
_CODE_SHARE = 0.02


@dataclasses.dataclass(frozen=True, slots=True)
class ExtractionHints:
    """What is known of an article beside its page's text: what tells it from furniture."""

    headlines: Sequence[str] = ()
    summaries: Sequence[str] = ()
    witness: str = ""
    """Its text in structured data."""


def article_text(tree: HtmlElement, anchors: ExtractionHints) -> str:
    """The text of the article on a page, paragraphs parted by one blank line; the tree is used up."""
    sizes = clear(tree, anchors.headlines)
    if sizes is None:
        return ""
    if tree.find("head") is not None:
        tree.remove(tree.find("head"))  # Trafilatura copies the tree several times.
    blocks = blocks_of(tree)
    if len(sizes.elements) > _MOST_ELEMENTS:
        return "\n\n".join(block.text for block in greatest_group(blocks))
    lines = _extracted(tree, _FAST)
    if is_suspect(lines, blocks):
        lines = better_of(_extracted(tree, _ALL), lines, blocks)
    lines = with_their_kind(within_frame(lines, blocks), blocks)
    lines = [*standfirst(lines, blocks, anchors.headlines, anchors.summaries), *lines]
    lines = with_headings(lines, blocks, anchors.headlines)
    lines = [line for line in lines if not _is_code(line)]
    # A dash may begin a quotation as well.
    spoken = {block.key for block in blocks if block.tag == "p" and looks_like_item(block.text)}
    lines = witnessed(lines, blocks, anchors.witness)

    def is_item(line: str) -> bool:
        return looks_like_item(line) and key_of_line(line) not in spoken

    return "\n\n".join(trimmed(lines, is_item, blocks))


def untouched_text(tree: HtmlElement) -> str:
    """The text of a page as trafilatura finds it with all that it has, furniture and all."""
    if sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
        return ""
    etree.strip_elements(tree, "script", with_tail=False)  # Structured data is read by itself.
    return "\n\n".join(line for line in _extracted(tree, _ALL) if not _is_code(line))


def _extracted(tree: HtmlElement, options: Extractor) -> list[str]:
    if options is _ALL:  # Writes the tree for those of its extractors that read it anew.
        shorten_all(tree)
    document = trafilatura.bare_extraction(tree, options=options)
    lines = map(str.strip, (getattr(document, "text", None) or "").splitlines())
    return [line for line in lines if line]


def _is_code(line: str) -> bool:
    return len(line) >= PARAGRAPH and len(_CODE.findall(line)) >= _CODE_SHARE * len(line)


def is_suspect(lines: Sequence[str], blocks: Sequence[Block]) -> bool:
    """Whether an extraction is likely to have missed the article, or to have lost its form."""
    if any(looks_like_item(line) and len(line) > _LONGEST_ITEM for line in lines):
        return True
    length = sum(map(len, lines))
    if length < LEAST_TEXT and sum(map(width_of, lines)) < LEAST_TEXT:
        return True
    if length_of_paragraphs(blocks) <= _MORE_IN_GROUP * length:
        return False
    group = greatest_group(blocks)
    whole = sum(len(block.text) for block in group)
    everything = key_of_line(" ".join(lines))
    common = sum(len(block.text) for block in group if block.key in everything)
    return common < _LEAST_OF_GROUP * whole and whole > length * (
        _MORE_IN_GROUP if common else _MORE_ELSEWHERE
    )


def better_of(second: Sequence[str], first: Sequence[str], blocks: Sequence[Block]) -> list[str]:
    """Of all extractors' result, a suspect one and the paragraphs that stand together the likeliest text."""
    group = [block.text for block in greatest_group(blocks)]
    whole = sum(map(len, group))
    if whole < LEAST_TEXT:
        return list(max(first, second, key=lambda lines: sum(map(len, lines))))
    everything = key_of_line(" ".join(second))
    common = sum(len(text) for text in group if key_of_line(text) in everything)
    agrees = common >= 0.9 * whole and sum(map(len, second)) <= 1.4 * whole
    return list(second) if agrees else group


def witnessed(lines: Sequence[str], blocks: Sequence[Block], witness: str) -> list[str]:
    """The lines without those that a whole text in structured data lacks: all at the end, else short ones."""
    if len(witness) < _LEAST_WITNESS:
        return list(lines)
    said = letters_of(witness)
    keys = [letters_of(line) for line in lines]
    known = [key in said for key in keys]
    agreed = sum(len(key) for key, is_known in zip(keys, known, strict=True) if is_known)
    firm = [at for at, key in enumerate(keys) if known[at] and len(key) >= LEAST_KEY]
    # Structured data that has only the beginning bears no witness against the rest.
    if agreed < _WITNESSED * max(len(said), sum(map(len, keys))) or not firm:
        return list(lines)
    headings = set(map(letters_of, headings_of(blocks)))
    kept = []
    for at, line in enumerate(lines):
        is_text = keys[at] in headings or (len(line) >= PARAGRAPH and not looks_like_item(line))
        if known[at] or at < firm[0] or (at < firm[-1] and is_text):
            kept.append(line)
    return kept
