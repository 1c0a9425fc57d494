"""Passes that compare an extraction with the page's blocks: lines outside go, missed ones return."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from lxml.html import HtmlElement

from transforms.extract.body.blocks import (
    MIN_KEY_LETTERS,
    Block,
    key_of_line,
    letters_of,
    signature_of,
)
from transforms.extract.body.context import PageContext
from transforms.extract.body.shape import HEADINGS

# The frame of an article is the smallest element with this share of the extracted text.
_MIN_SHARE_OF_FRAME = 0.8
# Minimum letters of a line that counts for the frame.
_MIN_FRAMED_LETTERS = 40
# Shorter lines before the first paragraph are dates, bylines and labels.
_MIN_ABOVE_LETTERS = 60
# Paragraphs of one kind, and their share of the paragraphs that the extractor took, from which the others of
# that kind count as text.
_MIN_OF_KIND = 2
_MIN_SHARE_OF_KIND = 0.25
_MAX_HEADING_CHARS = 150


def keep_frame(lines: Sequence[str], page: PageContext) -> list[str]:
    """Drop lines outside of the element that holds most of the text.

    A long line before it may be its standfirst, and stays.
    """
    keys = [key_of_line(line) for line in lines]
    wanted = set(keys)
    elements: dict[str, list[HtmlElement]] = defaultdict(list)
    for block in page.blocks:
        if block.key in wanted:
            elements[block.key].append(block.element)
    frame = _frame_of({key: elements[key] for key in keys if _is_framed(key) and key in elements})
    if frame is None:
        return list(lines)
    inside = {key for key, places in elements.items() if any(_is_within(place, frame) for place in places)}
    first = next((at for at, key in enumerate(keys) if key in inside and _is_framed(key)), 0)
    return [
        line
        for at, (line, key) in enumerate(zip(lines, keys, strict=True))
        if key in inside or key not in elements or (at <= first and len(key) >= _MIN_ABOVE_LETTERS)
    ]


def _is_framed(key: str) -> bool:
    return len(key) >= _MIN_FRAMED_LETTERS


def _frame_of(elements: Mapping[str, Sequence[HtmlElement]]) -> HtmlElement | None:
    """Return the innermost element that holds most of the text of lines, given their elements."""
    total = sum(map(len, elements))
    held: Counter[HtmlElement] = Counter()
    for key, places in elements.items():
        ancestors = (ancestor for place in places for ancestor in place.iterancestors())
        held.update(dict.fromkeys(ancestors, len(key)))
    frames = [element for element, length in held.items() if length >= _MIN_SHARE_OF_FRAME * total]
    return max(frames, key=lambda element: sum(1 for _ in element.iterancestors()), default=None)


def _is_within(element: HtmlElement, frame: HtmlElement) -> bool:
    return element is frame or any(ancestor is frame for ancestor in element.iterancestors())


def add_paragraphs_of_kind(lines: Sequence[str], page: PageContext) -> list[str]:
    """Add paragraphs that the lines lack and that are of the same kind as enough of those taken."""
    line_of = _first_lines(lines)
    everything = key_of_line(" ".join(lines))
    paragraphs = [block for block in page.blocks if block.tag == "p" and len(block.key) >= MIN_KEY_LETTERS]
    kinds = {block: signature_of(block.element) for block in paragraphs}
    taken = Counter(kinds[block] for block in paragraphs if block.key in line_of)
    minimum = max(_MIN_OF_KIND, _MIN_SHARE_OF_KIND * taken.total())
    missed: dict[int, list[str]] = defaultdict(list)
    last = -1
    for block in paragraphs:
        if block.key in line_of:
            last = line_of[block.key]
        elif taken[kinds[block]] >= minimum and block.key not in everything:
            missed[last].append(block.text)
    completed = missed[-1]
    for at, line in enumerate(lines):
        completed += [line, *missed[at]]
    return completed


def add_headings(lines: Sequence[str], page: PageContext) -> list[str]:
    """Add the headings between the lines that are directly above one of them.

    Extractors lose headings in boxes of their own. They belong to the article if its lines share the
    box, or if there are several of their kind. A repeated headline is not a heading.
    """
    line_of = _first_lines(lines)
    headlines = set(map(letters_of, page.hints.headlines))
    kinds = Counter(signature_of(block.element) for block in page.blocks if block.tag in HEADINGS)
    above: dict[int, str] = {}
    started = False
    heading: Block | None = None
    for block in page.blocks:
        if block.key in line_of:
            if started and heading and _is_heading_of(heading, block, kinds[signature_of(heading.element)]):
                above[line_of[block.key]] = heading.text
            started, heading = True, None
        elif block.tag in HEADINGS:
            is_headline = letters_of(block.text) in headlines
            heading = None if is_headline or len(block.text) > _MAX_HEADING_CHARS else block
        elif heading and heading.key not in block.key:
            heading = None
    return [text for at, line in enumerate(lines) for text in (above.get(at), line) if text]


def _is_heading_of(heading: Block, block: Block, of_its_kind: int) -> bool:
    return of_its_kind > 1 or block.is_in(heading.element.getparent())


def _first_lines(lines: Sequence[str]) -> dict[str, int]:
    """Return the number of the first line with each key."""
    numbers: dict[str, int] = {}
    for at, line in enumerate(lines):
        numbers.setdefault(key_of_line(line), at)
    return numbers
