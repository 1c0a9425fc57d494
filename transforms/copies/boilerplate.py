"""Boilerplate lines: lines that a publisher repeats are its own, and not evidence of a copy."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from transforms.copies.signature import Ends, Keys, Signature

BoilerplateLines = frozenset[tuple[str, int]]

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
    def of(cls, article: Signature) -> Lines:
        """Return the lines of an article."""
        return cls(
            article.publisher, article.text_key, article.line_keys, np.diff(article.line_ends, prepend=0)
        )


def boilerplate_lines(articles: Iterable[Lines]) -> BoilerplateLines:
    """Return the lines that publishers repeat, as (publisher, key of the line)."""
    by_publisher: dict[str, dict[str, Lines]] = collections.defaultdict(dict)
    for article in articles:
        if article.publisher and article.text_key:
            by_publisher[article.publisher].setdefault(article.text_key, article)
    return frozenset(
        (publisher, key)
        for publisher, texts in by_publisher.items()
        if len(texts) >= WITNESSES
        for key in _repeated(list(texts.values()))
    )


def _repeated(texts: Sequence[Lines]) -> list[int]:
    keys = np.concatenate([text.keys for text in texts])
    _, where, holders = np.unique(keys, return_inverse=True, return_counts=True)
    counts = np.split(holders[where], np.cumsum([len(text.keys) for text in texts])[:-1])
    witnessed: collections.Counter[int] = collections.Counter()
    for text, count in zip(texts, counts, strict=True):
        if text.lengths[count == 1].sum() > OWN_SHARE * text.lengths.sum():
            witnessed.update(set(text.keys[count >= WITNESSES].tolist()))
    return [key for key, articles in witnessed.items() if articles >= WITNESSES]


def boilerplate_lines_of(
    article: Signature | Lines, boilerplate: Container[tuple[str, int]]
) -> frozenset[int]:
    """Return the keys of an article's lines that are boilerplate of its publisher."""
    keys = article.line_keys if isinstance(article, Signature) else article.keys
    return frozenset(key for key in keys.tolist() if (article.publisher, key) in boilerplate)


def without_boilerplate(article: Signature, boilerplate: Container[tuple[str, int]]) -> Signature:
    """Return a signature without the words of its boilerplate lines; the lines stay as witnesses."""
    own_lines = np.array(
        [(article.publisher, key) not in boilerplate for key in article.line_keys.tolist()], bool
    )
    if own_lines.all():
        return article
    lengths = np.diff(article.line_ends, prepend=0)
    mask = np.repeat(own_lines, lengths)
    ends = np.cumsum(np.where(own_lines, lengths, 0)).astype(np.int32)
    return dataclasses.replace(article, words=article.words[mask], flags=article.flags[mask], line_ends=ends)
