"""The index of copies: signatures of earlier articles, searched by later runs.

A segment is two Arrow files, read in place. One has the texts as word hashes, in small batches that
are read on demand. The other is a sorted inverted list of keys: sampled shingles, whole texts, lines,
story ids and article ids. The keys of new articles are searched in it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.io.filesystems import FileSystems

from transforms.copies.signature import (
    Keys,
    Signature,
    mix,
)
from transforms.records import key_of
from transforms.store.keys import number_of
from transforms.store.parquet import open_arrow

SHINGLES_KEPT = 64
"""Shingles kept per article, those with the smallest hashes. By benchmarks/studies/index_recall.py on 988
labelled articles, 64 bring every copy together with one of its story at 11 comparisons per article; 32 miss
one in 500, 16 one in 170."""
MAX_LINE_WORDS = 60
"""Maximum content words of a boilerplate line; a longer line is part of a story."""
RELATIVES = 4
"""Articles of a story that show which parts of it a copy has."""
BATCH_ROWS = 64
"""Texts read at a time: some 150 KB."""
TEXTS, KEYS = ".texts.arrow", ".keys.arrow"

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
        ("agency", pa.string()),
    ]
)
KEY_SCHEMA = pa.schema([("key", pa.uint64()), ("row", pa.uint32())])
SEGMENT_FILES = {TEXTS: TEXT_SCHEMA, KEYS: KEY_SCHEMA}
"""Endings of a segment's files, with their schemas."""

Item = TypeVar("Item")

ROW_BITS = 32
"""A row of the index is the number of its segment, followed by this many bits for the row within."""

Rows = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Indexed:
    """An article that was filed."""

    story_id: str
    filed_at: datetime
    signature: Signature


def write_segment(base: str, articles: Iterable[Indexed]) -> int:
    """Write articles, in this order, as the segment `base`, and return their number."""
    keys: list[Keys] = []
    with _Writer(base + TEXTS, TEXT_SCHEMA) as texts:
        for batch in batches(articles, BATCH_ROWS):
            texts.write_table(pa.Table.from_pylist([_text_row(article) for article in batch], TEXT_SCHEMA))
            keys += [_keys_of(article) for article in batch]
    rows = np.repeat(np.arange(len(keys)), [len(article) for article in keys])
    _write_keys(base, np.concatenate(keys) if keys else np.empty(0, np.uint64), rows)
    return len(keys)


def merge_segments(bases: Sequence[str], base: str, not_before: datetime) -> int:
    """Merge segments, oldest first, leaving out articles filed before a time.

    Returns the number of articles.
    """
    tables, keys, rows, total = [], [], [], 0
    for segment in map(IndexSegment, bases):
        table = segment.texts.read_all()
        recent = pc.greater_equal(table["filed_at"], pa.scalar(not_before, _INSTANT)).to_numpy()
        tables.append(table.filter(pa.array(recent)))
        chosen = recent[segment.rows]
        keys.append(segment.keys[chosen])
        rows.append((np.cumsum(recent) - 1 + total)[segment.rows[chosen]])
        total += int(recent.sum())
    with _Writer(base + TEXTS, TEXT_SCHEMA) as texts:
        for batch in pa.concat_tables(tables).combine_chunks().to_batches(max_chunksize=BATCH_ROWS):
            texts.write_batch(batch)
    _write_keys(base, np.concatenate(keys), np.concatenate(rows))
    return total


class CopyIndex:
    """The segments of earlier runs, oldest first; articles filed before a time do not count."""

    def __init__(self, bases: Sequence[str], not_before: datetime) -> None:
        self.segments = [IndexSegment(base) for base in bases]
        self._not_before = not_before

    def load(self, rows: Iterable[int]) -> dict[int, Indexed]:
        """Load earlier articles by their rows, leaving out those that are too old."""
        loaded = {row: self._load(row) for row in sorted(set(rows))}
        return {row: article for row, article in loaded.items() if article.filed_at >= self._not_before}

    def of_stories(self, story_ids: Iterable[str]) -> list[int]:
        """Return the rows of the first articles of stories, at most RELATIVES per story and segment."""
        keys = np.sort(np.array([_story_key(story_id) for story_id in set(story_ids)], np.uint64))
        rows: list[int] = []
        for number, segment in enumerate(self.segments):
            for first, last in zip(*segment.find(keys), strict=True):
                held = segment.rows[first : min(last, first + RELATIVES)]
                rows += [(number << ROW_BITS) + row for row in held.tolist()]
        return rows

    def of_article(self, article_id: str) -> Indexed | None:
        """Return the article with an id; None if it is too old or not indexed.

        Older segments have no article key; there, only story rows can be found.
        """
        for key in (_article_key(article_id), _story_key(article_id)):
            for segment in self.segments:
                (first,), (last,) = segment.find(np.array([key], np.uint64))
                for row in segment.rows[first:last].tolist():
                    article = segment.load(row)
                    if article.signature.article_id == article_id and article.filed_at >= self._not_before:
                        return article
        return None

    def _load(self, row: int) -> Indexed:
        return self.segments[row >> ROW_BITS].load(row & ((1 << ROW_BITS) - 1))


class IndexSegment:
    """The files of a segment, each opened on first use."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._batches: dict[int, pa.RecordBatch] = {}

    @functools.cached_property
    def _table(self) -> pa.Table:
        return open_arrow(self._base + KEYS).read_all()

    @functools.cached_property
    def keys(self) -> Keys:
        return cast(Keys, _numpy(self._table["key"]))

    @functools.cached_property
    def rows(self) -> npt.NDArray[np.uint32]:
        return cast("npt.NDArray[np.uint32]", _numpy(self._table["row"]))

    @functools.cached_property
    def texts(self) -> Any:
        return open_arrow(self._base + TEXTS)

    def find(self, wanted: Keys) -> tuple[Rows, Rows]:
        """Return where the holders of each key begin and end; keys must be sorted to be fast."""
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
        agency=value("agency"),
    )
    return Indexed(value("story_id"), value("filed_at"), signature)


def _text_row(article: Indexed) -> dict[str, Any]:
    names = [name for name in TEXT_SCHEMA.names if name not in ("story_id", "filed_at")]
    row = {name: getattr(article.signature, name) for name in names}
    return row | {"story_id": article.story_id, "filed_at": article.filed_at}


def _keys_of(article: Indexed) -> Keys:
    sample = article.signature.shingles[:SHINGLES_KEPT]
    ids = np.array([_story_key(article.story_id), _article_key(article.signature.article_id)], np.uint64)
    return np.concatenate([sample, text_keys(article.signature), line_keys_of(article.signature), ids])


def _article_key(article_id: str) -> int:
    return number_of(key_of(f"article {article_id}"))


def _story_key(story_id: str) -> int:
    return number_of(key_of(f"story {story_id}"))


def text_keys(article: Signature) -> Keys:
    """Return the key of the whole text; none if there is no text."""
    keys = [number_of(key_of(f"text {article.text_key}"))] if article.text_key else []
    return np.array(keys, np.uint64)


def line_keys_of(article: Signature) -> Keys:
    """Return the keys of lines that may be boilerplate, scoped to their publisher."""
    if not article.publisher:
        return np.empty(0, np.uint64)
    short = np.diff(article.line_ends, prepend=0) <= MAX_LINE_WORDS
    publisher = np.uint64(number_of(key_of(f"publisher {article.publisher}")))
    return np.unique(mix(article.line_keys[short] ^ publisher))


def _write_keys(base: str, keys: Keys, rows: npt.NDArray[Any]) -> None:
    order = np.lexsort((rows, keys))
    table = pa.table({"key": keys[order], "row": rows[order].astype(np.uint32)}, KEY_SCHEMA)
    with _Writer(base + KEYS, KEY_SCHEMA) as file:
        file.write_table(table)


class _Writer:
    """An Arrow file on any Beam filesystem, as a context manager; single-threaded, see store/parquet.py."""

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


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield items in lists of at most `size`."""
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
