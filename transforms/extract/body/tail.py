"""The end of a text: lists, verses and results below the last paragraph that belong to it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from lxml.html import HtmlElement

from transforms.extract.body.blocks import MIN_PARAGRAPH_CHARS, Block, key_of_line, looks_like_item
from transforms.extract.body.context import PageContext
from transforms.extract.body.elements import SENTENCE_ENDS
from transforms.extract.body.shape import HEADINGS
from transforms.text.scripts import LAO, THAI

# If this share of a text is short lines, verses or results, they are the story, wherever they are.
_MIN_SHARE_OF_SHORT_LINES = 0.4
_MIN_SHORT_LINES = 4
# Minimum characters of a line outside of the paragraphs that is not a label, even without a full stop.
_MIN_UNENDED_TAIL_CHARS = 60
# A sentence next to paragraphs closes the text as they do, and everything above it is within the text.
_MIN_CLOSING_CHARS = 40
# Thai and Lao have no full stop; a line of them with this many characters is not a label.
_UNSTOPPED = re.compile(f"[{THAI}{LAO}]")
_MIN_UNSTOPPED_CHARS = 25


def trim_ends(lines: Sequence[str], page: PageContext) -> list[str]:
    """Drop list items above the first and below the last paragraph, and labels below it.

    Lines below it in the same place as paragraphs, by the blocks of the page, stay if they are much
    of the text, or a list that a heading or a colon opens.
    """
    items = {at for at, line in enumerate(lines) if _is_item(line, page)}
    paragraphs = [at for at, line in enumerate(lines) if len(line) >= MIN_PARAGRAPH_CHARS and at not in items]
    if not paragraphs:
        return list(lines)
    first, last = paragraphs[0], paragraphs[-1]
    of_story = _lines_of_story(lines, last, items, page.blocks)
    return [
        line
        for at, line in enumerate(lines)
        if first <= at <= last
        or at in of_story
        or (at not in items and (at < first or len(line) >= _MIN_UNENDED_TAIL_CHARS or _is_sentence(line)))
    ]


def _is_item(line: str, page: PageContext) -> bool:
    return looks_like_item(line) and key_of_line(line) not in page.dashed_keys


def _is_sentence(line: str) -> bool:
    if line.endswith(SENTENCE_ENDS):
        return True
    return len(line) >= _MIN_UNSTOPPED_CHARS and _UNSTOPPED.search(line) is not None


def _lines_of_story(
    lines: Sequence[str], last: int, items: Collection[int], blocks: Sequence[Block]
) -> frozenset[int]:
    """Return the lines below the last paragraph that belong to the story, because they share its place."""
    placed = _lines_in_place(lines, last, blocks)
    if len(placed) >= max(_MIN_SHORT_LINES, _MIN_SHARE_OF_SHORT_LINES * len(lines)):
        return frozenset(placed)
    closing = [
        at
        for at in placed
        if at not in items and len(lines[at]) >= _MIN_CLOSING_CHARS and lines[at].endswith(SENTENCE_ENDS)
    ]
    end = max(closing, default=last)
    return frozenset([*range(last, end), *_opened_lists(lines, end, items, placed)])


def _lines_in_place(lines: Sequence[str], last: int, blocks: Sequence[Block]) -> dict[int, Block]:
    """Return the blocks of lines below the last paragraph that share a container with paragraphs above."""
    if not blocks or last + 1 == len(lines):
        return {}
    above = {key_of_line(line) for line in lines[: last + 1] if len(line) >= MIN_PARAGRAPH_CHARS}
    containers = {_container(block.element) for block in blocks if block.key in above and block.tag == "p"}
    near = [block for block in blocks if block.tag != "span" and _container(block.element) in containers]
    placed: dict[int, Block] = {}
    for at in range(last + 1, len(lines)):
        key = key_of_line(lines[at])
        block = next((block for block in near if key in block.key), None)
        if block is not None:
            placed[at] = block
    return placed


def _opened_lists(
    lines: Sequence[str], start: int, items: Collection[int], placed: Mapping[int, Block]
) -> Iterator[int]:
    """Yield list items from a line on, with the heading or the line with a colon that opens the list."""
    opening: int | None = None
    for at in range(start, len(lines)):
        if at in items and at in placed:
            if opening is not None:
                yield from (opening, at)
        elif lines[at].endswith((":", "：")) or (at in placed and placed[at].tag in HEADINGS):
            opening = at
        else:
            opening = None


def _container(element: HtmlElement) -> HtmlElement | None:
    """Return the parent of an element; for a list item, the parent of its list."""
    parent = element.getparent()
    while element.tag == "li" and parent is not None and parent.tag in ("ul", "ol", "li"):
        parent = parent.getparent()
    return parent
