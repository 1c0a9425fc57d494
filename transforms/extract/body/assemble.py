"""The text of an article: trafilatura's result, corrected by the page's tree and by hints."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

from transforms.extract.body.blocks import (
    MIN_KEY_LETTERS,
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

# Once furniture is gone, trafilatura's other extractors bring no better text on the labelled pages.
_FAST = Extractor(output_format="python", fast=True, recall=True, comments=False)
_ALL = Extractor(output_format="python", comments=False)
# An extraction is suspect if it has less than this share of the largest paragraph group, and that group has
# this many more characters; also if whole list items hold the article, or if there is next to nothing.
_MIN_SHARE_OF_GROUP = 0.6
_MORE_IN_GROUP = 1.5
_MORE_ELSEWHERE = 3  # If they share nothing, they may be two articles.
# Trafilatura's time grows faster than a page: 100,000 elements take 20 s. The largest of 123 pages has 4,098.
# For a page with more than this, the largest paragraph group is the text.
_MAX_ELEMENTS = 20_000
_MAX_ITEM_CHARS = 1_200
MIN_TEXT_CHARS = 200
# Structured data counts as a witness if it has this share of the page's text.
_WITNESSED = 0.8
_MIN_WITNESS_CHARS = 300
# Signs of a program in a line of some length: scripts end up in the text of broken pages.
_CODE = re.compile(r"[{};=]")
_CODE_SHARE = 0.02


@dataclasses.dataclass(frozen=True, slots=True)
class ExtractionHints:
    """Facts that separate an article from furniture."""

    headlines: Sequence[str] = ()
    summaries: Sequence[str] = ()
    witness: str = ""
    """The text in structured data."""


def article_text(tree: HtmlElement, anchors: ExtractionHints) -> str:
    """Return the article's text, paragraphs separated by one blank line; the tree is consumed."""
    sizes = clear(tree, anchors.headlines)
    if sizes is None:
        return ""
    if tree.find("head") is not None:
        tree.remove(tree.find("head"))  # Trafilatura copies the tree several times.
    blocks = blocks_of(tree)
    if len(sizes.elements) > _MAX_ELEMENTS:
        return "\n\n".join(block.text for block in greatest_group(blocks))
    lines = _extracted(tree, _FAST)
    if is_suspect(lines, blocks):
        lines = better_of(_extracted(tree, _ALL), lines, blocks)
    lines = with_their_kind(within_frame(lines, blocks), blocks)
    lines = [*standfirst(lines, blocks, anchors.headlines, anchors.summaries), *lines]
    lines = with_headings(lines, blocks, anchors.headlines)
    lines = [line for line in lines if not _is_code(line)]
    # A dash may also begin a quotation.
    spoken = {block.key for block in blocks if block.tag == "p" and looks_like_item(block.text)}
    lines = witnessed(lines, blocks, anchors.witness)

    def is_item(line: str) -> bool:
        return looks_like_item(line) and key_of_line(line) not in spoken

    return "\n\n".join(trimmed(lines, is_item, blocks))


def untouched_text(tree: HtmlElement) -> str:
    """Return the text that trafilatura finds with all its extractors, furniture included."""
    if sum(1 for _ in tree.iter()) > _MAX_ELEMENTS:
        return ""
    etree.strip_elements(tree, "script", with_tail=False)  # Structured data is read separately.
    return "\n\n".join(line for line in _extracted(tree, _ALL) if not _is_code(line))


def _extracted(tree: HtmlElement, options: Extractor) -> list[str]:
    if options is _ALL:  # Some of its extractors parse the tree again, so it is serialised.
        shorten_all(tree)
    document = trafilatura.bare_extraction(tree, options=options)
    lines = map(str.strip, (getattr(document, "text", None) or "").splitlines())
    return [line for line in lines if line]


def _is_code(line: str) -> bool:
    return len(line) >= PARAGRAPH and len(_CODE.findall(line)) >= _CODE_SHARE * len(line)


def is_suspect(lines: Sequence[str], blocks: Sequence[Block]) -> bool:
    """Return True if an extraction probably missed the article or lost its form."""
    if any(looks_like_item(line) and len(line) > _MAX_ITEM_CHARS for line in lines):
        return True
    length = sum(map(len, lines))
    if length < MIN_TEXT_CHARS and sum(map(width_of, lines)) < MIN_TEXT_CHARS:
        return True
    if length_of_paragraphs(blocks) <= _MORE_IN_GROUP * length:
        return False
    group = greatest_group(blocks)
    whole = sum(len(block.text) for block in group)
    everything = key_of_line(" ".join(lines))
    common = sum(len(block.text) for block in group if block.key in everything)
    return common < _MIN_SHARE_OF_GROUP * whole and whole > length * (
        _MORE_IN_GROUP if common else _MORE_ELSEWHERE
    )


def better_of(second: Sequence[str], first: Sequence[str], blocks: Sequence[Block]) -> list[str]:
    """Choose among the full extraction, the suspect fast one and the largest paragraph group."""
    group = [block.text for block in greatest_group(blocks)]
    whole = sum(map(len, group))
    if whole < MIN_TEXT_CHARS:
        return list(max(first, second, key=lambda lines: sum(map(len, lines))))
    everything = key_of_line(" ".join(second))
    common = sum(len(text) for text in group if key_of_line(text) in everything)
    agrees = common >= 0.9 * whole and sum(map(len, second)) <= 1.4 * whole
    return list(second) if agrees else group


def witnessed(lines: Sequence[str], blocks: Sequence[Block], witness: str) -> list[str]:
    """Drop lines that a complete text in structured data lacks: all at the end, elsewhere short ones."""
    if len(witness) < _MIN_WITNESS_CHARS:
        return list(lines)
    said = letters_of(witness)
    keys = [letters_of(line) for line in lines]
    known = [key in said for key in keys]
    agreed = sum(len(key) for key, is_known in zip(keys, known, strict=True) if is_known)
    firm = [at for at, key in enumerate(keys) if known[at] and len(key) >= MIN_KEY_LETTERS]
    # Structured data with only the beginning says nothing about the rest.
    if agreed < _WITNESSED * max(len(said), sum(map(len, keys))) or not firm:
        return list(lines)
    headings = set(map(letters_of, headings_of(blocks)))
    agreed_lines = []
    for at, line in enumerate(lines):
        is_text = keys[at] in headings or (len(line) >= PARAGRAPH and not looks_like_item(line))
        if known[at] or at < firm[0] or (at < firm[-1] and is_text):
            agreed_lines.append(line)
    return agreed_lines
