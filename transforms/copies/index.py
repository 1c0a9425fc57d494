"""The index of copies: what earlier runs filed, as articles of later runs are compared with it.

A segment is two Arrow files, read where they lie: the texts as word hashes, in
small batches of which only those wanted are touched, and an inverted list of
sampled shingles, sorted, in which new articles' shingles are searched.
"""

from __future__ import annotations

import bisect
import collections
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.io.filesystems import FileSystems

from transforms.copies.candidates import HUBS, LEAST_SHARE, LEAST_SHARED, MOST_CANDIDATES, RARE
from transforms.copies.group import KnownStory
from transforms.copies.signature import (
    SHINGLE_WORDS,
    Keys,
    Signature,
    shingle_hashes,
)
from transforms.parquet import open_arrow
from transforms.records import key_of

SHINGLES_KEPT = 64
"""Of an article, those with the least hashes. By benchmarks/index_recall.py on 988 labelled articles 64 bring
every copy together with one of its story at 11 comparisons an article, 32 miss one in 500, 16 one in 170."""
WITNESSES = 16
"""Articles of a publisher, the last filed, among which its house lines are looked for."""
BATCH_ROWS = 64
"""Texts read at once: some 150 KB."""
PROBED_TOGETHER = 512
"""Articles whose shingles are searched together: bounds memory, 6 KB each."""
SEGMENT_FILES = TEXTS, KEYS = ".texts.arrow", ".keys.arrow"
"""Endings of a segment's files."""

_INSTANT = pa.timestamp("us", tz="UTC")
TEXT_SCHEMA = pa.schema(
    [
        ("article_id", pa.string()),
        ("story_id", pa.string()),
        ("filed_at", _INSTANT),
        ("dated_at", _INSTANT),
        ("publisher", pa.string()),
        ("text_key", pa.string()),
        ("title_key", pa.string()),
        ("words", pa.list_(pa.uint32())),
        ("flags", pa.list_(pa.uint8())),
        ("line_keys", pa.list_(pa.uint64())),
        ("line_ends", pa.list_(pa.int32())),
    ]
)
KEY_SCHEMA = pa.schema([("key", pa.uint64()), ("row", pa.uint32())])

Rows = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Indexed:
    """An article that was filed."""

    story_id: str
    filed_at: datetime
    signature: Signature


def write_segment(base: str, articles: Iterable[Indexed]) -> int:
    """Writes articles, in this order, as the segment `base`; returns how many."""
    keys: list[Keys] = []
    with _Writer(base + TEXTS, TEXT_SCHEMA) as texts:
        for batch in _batches(articles, BATCH_ROWS):
            texts.write_table(pa.Table.from_pylist([_text_row(one) for one in batch], TEXT_SCHEMA))
            keys += [_keys_of(one.signature) for one in batch]
    rows = np.repeat(np.arange(len(keys)), [len(one) for one in keys])
    _write_keys(base, np.concatenate(keys) if keys else np.empty(0, np.uint64), rows)
    return len(keys)


def merge_segments(bases: Sequence[str], base: str, not_before: datetime) -> int:
    """Writes the articles of segments, the oldest first, as one; those filed before a time are left out.

    Returns how many it has.
    """
    tables, keys, rows, total = [], [], [], 0
    for segment in map(_Segment, bases):
        table = segment.texts.read_all()
        kept = pc.greater_equal(table["filed_at"], pa.scalar(not_before, _INSTANT)).to_numpy()
        tables.append(table.filter(pa.array(kept)))
        chosen = kept[segment.rows]
        keys.append(segment.keys[chosen])
        rows.append((np.cumsum(kept) - 1 + total)[segment.rows[chosen]])
        total += int(kept.sum())
    with _Writer(base + TEXTS, TEXT_SCHEMA) as texts:
        for batch in pa.concat_tables(tables).combine_chunks().to_batches(max_chunksize=BATCH_ROWS):
            texts.write_batch(batch)
    _write_keys(base, np.concatenate(keys), np.concatenate(rows))
    return total


class CopyIndex:
    """The segments of earlier runs, the oldest first; what was filed before a time does not count."""

    def __init__(self, bases: Sequence[str], not_before: datetime) -> None:
        self._segments = [_Segment(base) for base in bases]
        self._starts = np.cumsum([0, *(segment.count for segment in self._segments)])
        self._not_before = not_before

    def known(self, signatures: Sequence[Signature]) -> tuple[list[KnownStory], list[Signature]]:
        """Filed articles that new ones may be copies of; and the last ones of the new ones' publishers."""
        if not self._segments:
            return [], []
        alike: set[int] = set()
        for start in range(0, len(signatures), PROBED_TOGETHER):
            alike.update(self._alike(signatures[start : start + PROBED_TOGETHER]))
        publishers = {one.publisher for one in signatures if one.publisher}
        witnesses = set[int]().union(*map(self._last_of, publishers))
        found = dict(zip(order := sorted(alike | witnesses), self._load(order), strict=True))
        recent = {row: one for row, one in found.items() if one.filed_at >= self._not_before}
        known = [KnownStory(one.story_id, one.signature) for row, one in recent.items() if row in alike]
        return known, [one.signature for row, one in recent.items() if row in witnesses]

    def _alike(self, signatures: Sequence[Signature]) -> list[int]:
        """Rows of articles that share rare shingles, or the whole text, with new ones."""
        probes = [shingle_hashes(one.words, SHINGLE_WORDS) for one in signatures]
        wanted = np.concatenate([np.unique(one) for one in probes])
        owners = np.repeat(np.arange(len(signatures)), [len(np.unique(one)) for one in probes])
        order = np.argsort(wanted)
        wanted, owners = wanted[order], owners[order]
        ranges = [segment.find(wanted) for segment in self._segments]
        rare = sum(((last - first) for first, last in ranges), np.zeros(len(wanted), np.int64)) <= RARE
        pairs, weights = [], []
        for segment, start, (first, last) in zip(self._segments, self._starts, ranges, strict=False):
            for hub in range(HUBS):
                met = np.flatnonzero(first + hub < last)
                rows = segment.rows[first[met] + hub].astype(np.int64) + start
                pairs.append(owners[met] * self._starts[-1] + rows)
                weights.append(rare[met])
        same = [_text_key(one) for one in signatures if one.text_key]
        found = self._most_shared(np.concatenate(pairs), np.concatenate(weights)) if pairs else []
        return found + [row for key in same for row in self._holders(key)[:HUBS]]

    def _most_shared(self, pairs: Rows, rare: npt.NDArray[np.bool_]) -> list[int]:
        distinct, where, shared = np.unique(pairs, return_inverse=True, return_counts=True)
        shared_rare = np.bincount(where, weights=rare, minlength=len(distinct))
        enough = (shared_rare >= LEAST_SHARED) | (shared >= LEAST_SHARE * SHINGLES_KEPT)
        owners, rows = np.divmod(distinct[enough], max(1, self._starts[-1]))
        order = np.lexsort((rows, -shared[enough], owners))
        taken: collections.Counter[int] = collections.Counter()
        found = []
        for owner, row in zip(owners[order].tolist(), rows[order].tolist(), strict=True):
            taken[owner] += 1
            if taken[owner] <= MOST_CANDIDATES:
                found.append(row)
        return found

    def _last_of(self, publisher: str) -> list[int]:
        return self._holders(_publisher_key(publisher))[-WITNESSES:]

    def _holders(self, key: int) -> list[int]:
        """The rows that hold a key, in the order they were filed."""
        found: list[int] = []
        for segment, start in zip(self._segments, self._starts, strict=False):
            first, last = segment.find(np.array([key], np.uint64))
            found += (segment.rows[first[0] : last[0]].astype(np.int64) + start).tolist()
        return found

    def _load(self, rows: Sequence[int]) -> Iterator[Indexed]:
        for row in rows:
            segment = bisect.bisect_right(self._starts, row) - 1
            yield self._segments[segment].load(row - int(self._starts[segment]))


class _Segment:
    def __init__(self, base: str) -> None:
        keys = open_arrow(base + KEYS).read_all()
        self.keys: Keys = _numpy(keys["key"])
        self.rows: npt.NDArray[np.uint32] = _numpy(keys["row"])
        self.texts = open_arrow(base + TEXTS)
        # All batches but the last are full.
        full = self.texts.num_record_batches - 1
        self.count = full * BATCH_ROWS + self.texts.get_batch(full).num_rows if full >= 0 else 0
        self._batches: dict[int, pa.RecordBatch] = {}

    def find(self, wanted: Keys) -> tuple[Rows, Rows]:
        """Where the holders of each key, which must be sorted to be quick, begin and end."""
        return np.searchsorted(self.keys, wanted, "left"), np.searchsorted(self.keys, wanted, "right")

    def load(self, row: int) -> Indexed:
        number, at = divmod(row, BATCH_ROWS)
        if number not in self._batches:
            self._batches[number] = self.texts.get_batch(number)
        return _indexed(self._batches[number], at)


def _indexed(batch: pa.RecordBatch, at: int) -> Indexed:
    def value(name: str) -> Any:
        return batch.column(name)[at].as_py()

    def array(name: str) -> Any:
        return batch.column(name)[at].values.to_numpy(zero_copy_only=True)

    signature = Signature(
        article_id=value("article_id"),
        dated_at=value("dated_at"),
        publisher=value("publisher"),
        text_key=value("text_key"),
        title_key=value("title_key"),
        words=array("words"),
        flags=array("flags"),
        line_keys=array("line_keys"),
        line_ends=array("line_ends"),
    )
    return Indexed(value("story_id"), value("filed_at"), signature)


def _text_row(one: Indexed) -> dict[str, Any]:
    names = [name for name in TEXT_SCHEMA.names if name not in ("story_id", "filed_at")]
    row = {name: getattr(one.signature, name) for name in names}
    return row | {"story_id": one.story_id, "filed_at": one.filed_at}


def _keys_of(one: Signature) -> Keys:
    extra = [_text_key(one)] if one.text_key else []
    extra += [_publisher_key(one.publisher)] if one.publisher else []
    return np.concatenate([one.shingles[:SHINGLES_KEPT], np.array(extra, np.uint64)])


def _text_key(one: Signature) -> int:
    return int(key_of(f"text {one.text_key}")[:16], 16)


def _publisher_key(publisher: str) -> int:
    return int(key_of(f"publisher {publisher}")[:16], 16)


def _write_keys(base: str, keys: Keys, rows: npt.NDArray[Any]) -> None:
    order = np.lexsort((rows, keys))
    table = pa.table({"key": keys[order], "row": rows[order].astype(np.uint32)}, KEY_SCHEMA)
    with _Writer(base + KEYS, KEY_SCHEMA) as file:
        file.write_table(table)


class _Writer:
    """An Arrow file on any Beam filesystem, as a context manager; one thread, see transforms/parquet.py."""

    def __init__(self, path: str, schema: pa.Schema) -> None:
        self._path, self._schema = path, schema

    def __enter__(self) -> Any:
        self._file = FileSystems.create(self._path, mime_type="application/octet-stream")
        self._writer = pa.ipc.new_file(
            self._file, self._schema, options=pa.ipc.IpcWriteOptions(use_threads=False)
        )
        return self._writer

    def __exit__(self, *error: object) -> None:
        self._writer.close()
        self._file.close()


def _numpy(column: pa.ChunkedArray) -> Any:
    if column.num_chunks == 1:
        return column.chunk(0).to_numpy(zero_copy_only=True)
    return column.to_numpy()


def _batches(items: Iterable[Indexed], size: int) -> Iterator[list[Indexed]]:
    batch: list[Indexed] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
