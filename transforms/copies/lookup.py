"""Look up earlier articles that new ones may be copies of, one index segment at a time.

New articles are few and the index is large, so the keys go to the index; on a cluster each worker takes
segments.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from transforms.copies.candidates import HUBS, MAX_CANDIDATES, MAX_RARE_HOLDERS, MIN_SHARE, MIN_SHARED
from transforms.copies.index import (
    ROW_BITS,
    SHINGLES_KEPT,
    CopyIndex,
    IndexSegment,
    Rows,
    batches,
    line_keys_of,
    text_keys,
)
from transforms.copies.signature import SHINGLE_WORDS, Keys, Signature, shingle_hashes

MAX_QUERY_ARTICLES = 512
"""Articles whose keys are searched together: bounds memory, 6 KB each."""
SHINGLE, TEXT, LINE = range(3)
"""Kinds of keys."""


class Query(NamedTuple):
    """The keys of a slice of new articles; parallel arrays, sorted by key."""

    keys: Keys
    owners: npt.NDArray[np.uint32]
    """Number of the article among all new ones."""
    kinds: npt.NDArray[np.uint8]


class Matches(NamedTuple):
    """Matches of one segment for a slice."""

    places: Rows
    """Positions of the matching keys."""
    counts: Rows
    """Number of articles of the segment that hold the key."""
    rows: Rows
    """HUBS rows for each key, the first ones or, for lines, the last ones; -1 if there are fewer."""


class EarlierArticles(NamedTuple):
    """Earlier articles, as rows that CopyIndex.load takes."""

    alike: dict[int, list[int]]
    """Candidates by the number of the new article."""
    witnesses: list[int]
    """Articles of the same publisher that share lines with a new one."""


def query_of(signatures: Sequence[Signature], first: int = 0) -> Query:
    """Collect the keys of articles, numbered from `first`; at most MAX_QUERY_ARTICLES."""
    keys: list[Keys] = []
    for article in signatures:
        shingles = np.unique(shingle_hashes(article.words, SHINGLE_WORDS))
        keys += [shingles, text_keys(article), line_keys_of(article)]
    sizes = [len(part) for part in keys]
    owners = np.repeat(np.repeat(np.arange(first, first + len(signatures), dtype=np.uint32), 3), sizes)
    kinds = np.repeat(np.tile(np.array([SHINGLE, TEXT, LINE], np.uint8), len(signatures)), sizes)
    joined = np.concatenate([np.empty(0, np.uint64), *keys])
    order = np.argsort(joined)
    return Query(joined[order], owners[order], kinds[order])


def slices(signatures: Iterable[Signature]) -> Iterator[Query]:
    """Yield the keys of articles in slices that bound memory."""
    first = 0
    for part in batches(signatures, MAX_QUERY_ARTICLES):
        yield query_of(part, first)
        first += len(part)


def look_up(signatures: Iterable[Signature], index: CopyIndex) -> Iterator[EarlierArticles]:
    """Search an index for articles, one slice at a time."""
    for query in slices(signatures):
        yield combined(query, [search(part, number, query) for number, part in enumerate(index.segments)])


def search(segment: IndexSegment, number: int, query: Query) -> Matches:
    """Search the `number`-th segment of the index for a slice."""
    first, last = segment.find(query.keys)
    places = np.flatnonzero(first < last)
    first, last = first[places], last[places]
    hubs = np.arange(HUBS)
    of_lines = (query.kinds[places] == LINE)[:, None]
    at = np.where(of_lines, last[:, None] - 1 - hubs, first[:, None] + hubs)
    there = (at >= first[:, None]) & (at < last[:, None])
    rows = segment.rows[np.where(there, at, 0)].astype(np.int64) + (number << ROW_BITS)
    return Matches(places, last - first, np.where(there, rows, -1))


def combined(query: Query, matches: Sequence[Matches]) -> EarlierArticles:
    """Combine the matches of all segments for a slice."""
    places = np.concatenate([np.empty(0, np.int64), *(part.places for part in matches)])
    counts = np.concatenate([np.empty(0, np.int64), *(part.counts for part in matches)])
    rows = np.concatenate([np.empty((0, HUBS), np.int64), *(part.rows for part in matches)])
    rare = np.bincount(places, weights=counts, minlength=len(query.keys)) <= MAX_RARE_HOLDERS
    owners, kinds = np.repeat(query.owners[places], HUBS), np.repeat(query.kinds[places], HUBS)
    held = rows.ravel()
    there = held >= 0
    shingles = there & (kinds == SHINGLE)
    alike = _most_shared(owners[shingles], held[shingles], np.repeat(rare[places], HUBS)[shingles])
    texts = there & (kinds == TEXT)
    for owner, row in zip(owners[texts].tolist(), held[texts].tolist(), strict=True):
        if row not in alike[owner]:
            alike[owner].append(row)
    lines = np.flatnonzero(kinds[::HUBS] == LINE)
    holders: dict[int, list[int]] = collections.defaultdict(list)
    for place, held_rows in zip(places[lines].tolist(), rows[lines].tolist(), strict=True):
        holders[place] += [row for row in held_rows if row >= 0]
    witnesses = {row for of_line in holders.values() for row in sorted(of_line)[-HUBS:]}
    return EarlierArticles(dict(alike), sorted(witnesses))


def _most_shared(
    owners: npt.NDArray[np.uint32], rows: Rows, rare: npt.NDArray[np.bool_]
) -> collections.defaultdict[int, list[int]]:
    """Return the rows that share enough with each owner, at most MAX_CANDIDATES, most shared first."""
    chosen: collections.defaultdict[int, list[int]] = collections.defaultdict(list)
    if not len(rows):
        return chosen
    order = np.lexsort((rows, owners))
    owners, rows, rare = owners[order], rows[order], rare[order]
    starts = np.flatnonzero(np.r_[True, (owners[1:] != owners[:-1]) | (rows[1:] != rows[:-1])])
    shared = np.diff(np.r_[starts, len(rows)])
    shared_rare = np.add.reduceat(rare.astype(np.int64), starts)
    enough = (shared_rare >= MIN_SHARED) | (shared >= MIN_SHARE * SHINGLES_KEPT)
    owners, rows, shared = owners[starts[enough]], rows[starts[enough]], shared[enough]
    order = np.lexsort((rows, -shared, owners))
    for owner, row in zip(owners[order].tolist(), rows[order].tolist(), strict=True):
        if len(chosen[owner]) < MAX_CANDIDATES:
            chosen[owner].append(row)
    return chosen
