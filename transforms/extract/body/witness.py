"""A pass that compares a text with the text in the page's structured data."""

from __future__ import annotations

from collections.abc import Sequence

from transforms.extract.body.blocks import (
    MIN_KEY_LETTERS,
    MIN_PARAGRAPH_CHARS,
    letters_of,
    looks_like_item,
)
from transforms.extract.body.context import PageContext
from transforms.extract.body.shape import HEADINGS

# Structured data counts as a witness if it shares this part of its letters and of the text's.
_MIN_SHARE_AGREED = 0.8
_MIN_WITNESS_CHARS = 300


def drop_unwitnessed(lines: Sequence[str], page: PageContext) -> list[str]:
    """Drop lines that a complete text in structured data lacks: all at the end, elsewhere short ones."""
    if len(page.hints.witness) < _MIN_WITNESS_CHARS:
        return list(lines)
    witness = letters_of(page.hints.witness)
    keys = [letters_of(line) for line in lines]
    known = [key in witness for key in keys]
    agreed = sum(len(key) for key, is_known in zip(keys, known, strict=True) if is_known)
    certain = [at for at, key in enumerate(keys) if known[at] and len(key) >= MIN_KEY_LETTERS]
    # Structured data with only the beginning says nothing about the rest.
    if agreed < _MIN_SHARE_AGREED * max(len(witness), sum(map(len, keys))) or not certain:
        return list(lines)
    first, last = certain[0], certain[-1]
    headings = {letters_of(block.text) for block in page.blocks if block.tag in HEADINGS}

    def is_text(at: int) -> bool:
        is_long = len(lines[at]) >= MIN_PARAGRAPH_CHARS and not looks_like_item(lines[at])
        return is_long or keys[at] in headings

    return [line for at, line in enumerate(lines) if known[at] or at < first or (at < last and is_text(at))]
