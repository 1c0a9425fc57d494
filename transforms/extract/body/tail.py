"""The end of a text: lists, verses and results below the last paragraph that belong to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from lxml.html import HtmlElement

from transforms.extract.body.blocks import Block, key_of_line, looks_like_item
from transforms.extract.body.furniture import SENTENCE_ENDS
from transforms.extract.body.shape import HEADINGS

PARAGRAPH = 80
# If this share of a text is short lines, verses or results, they are the story, wherever they are.
_SHORT_LINES = 0.4
_MIN_LINES = 4
# A sentence next to paragraphs closes the text as they do, and everything above it is within the text.
_MIN_CLOSING_CHARS = 40
# Scripts without a full stop; a line with this many of their characters is not a label.
_UNSTOPPED = re.compile(r"[\u0e00-\u0eff]")
_MIN_UNSTOPPED_CHARS = 25


def trimmed(
    lines: Sequence[str],
    is_item: Callable[[str], bool] = looks_like_item,
    blocks: Sequence[Block] = (),
) -> list[str]:
    """Drop list items above the first and below the last paragraph, and labels below it.

    Lines below it in the same place as paragraphs, by the `blocks` of the page, stay if they are much
    of the text, or a list that a heading or a colon opens.
    """
    paragraphs = [at for at, line in enumerate(lines) if len(line) >= PARAGRAPH and not is_item(line)]
    if not paragraphs:
        return list(lines)
    first, last = paragraphs[0], paragraphs[-1]
    own = _own(lines, last, is_item, blocks) if blocks and last + 1 < len(lines) else frozenset()
    return [
        line
        for at, line in enumerate(lines)
        if first <= at <= last
        or at in own
        or (not is_item(line) and (at < first or len(line) >= 60 or _is_sentence(line)))
    ]


def _is_sentence(line: str) -> bool:
    return line.endswith(SENTENCE_ENDS) or (
        len(line) >= _MIN_UNSTOPPED_CHARS and _UNSTOPPED.search(line) is not None
    )


def _own(
    lines: Sequence[str], last: int, is_item: Callable[[str], bool], blocks: Sequence[Block]
) -> frozenset[int]:
    """Return the lines below the last paragraph that belong to the story, because they share its place."""
    above = {key_of_line(line) for line in lines[: last + 1] if len(line) >= PARAGRAPH}
    places = {_place(block.element) for block in blocks if block.key in above and block.tag == "p"}
    beside = [block for block in blocks if block.tag != "span" and _place(block.element) in places]
    found = {at: _block_of(key_of_line(lines[at]), beside) for at in range(last + 1, len(lines))}
    own = {at: block for at, block in found.items() if block is not None}
    if len(own) >= max(_MIN_LINES, _SHORT_LINES * len(lines)):
        return frozenset(own)
    closing = (at for at in own if len(lines[at]) >= _MIN_CLOSING_CHARS and not is_item(lines[at]))
    end = max((at for at in closing if lines[at].endswith(SENTENCE_ENDS)), default=last)
    kept = set(range(last, end))
    opening = None
    for at in range(end, len(lines)):
        if is_item(lines[at]) and at in own:
            kept |= {opening, at} if opening is not None else set()
        elif lines[at].endswith((":", "：")) or (at in own and own[at].tag in HEADINGS):
            opening = at
        else:
            opening = None
    return frozenset(kept)


def _block_of(key: str, blocks: Sequence[Block]) -> Block | None:
    """Return the block that a line was made from; a line of several, or the whole."""
    return next((block for block in blocks if key in block.key), None)


def _place(element: HtmlElement) -> HtmlElement | None:
    """Return the container of an element; for an item, the container of its list."""
    parent = element.getparent()
    while element.tag == "li" and parent is not None and parent.tag in ("ul", "ol", "li"):
        parent = parent.getparent()
    return parent
