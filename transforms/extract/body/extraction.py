"""Trafilatura's extraction, and the choice between its fast form, its full form and the page's blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import trafilatura
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

from transforms.extract.body.blocks import (
    MIN_PARAGRAPH_CHARS,
    Block,
    key_of_line,
    largest_group,
    length_of_paragraphs,
    looks_like_item,
    width_of,
)
from transforms.extract.body.context import PageContext
from transforms.extract.meta.attributes import shorten_all

# Once furniture is gone, trafilatura's other extractors bring no better text on the labelled pages.
_FAST = Extractor(output_format="python", fast=True, recall=True, comments=False)
_FULL = Extractor(output_format="python", comments=False)
MIN_TEXT_CHARS = 200
# An extraction is suspect if it has less than this share of the largest paragraph group, and that group has
# this many times its characters; also if whole list items hold the article, or if there is next to nothing.
_MIN_SHARE_OF_GROUP = 0.6
_MORE_IN_GROUP = 1.5
_MORE_ELSEWHERE = 3  # If they share nothing, they may be two articles.
_MAX_ITEM_CHARS = 1_200
# The full extraction agrees with the group if it has this share of it and at most this many times its length.
_MIN_SHARE_OF_AGREEING = 0.9
_MAX_TIMES_GROUP = 1.4
# Signs of a program in a line of some length: scripts end up in the text of broken pages.
_CODE_SIGNS = re.compile(r"[{};=]")
_MIN_SHARE_OF_SIGNS = 0.02


def extract_fast(tree: HtmlElement) -> list[str]:
    """Return the lines that trafilatura's own extractor finds."""
    return _extract(tree, _FAST)


def extract_fully(tree: HtmlElement) -> list[str]:
    """Return the lines that all of trafilatura's extractors find; attributes of the tree are cut."""
    shorten_all(tree)  # Some extractors parse the tree again, so it is serialised.
    return _extract(tree, _FULL)


def _extract(tree: HtmlElement, options: Extractor) -> list[str]:
    document = trafilatura.bare_extraction(tree, options=options)
    lines = map(str.strip, (getattr(document, "text", None) or "").splitlines())
    return [line for line in lines if line]


def retry_if_suspect(lines: Sequence[str], page: PageContext) -> list[str]:
    """Extract the tree fully if the fast extraction probably missed the article."""
    if not is_suspect(lines, page.blocks):
        return list(lines)
    return best_of(lines, extract_fully(page.tree), page.blocks)


def is_suspect(lines: Sequence[str], blocks: Sequence[Block]) -> bool:
    """Return True if an extraction probably missed the article or lost its form."""
    if any(looks_like_item(line) and len(line) > _MAX_ITEM_CHARS for line in lines):
        return True
    length = _length_of(lines)
    if length < MIN_TEXT_CHARS and sum(map(width_of, lines)) < MIN_TEXT_CHARS:
        return True
    if length_of_paragraphs(blocks) <= _MORE_IN_GROUP * length:
        return False
    group = [block.text for block in largest_group(blocks)]
    whole, common = _length_of(group), _common_chars(group, lines)
    more = _MORE_IN_GROUP if common else _MORE_ELSEWHERE
    return common < _MIN_SHARE_OF_GROUP * whole and whole > more * length


def best_of(fast: Sequence[str], full: Sequence[str], blocks: Sequence[Block]) -> list[str]:
    """Choose among the full extraction, the suspect fast one and the largest paragraph group."""
    group = [block.text for block in largest_group(blocks)]
    whole = _length_of(group)
    if whole < MIN_TEXT_CHARS:
        return list(max(fast, full, key=_length_of))
    agrees = _common_chars(group, full) >= _MIN_SHARE_OF_AGREEING * whole
    return list(full) if agrees and _length_of(full) <= _MAX_TIMES_GROUP * whole else group


def _length_of(lines: Iterable[str]) -> int:
    return sum(map(len, lines))


def _common_chars(group: Sequence[str], lines: Sequence[str]) -> int:
    """Return the characters of the texts of a group that are among the lines."""
    everything = key_of_line(" ".join(lines))
    return sum(len(text) for text in group if key_of_line(text) in everything)


def drop_code(lines: Sequence[str], _: PageContext) -> list[str]:
    """Drop lines of a program."""
    return [line for line in lines if not _is_code(line)]


def _is_code(line: str) -> bool:
    return len(line) >= MIN_PARAGRAPH_CHARS and len(_CODE_SIGNS.findall(line)) >= _MIN_SHARE_OF_SIGNS * len(
        line
    )
