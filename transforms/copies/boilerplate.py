"""Boilerplate lines: lines that a publisher repeats are its own, and not evidence of a copy."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from transforms.copies.signature import Ends, Keys, Signature

HouseLines = frozenset[tuple[str, int]]

WITNESSES = 3
"""Unrelated articles of one publisher that must share a line before it counts as boilerplate."""
OWN_SHARE = 0.5
"""Share of an article's words in lines that its publisher has nowhere else; above it, the article counts as
unrelated to the others. Versions of one story repeat each other's lines, and make no boilerplate."""


class Lines(NamedTuple):
    """The lines of an article, as witnesses of boilerplate."""

    publisher: str
    text_key: str | None
    keys: Keys
    lengths: Ends
    """Content words per line."""

    @classmethod
    def of(cls, one: Signature) -> Lines:
        """Return the lines of an article."""
        return cls(one.publisher, one.text_key, one.line_keys, np.diff(one.line_ends, prepend=0))


def boilerplate_lines(articles: Iterable[Lines]) -> HouseLines:
    """Return the lines that publishers repeat, as (publisher, key of the line)."""
    by_publisher: dict[str, dict[str, Lines]] = collections.defaultdict(dict)
    for one in articles:
        if one.publisher and one.text_key:
            by_publisher[one.publisher].setdefault(one.text_key, one)
    return frozenset(
        (publisher, key)
        for publisher, texts in by_publisher.items()
        if len(texts) >= WITNESSES
        for key in _repeated(list(texts.values()))
    )


def _repeated(texts: Sequence[Lines]) -> list[int]:
    keys = np.concatenate([one.keys for one in texts])
    _, where, holders = np.unique(keys, return_inverse=True, return_counts=True)
    counts = np.split(holders[where], np.cumsum([len(one.keys) for one in texts])[:-1])
    witnessed: collections.Counter[int] = collections.Counter()
    for one, count in zip(texts, counts, strict=True):
        if one.lengths[count == 1].sum() > OWN_SHARE * one.lengths.sum():
            witnessed.update(set(one.keys[count >= WITNESSES].tolist()))
    return [key for key, articles in witnessed.items() if articles >= WITNESSES]


def boilerplate_lines_of(one: Signature | Lines, house: Container[tuple[str, int]]) -> frozenset[int]:
    """Return the keys of an article's lines that are boilerplate of its publisher."""
    keys = one.line_keys if isinstance(one, Signature) else one.keys
    return frozenset(key for key in keys.tolist() if (one.publisher, key) in house)


def without_boilerplate(one: Signature, house: Container[tuple[str, int]]) -> Signature:
    """Return a signature without the words of its boilerplate lines; the lines stay as witnesses."""
    kept = np.array([(one.publisher, key) not in house for key in one.line_keys.tolist()], bool)
    if kept.all():
        return one
    lengths = np.diff(one.line_ends, prepend=0)
    mask = np.repeat(kept, lengths)
    ends = np.cumsum(np.where(kept, lengths, 0)).astype(np.int32)
    return dataclasses.replace(one, words=one.words[mask], flags=one.flags[mask], line_ends=ends)
