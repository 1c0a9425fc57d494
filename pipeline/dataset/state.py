"""State that runs pass on: feeds, postponed entries, known keys, and the index of copies.

    _state/<run_id>/state.json        the segments of the state after that run
    _state/<run_id>/feeds.parquet     the last poll of each feed
    _state/<run_id>/put_off.parquet   postponed entries, with attempts and next try
    _state/<run_id>/*                 segments: of seen entries, of filed ids, of the index

A run writes its own folder. New segments are merged with older ones (`merged_with`) so that a run writes
little more than it changed: a key is merged once per doubling, some twenty times on the way to a million.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
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
"""Maximum number of articles in a merged index segment: some 60 MB, merged in under a second. Segments that
reach it stop growing and expire whole."""


@dataclasses.dataclass(frozen=True)
class Segment:
    """Sorted rows that one run wrote."""

    name: str
    """Path below _state/; for the index, without the endings of its files."""
    rows: int
    newest: str
    """Time of its newest row, ISO 8601."""


@dataclasses.dataclass(frozen=True)
class State:
    """The state after a committed run."""

    run_id: str | None = None
    feeds: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    """The last poll of each feed, by URL: rows of transforms.store.tables.FEEDS."""
    postponed: tuple[dict[str, Any], ...] = ()
    """Rows of transforms.store.tables.POSTPONED."""
    seen: tuple[Segment, ...] = ()
    """Segments of entry keys, oldest first: transforms.store.keys.LISTED_SCHEMA."""
    filed: tuple[Segment, ...] = ()
    """Segments of article ids and of keys of later versions' texts."""
    index: tuple[Segment, ...] = ()
    """Segments of transforms.copies.CopyIndex."""


@dataclasses.dataclass(frozen=True)
class StateDelta:
    """Changes that a run makes to the state."""

    polls: Sequence[dict[str, Any]]
    """Rows of transforms.store.tables.POLLS or FEEDS."""
    listed: Sequence[tuple[str, bytes, datetime]]
    """Entries to keep known: feed URL, their keys (transforms.store.keys.pack_keys), time of the poll."""
    postponed: Sequence[dict[str, Any]]
    """All entries that are postponed after the run."""
    article_ids: Sequence[str]
    index_segment: str | None
    """Path of the index segment of its articles; None if it filed none."""
    versions: Sequence[str] = ()
    """Keys of the texts of later versions that it filed."""


def recover_state(dataset: Dataset) -> State:
    """Load the state, and finish or remove runs that were cut short. Call it before a new run."""
    state = load_state(dataset)
    dataset.recover(state.run_id, files_of(state))
    return state


def load_state(dataset: Dataset) -> State:
    """Load the state after the newest committed run; an empty one for a new dataset.

    Raises DatasetError, naming the file, if a part of it cannot be read.
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
    """Write and return the state of a run that is about to be committed."""
    not_before = at - horizon
    polled = {row["url"]: {name: row.get(name) for name in FEEDS.schema.names} for row in delta.polls}
    feeds = {url: row for url, row in (previous.feeds | polled).items() if feeds_kept(row)}
    state = State(
        run_id,
        feeds,
        tuple(delta.postponed),
        seen=_add_seen(dataset, run_id, at, previous, delta, feeds, not_before),
        filed=_add_filed(dataset, run_id, at, previous, delta),
        index=_add_index(dataset, run_id, at, previous, delta, not_before),
    )
    write_state(dataset, state)
    return state


def write_state(dataset: Dataset, state: State) -> None:
    """Write everything except segments; only the manifest is missing after this."""
    assert state.run_id
    write_rows(dataset.path(STATE, state.run_id, "feeds.parquet"), list(state.feeds.values()), FEEDS)
    write_rows(dataset.path(STATE, state.run_id, "put_off.parquet"), list(state.postponed), POSTPONED)
    segments = {
        kind: [dataclasses.asdict(segment) for segment in getattr(state, kind)]
        for kind in ("seen", "filed", "index")
    }
    dataset.write_json({"run_id": state.run_id} | segments, STATE, state.run_id, "state.json")


def files_of(state: State) -> set[str]:
    """Return all files of a state, as paths below _state/."""
    if state.run_id is None:
        return set()
    tables = {f"{state.run_id}/{name}" for name in ("state.json", "feeds.parquet", "put_off.parquet")}
    keys = {segment.name for segment in (*state.seen, *state.filed)}
    return tables | keys | {segment.name + ending for segment in state.index for ending in SEGMENT_FILES}


def merged_with(segments: Sequence[Segment], rows: int, largest: int | None = None) -> int:
    """Return how many of the newest segments to merge with a new one of `rows` rows.

    Going back from the newest, a segment is merged if it has less than twice the rows collected so far.
    Sizes therefore double from segment to segment. No merged segment has more than `largest` rows.
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
    unmerged = len(segments) - merged_with(segments, len(added))
    tables = [read_segment(dataset.path(STATE, segment.name)) for segment in segments[unmerged:]]
    merged = merge([*tables, added])
    write_segment(dataset.path(STATE, name), merged)
    return (*segments[:unmerged], Segment(name, len(merged), at.isoformat()))


def _add_index(
    dataset: Dataset, run_id: str, at: datetime, previous: State, delta: StateDelta, not_before: datetime
) -> tuple[Segment, ...]:
    live = tuple(
        segment for segment in previous.index if datetime.fromisoformat(segment.newest) >= not_before
    )
    if delta.index_segment is None:
        return live
    added = len(delta.article_ids)
    unmerged = len(live) - merged_with(live, added, MAX_INDEX_SEGMENT)
    older = [dataset.path(STATE, segment.name) for segment in live[unmerged:]]
    name = f"{run_id}/index"
    rows = merge_segments([*older, delta.index_segment], dataset.path(STATE, name), not_before)
    return (*live[:unmerged], Segment(name, rows, at.isoformat()))


def check_segments(dataset: Dataset, state: State) -> None:
    """Read all segments to their end; raises DatasetError for one that cannot be read."""
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
    """Raise DatasetError if the footer of a Parquet file cannot be read."""
    try:
        with FileSystems.open(path) as file, open_parquet(file):
            pass
    except (OSError, BeamIOError, pa.ArrowException) as error:
        raise DatasetError(f"{path}: expected a Parquet file of the state: {error}") from None


def check_arrow(path: str, schema: pa.Schema) -> None:
    """Raise DatasetError if the footer of an Arrow file cannot be read, or has other columns."""
    try:
        written = open_arrow(path).schema
    except (OSError, BeamIOError, pa.ArrowException) as error:
        raise DatasetError(f"{path}: expected an Arrow file of the state: {error}") from None
    if not written.equals(schema):
        raise DatasetError(
            f"{path}: expected the columns {', '.join(schema.names)}, as this version writes them"
        )
