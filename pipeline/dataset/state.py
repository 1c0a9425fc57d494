"""What the runs of a dataset remember: feeds, entries put off, what was seen and filed, the index of copies.

    _state/<run_id>/state.json        which segments make up the state after that run
    _state/<run_id>/feeds.parquet     the last poll of each feed
    _state/<run_id>/put_off.parquet   entries put off, with attempts and next try
    _state/<run_id>/*                 segments: of seen entries, of filed ids, of the index

A run writes a folder of its own. Segments are merged as they come (`merged_with`),
so that all a run writes is small next to what it touched: with each key merged
once for every doubling, a million of them some twenty times in their life.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from pipeline.dataset.layout import STATE, Dataset
from pipeline.errors import DatasetError
from transforms.copies import SEGMENT_FILES, merge_segments
from transforms.store.keys import (
    feed_number,
    key_table,
    listed_table,
    merge_keys,
    merge_listed,
    read_segment,
    write_segment,
)
from transforms.store.parquet import open_arrow, open_parquet
from transforms.store.tables import FEEDS, POSTPONED
from transforms.store.write import write_rows

MAX_INDEX_SEGMENT = 20_000
"""Articles: some 60 MB, merged in under a second; larger segments grow no more and expire as they are."""


@dataclasses.dataclass(frozen=True)
class Segment:
    """Sorted rows that one run wrote."""

    name: str
    """Below _state/; of the index without the endings of its files."""
    rows: int
    newest: str
    """When the newest of its rows was written, ISO 8601."""


@dataclasses.dataclass(frozen=True)
class State:
    """What a committed run left for the next."""

    run_id: str | None = None
    feeds: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    """The last poll of each feed, by URL: rows of transforms.store.tables.FEEDS."""
    put_off: tuple[dict[str, Any], ...] = ()
    """Rows of transforms.store.tables.POSTPONED."""
    seen: tuple[Segment, ...] = ()
    """Keys of entries, oldest first: transforms.store.keys.LISTED_SCHEMA."""
    filed: tuple[Segment, ...] = ()
    """Ids of articles, and keys of the texts of their later versions."""
    index: tuple[Segment, ...] = ()
    """Segments of transforms.copies.CopyIndex."""


@dataclasses.dataclass(frozen=True)
class StateDelta:
    """What a run adds to the state."""

    polls: Sequence[dict[str, Any]]
    """Rows of transforms.store.tables.POLLS or FEEDS."""
    listed: Sequence[tuple[str, bytes, datetime]]
    """Entries to remember: the feed that listed them, their keys (transforms.store.keys.pack_keys), when."""
    put_off: Sequence[dict[str, Any]]
    """All that wait after it."""
    article_ids: Iterable[str]
    index_segment: str | None
    """Path of what it noted of its articles; None where it filed none."""
    versions: Iterable[str] = ()
    """Keys of the texts that it filed as later versions."""


def load_state(dataset: Dataset) -> State:
    """The state after the newest committed run; an empty one for a new dataset.

    Raises DatasetError, naming the file, where something of it cannot be read.
    """
    run_id = dataset.newest_run()
    if run_id is None:
        return State()
    written = dataset.read_json(STATE, run_id, "state.json")
    try:
        segments = {
            kind: tuple(Segment(**item) for item in written[kind]) for kind in ("seen", "filed", "index")
        }
    except (KeyError, TypeError) as error:
        path = dataset.path(STATE, run_id, "state.json")
        raise DatasetError(f"{path}: expected the segments of a state: {error!r}") from None
    for segment in (*segments["seen"], *segments["filed"]):
        check_parquet(dataset.path(STATE, segment.name))
    for segment in segments["index"]:
        for ending, schema in SEGMENT_FILES.items():
            check_arrow(dataset.path(STATE, segment.name + ending), schema)
    return State(
        run_id,
        {row["url"]: row for row in dataset.read_table(FEEDS, STATE, run_id, "feeds.parquet")},
        tuple(dataset.read_table(POSTPONED, STATE, run_id, "put_off.parquet")),
        **segments,
    )


def save_state(
    dataset: Dataset,
    run_id: str,
    at: datetime,
    previous: State,
    delta: StateDelta,
    feeds_kept: Callable[[dict[str, Any]], bool],
    horizon: timedelta,
) -> State:
    """Writes the state of a run that is about to be committed, and returns it."""
    not_before = at - horizon
    polled = {row["url"]: {name: row.get(name) for name in FEEDS.schema.names} for row in delta.polls}
    feeds = {url: row for url, row in (previous.feeds | polled).items() if feeds_kept(row)}
    state = State(
        run_id,
        feeds,
        tuple(delta.put_off),
        seen=_add_seen(dataset, run_id, at, previous, delta, feeds, not_before),
        filed=_add_filed(dataset, run_id, at, previous, delta),
        index=_add_index(dataset, run_id, at, previous, delta, not_before),
    )
    write_state(dataset, state)
    return state


def write_state(dataset: Dataset, state: State) -> None:
    """Writes what is not in segments: after this the state only lacks its manifest."""
    assert state.run_id
    write_rows(dataset.path(STATE, state.run_id, "feeds.parquet"), list(state.feeds.values()), FEEDS)
    write_rows(dataset.path(STATE, state.run_id, "put_off.parquet"), list(state.put_off), POSTPONED)
    segments = {
        kind: [dataclasses.asdict(segment) for segment in getattr(state, kind)]
        for kind in ("seen", "filed", "index")
    }
    dataset.write_json({"run_id": state.run_id} | segments, STATE, state.run_id, "state.json")


def files_of(state: State) -> set[str]:
    """All files of a state, below _state/."""
    if state.run_id is None:
        return set()
    tables = {f"{state.run_id}/{name}" for name in ("state.json", "feeds.parquet", "put_off.parquet")}
    keys = {segment.name for segment in (*state.seen, *state.filed)}
    return tables | keys | {segment.name + ending for segment in state.index for ending in SEGMENT_FILES}


def merged_with(segments: Sequence[Segment], rows: int, largest: int | None = None) -> int:
    """How many of the newest segments a new one of so many rows is merged with.

    Those that are less than twice as large as all that is merged into them, so
    that sizes double from segment to segment; none that would be over the largest.
    """
    count = 0
    for segment in reversed(segments):
        if segment.rows >= 2 * rows or (largest and segment.rows + rows > largest):
            break
        count, rows = count + 1, rows + segment.rows
    return count


def _add_seen(
    dataset: Dataset,
    run_id: str,
    at: datetime,
    previous: State,
    delta: StateDelta,
    feeds: dict[str, dict[str, Any]],
    not_before: datetime,
) -> tuple[Segment, ...]:
    added = listed_table(delta.listed)
    if not len(added):
        return previous.seen
    read = {url: row["read_at"] for url, row in feeds.items() if row["read_at"]}
    read_at = {feed_number(url): int(when.timestamp()) for url, when in read.items()}

    def merge(tables: list[pa.Table]) -> pa.Table:
        return merge_listed(tables, read_at, int(not_before.timestamp()))

    return _add_keys(dataset, f"{run_id}/seen.parquet", at, previous.seen, added, merge)


def _add_filed(
    dataset: Dataset, run_id: str, at: datetime, previous: State, delta: StateDelta
) -> tuple[Segment, ...]:
    added = key_table([*delta.article_ids, *delta.versions])
    if not len(added):
        return previous.filed
    return _add_keys(dataset, f"{run_id}/filed.parquet", at, previous.filed, added, merge_keys)


def _add_keys(
    dataset: Dataset,
    name: str,
    at: datetime,
    segments: tuple[Segment, ...],
    added: pa.Table,
    merge: Callable[[list[pa.Table]], pa.Table],
) -> tuple[Segment, ...]:
    kept = len(segments) - merged_with(segments, len(added))
    tables = [read_segment(dataset.path(STATE, segment.name)) for segment in segments[kept:]]
    merged = merge([*tables, added])
    write_segment(dataset.path(STATE, name), merged)
    return (*segments[:kept], Segment(name, len(merged), at.isoformat()))


def _add_index(
    dataset: Dataset, run_id: str, at: datetime, previous: State, delta: StateDelta, not_before: datetime
) -> tuple[Segment, ...]:
    live = tuple(
        segment for segment in previous.index if datetime.fromisoformat(segment.newest) >= not_before
    )
    if delta.index_segment is None:
        return live
    added = sum(1 for _ in delta.article_ids)
    kept = len(live) - merged_with(live, added, MAX_INDEX_SEGMENT)
    older = [dataset.path(STATE, segment.name) for segment in live[kept:]]
    name = f"{run_id}/index"
    rows = merge_segments([*older, delta.index_segment], dataset.path(STATE, name), not_before)
    return (*live[:kept], Segment(name, rows, at.isoformat()))


def check_segments(dataset: Dataset, state: State) -> None:
    """Reads all segments to their end; raises DatasetError for one that cannot be."""
    for segment in (*state.seen, *state.filed):
        path = dataset.path(STATE, segment.name)
        try:
            read_segment(path)
        except (OSError, BeamIOError, pa.ArrowException) as error:
            raise DatasetError(f"{path}: expected a Parquet file of the state: {error}") from None
    for segment in state.index:
        for ending in SEGMENT_FILES:
            path = dataset.path(STATE, segment.name + ending)
            try:
                open_arrow(path).read_all().validate(full=True)
            except (OSError, BeamIOError, pa.ArrowException) as error:
                raise DatasetError(f"{path}: expected an Arrow file of the state: {error}") from None


def check_parquet(path: str) -> None:
    """Raises DatasetError where a path is no whole Parquet file, as far as its end tells."""
    try:
        with FileSystems.open(path) as file, open_parquet(file):
            pass
    except (OSError, BeamIOError, pa.ArrowException) as error:
        raise DatasetError(f"{path}: expected a Parquet file of the state: {error}") from None


def check_arrow(path: str, schema: pa.Schema) -> None:
    """Raises DatasetError where a path is no whole Arrow file of these columns, as far as its end tells."""
    try:
        found = open_arrow(path).schema
    except (OSError, BeamIOError, pa.ArrowException) as error:
        raise DatasetError(f"{path}: expected an Arrow file of the state: {error}") from None
    if not found.equals(schema):
        raise DatasetError(
            f"{path}: expected the columns {', '.join(schema.names)}, as this version writes them"
        )
