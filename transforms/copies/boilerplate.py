"""House lines: what a publisher repeats over its articles is its own, and no evidence of a copy."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from transforms.copies.signature import Ends, Keys, Signature

HouseLines = frozenset[tuple[str, int]]

WITNESSES = 3
"""Articles of one publisher, unlike each other, in which a line stands when it is the publisher's own."""
OWN_SHARE = 0.5
"""Share of an article's words in lines that its publisher has nowhere else, above which the article is unlike
the others: versions of one story, which repeat each other's lines, make no house lines."""


class Lines(NamedTuple):
    """The lines of an article, as they may bear witness to house lines."""

    publisher: str
    text_key: str | None
    keys: Keys
    lengths: Ends
    """In content words."""

    @classmethod
    def of(cls, one: Signature) -> Lines:
        """The lines of an article."""
        return cls(one.publisher, one.text_key, one.line_keys, np.diff(one.line_ends, prepend=0))


def boilerplate_lines(articles: Iterable[Lines]) -> HouseLines:
    """The lines that publishers repeat, as (publisher, key of the line)."""
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
    """Keys of the lines of an article that are its publisher's own."""
    keys = one.line_keys if isinstance(one, Signature) else one.keys
    return frozenset(key for key in keys.tolist() if (one.publisher, key) in house)


def without_boilerplate(one: Signature, house: Container[tuple[str, int]]) -> Signature:
    """A signature whose house lines have lost their words; the lines themselves stay, as witnesses."""
    kept = np.array([(one.publisher, key) not in house for key in one.line_keys.tolist()], bool)
    if kept.all():
        return one
    lengths = np.diff(one.line_ends, prepend=0)
    mask = np.repeat(kept, lengths)
    ends = np.cumsum(np.where(kept, lengths, 0)).astype(np.int32)
    return dataclasses.replace(one, words=one.words[mask], flags=one.flags[mask], line_ends=ends)
