"""House lines: what a publisher repeats over its articles is its own, and no evidence of a copy."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Sequence

import numpy as np

from transforms.copies.signature import Flags, Signature, Words

HouseLines = frozenset[tuple[str, int]]

WITNESSES = 3
"""Articles of one publisher, unlike each other, in which a line stands when it is the publisher's own."""
OWN_SHARE = 0.5
"""Share of an article's words in lines that its publisher has nowhere else, above which the article is unlike
the others: versions of one story, which repeat each other's lines, make no house lines."""


def house_lines(signatures: Iterable[Signature]) -> HouseLines:
    """The lines that publishers repeat, as (publisher, key of the line)."""
    by_publisher: dict[str, dict[str, Signature]] = collections.defaultdict(dict)
    for one in signatures:
        if one.publisher and one.text_key:
            by_publisher[one.publisher].setdefault(one.text_key, one)
    return frozenset(
        (publisher, key)
        for publisher, texts in by_publisher.items()
        if len(texts) >= WITNESSES
        for key in _repeated(list(texts.values()))
    )


def _repeated(texts: Sequence[Signature]) -> list[int]:
    keys = np.concatenate([one.line_keys for one in texts])
    _, where, holders = np.unique(keys, return_inverse=True, return_counts=True)
    counts = np.split(holders[where], np.cumsum([len(one.line_keys) for one in texts])[:-1])
    witnessed: collections.Counter[int] = collections.Counter()
    for one, count in zip(texts, counts, strict=True):
        lengths = np.diff(one.line_ends, prepend=0)
        if lengths[count == 1].sum() > OWN_SHARE * lengths.sum():
            witnessed.update(set(one.line_keys[count >= WITNESSES].tolist()))
    return [key for key, articles in witnessed.items() if articles >= WITNESSES]


def without_house_lines(one: Signature, house: HouseLines) -> tuple[Words, Flags]:
    """The words of an article that are not in house lines, and their flags."""
    kept = np.array([(one.publisher, key) not in house for key in one.line_keys.tolist()], bool)
    if kept.all():
        return one.words, one.flags
    mask = np.repeat(kept, np.diff(one.line_ends, prepend=0))
    return one.words[mask], one.flags[mask]
