"""Blocks: paragraphs, headings and items of a page in its tree, and how they group."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence

from lxml.html import HtmlElement

from transforms.extract.body.elements import SENTENCE_ENDS, text_of
from transforms.extract.body.shape import HEADINGS
from transforms.text.scripts import WIDE

# Minimum letters of a key that identifies the block of a line.
MIN_KEY_LETTERS = 20
# Minimum characters of a line that is a paragraph and not a label, wherever it is.
MIN_PARAGRAPH_CHARS = 80
# The same for a line above the text that does not end like a sentence.
_MIN_UNENDED_CHARS = 150
# Minimum characters of a `p` that counts for its group.
_MIN_GROUPED_CHARS = 40
_MAX_BLOCK_CHARS = 1_500
_BLOCK_TAGS = ("p", *HEADINGS, "li", "blockquote", "div", "span", "td", "dd", "dt", "pre")
_INLINE_TAGS = ("span", "a", "b", "strong", "em", "i", "font")
_NOT_WORDS = re.compile(r"[\W_]+")
_WIDE = re.compile(f"[{WIDE}]")
_DIGITS = re.compile(r"\d+")
# Soft hyphens, joiners, direction marks: trafilatura drops them.
_UNSEEN = re.compile(r"[\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")

Signature = tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A piece of text of a page, with its element."""

    element: HtmlElement
    text: str
    key: str
    """The text without blanks, to match it with lines made from the same tree."""

    @property
    def tag(self) -> str:
        """Tag of its element."""
        return str(self.element.tag)

    def is_in(self, box: HtmlElement | None) -> bool:
        """Return True if a box holds the block's element."""
        return box is not None and any(ancestor is box for ancestor in self.element.iterancestors())


def key_of_line(line: str) -> str:
    """Return a line without blanks, invisible characters and the mark of a list item."""
    seen = line if line.isascii() else _UNSEEN.sub("", line)
    return "".join(seen.removeprefix("- ").split())


def letters_of(line: str) -> str:
    """Return a line's letters and digits in lower case, for comparison with other sources."""
    return _NOT_WORDS.sub("", line.casefold())


def looks_like_item(line: str) -> bool:
    """Return True if a line begins like trafilatura's list items."""
    return line.startswith("- ")


def width_of(line: str) -> int:
    """Return the length of a line in Latin letters; wide characters count twice."""
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))


def is_paragraph(line: str) -> bool:
    """Return True if a line is long enough for a paragraph, and not a list item or headline."""
    if looks_like_item(line):
        return False
    return width_of(line) >= (MIN_PARAGRAPH_CHARS if line.endswith(SENTENCE_ENDS) else _MIN_UNENDED_CHARS)


def blocks_of(root: HtmlElement) -> list[Block]:
    """Return the blocks of a tree in order; divisions count if text is directly in them."""
    blocks = []
    for element in root.iter(*_BLOCK_TAGS):
        if element.tag in ("div", "span") and not _holds_text(element):
            continue
        text = text_of(element)
        if len(text) > 1 and (element.tag == "p" or len(text) <= _MAX_BLOCK_CHARS):
            blocks.append(Block(element, text, key_of_line(text)))
    return blocks


def _holds_text(element: HtmlElement) -> bool:
    if len(element) > 3:
        return False
    return bool((element.text or "").strip()) or (len(element) == 1 and element[0].tag in _INLINE_TAGS)


def signature_of(element: HtmlElement | None, height: int = 3) -> Signature:
    """Return the tags and classes of an element and its ancestors.

    All paragraphs of a kind share them.
    """
    levels: list[tuple[str, str]] = []
    while element is not None and len(levels) < height:
        names = _DIGITS.sub("", element.get("class") or "").split()
        levels.append((str(element.tag), " ".join(sorted(names))))
        element = element.getparent()
    return tuple(levels)


def length_of_paragraphs(blocks: Sequence[Block]) -> int:
    """Return the characters of text in paragraphs."""
    return sum(len(block.text) for block in blocks if _counts_for_group(block))


def largest_group(blocks: Sequence[Block]) -> list[Block]:
    """Return the largest paragraph group: the place in the tree with most text in paragraphs.

    The group begins and ends with a paragraph, and includes the other blocks of the place in between.
    """
    places: dict[Block, tuple[Signature, HtmlElement | None]] = {}
    weights: Counter[tuple[Signature, HtmlElement | None]] = Counter()
    for block in blocks:
        # A page with several articles means one of them.
        article = next(block.element.iterancestors("article"), None)
        place = places[block] = signature_of(block.element.getparent()), article
        if _counts_for_group(block):
            weights[place] += len(block.text)
    if not weights:
        return []
    best = weights.most_common(1)[0][0]
    group = [block for block in blocks if places[block] == best and block.tag not in ("div", "span", "h1")]
    paragraphs = [at for at, block in enumerate(group) if _counts_for_group(block)]
    return group[paragraphs[0] : paragraphs[-1] + 1]


def _counts_for_group(block: Block) -> bool:
    return block.tag == "p" and len(block.text) >= _MIN_GROUPED_CHARS
