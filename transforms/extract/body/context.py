"""Facts about a page and its article that the passes over its text use."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence

from lxml.html import HtmlElement

from transforms.extract.body.blocks import Block, letters_of, looks_like_item

MAX_HEADLINE_CHARS = 200


@dataclasses.dataclass(frozen=True, slots=True)
class ExtractionHints:
    """Facts that separate an article from furniture."""

    headlines: Sequence[str] = ()
    summaries: Sequence[str] = ()
    witness: str = ""
    """The text in structured data."""


@dataclasses.dataclass(frozen=True)
class PageContext:
    """Facts about a page for the passes over its text.

    The tree, without furniture, and its blocks are known only while the page's own text is read.
    """

    tree: HtmlElement | None = None
    blocks: Sequence[Block] = ()
    hints: ExtractionHints = ExtractionHints()
    authors: Sequence[str] = ()

    @functools.cached_property
    def titles(self) -> tuple[str, ...]:
        """The letters of each headline."""
        return tuple(filter(None, map(letters_of, self.hints.headlines)))

    @functools.cached_property
    def dashed_keys(self) -> frozenset[str]:
        """Keys of paragraphs that begin with a dash: quotations, not list items."""
        return frozenset(
            block.key for block in self.blocks if block.tag == "p" and looks_like_item(block.text)
        )

    def repeats_headline(self, line: str) -> bool:
        """Return True if a line repeats a headline, perhaps after its kicker."""
        return len(line) < MAX_HEADLINE_CHARS and letters_of(line).endswith(self.titles)


Pass = Callable[[Sequence[str], PageContext], list[str]]
"""A step over the lines of a text."""
