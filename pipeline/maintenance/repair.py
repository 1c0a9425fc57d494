"""copytaster repair: rebuild pipeline state from stored rows.

Rows never change. A state that cannot be read is replaced by one that knows every article, copy and reject
of the dataset. A manifest that cannot be read is replaced by one that lists the run's existing files.
Postponed entries that are lost come back while their feed lists them, because their keys are forgotten too
and feeds are read in full.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from apache_beam.io.filesystem import BeamIOError

from pipeline.dataset.layout import RUNS, STAGING, STATE, Dataset
from pipeline.dataset.lock import Lock, hold
from pipeline.dataset.manifest import NO_COUNTS, REPAIR, Manifest, require_dataset, rows_by_table
from pipeline.dataset.rows import signature_of
from pipeline.dataset.run_ids import is_run_id, new_run_id, run_number, run_time
from pipeline.dataset.state import (
    MAX_INDEX_SEGMENT,
    Segment,
    State,
    check_segments,
    files_of,
    load_state,
    write_state,
)
from pipeline.errors import DatasetError
from pipeline.wording import counted
from transforms.copies import Indexed, write_segment
from transforms.feeds import with_keys
from transforms.records import UPDATE, Entry
from transforms.store.keys import key_table, listed_table, pack_keys
from transforms.store.keys import write_segment as write_keys
from transforms.store.parquet import read_table
from transforms.store.tables import DATA_TABLES, POSTPONED, STORY_TABLES, DataFile

ENTRY_COLUMNS = ("url", "feed_url", "entry_id", "title")
_INDEXED = (
    "article_id", "story_id", "title", "text", "fetched_at", "published_at", "publisher", "publisher_domain",
    "agency",
)  # fmt: skip
INDEX_COLUMNS = {"articles": _INDEXED, "copies": (*_INDEXED, "match")}


def repair(output: str, now: datetime, horizon: timedelta) -> list[str]:
    """Repair a dataset; return one line per fault and repair, none if everything was in order.

    `horizon` is how far back copies will be looked for. Raises ConfigError if there is no dataset,
    BusyError if a run is working on it, DatasetError if a file of articles/, copies/ or rejects/ cannot
    be read, since rows cannot be rebuilt.
    """
    dataset = require_dataset(output)
    with hold(dataset.output, "a repair") as lock:
        repairs = list(_repair_manifests(dataset))
        try:
            check_segments(dataset, load_state(dataset))
        except DatasetError as error:
            return [*repairs, str(error), _repair_state(dataset, now, horizon, lock)]
        return repairs


def _repair_state(dataset: Dataset, now: datetime, horizon: timedelta, lock: Lock) -> str:
    run_ids = _run_ids(dataset)
    run_id = new_run_id(max(map(run_number, run_ids), default=0) + 1, now)
    if run_ids:
        dataset.promote(max(run_ids, key=run_number))
    state = _rebuilt_state(dataset, run_id, now, now - horizon)
    write_state(dataset, state)
    lock.check()
    _manifest(run_id, [], Counter()).write(dataset)
    dataset.recover(run_id, files_of(state))
    filed, indexed = (sum(segment.rows for segment in kind) for kind in (state.filed, state.index))
    articles = counted(filed, "filed article")
    postponed = counted(len(state.postponed), "postponed entry", "postponed entries")
    return f"{run_id}: state rebuilt: {articles}, {indexed:,} of them in the index, {postponed}"


def _rebuilt_state(dataset: Dataset, run_id: str, now: datetime, not_before: datetime) -> State:
    base = dataset.path(STATE, run_id)
    seen = listed_table(
        (row["feed_url"], pack_keys(_keys_of(row)), now)
        for table in DATA_TABLES
        for rows in _rows(dataset, table, ENTRY_COLUMNS)
        for row in rows
    )
    write_keys(f"{base}/seen.parquet", seen)
    filed = key_table(
        row["article_id"]
        for table in STORY_TABLES
        for rows in _rows(dataset, table, ["article_id"])
        for row in rows
    )
    write_keys(f"{base}/filed.parquet", filed)
    return State(
        run_id,
        # With validators, feeds would leave out unchanged entries, some of which may have been postponed.
        feeds={},
        postponed=_postponed(dataset),
        seen=(Segment(f"{run_id}/seen.parquet", len(seen), now.isoformat()),),
        filed=(Segment(f"{run_id}/filed.parquet", len(filed), now.isoformat()),),
        index=tuple(_rebuilt_index(dataset, run_id, not_before)),
    )


def _keys_of(row: dict[str, Any]) -> tuple[str, ...]:
    entry = Entry(row["feed_url"], row["entry_id"] or "", (), row["url"] or "", title=row["title"] or "")
    return with_keys([entry])[0].keys


def _postponed(dataset: Dataset) -> tuple[dict[str, Any], ...]:
    """Return the postponed entries of the newest state that can still be read."""
    names = [name for name in dataset.files_below(STATE) if name.endswith("/put_off.parquet")]
    for name in sorted(names, key=run_number, reverse=True):
        try:
            return tuple(dataset.read_table(POSTPONED, STATE, name))
        except DatasetError:
            continue
    return ()


def _rebuilt_index(dataset: Dataset, run_id: str, not_before: datetime) -> Iterator[Segment]:
    articles = (
        article
        for table in STORY_TABLES
        for rows in _rows(dataset, table, INDEX_COLUMNS[table])
        for article in map(_indexed, rows)
        if article and article.filed_at >= not_before
    )
    number, newest = 0, not_before
    while part := list(itertools.islice(articles, MAX_INDEX_SEGMENT)):
        name, newest = f"{run_id}/index{number}", max(article.filed_at for article in part)
        rows = write_segment(dataset.path(STATE, name), sorted(part, key=lambda article: article.filed_at))
        yield Segment(name, rows, newest.isoformat())
        number += 1


def _indexed(row: dict[str, Any]) -> Indexed | None:
    """Return an article as the index keeps it; None for a later version, or a copy without text."""
    if row["text"] is None or row.get("match") == UPDATE:
        return None
    return Indexed(row["story_id"], row["fetched_at"], signature_of(row))


def _rows(dataset: Dataset, table: str, columns: Iterable[str]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a table, file by file."""
    for name in dataset.files_below(table):
        if not _is_data(name):
            continue
        path = dataset.path(table, name)
        try:
            yield read_table(path, list(columns)).to_pylist()
        except (OSError, BeamIOError, pa.ArrowException) as error:
            raise DatasetError(
                f"{path}: expected the rows of {table}/ as Parquet; restore the file from a backup, because "
                f"repair cannot rebuild rows: {error}"
            ) from None


def _is_data(name: str) -> bool:
    return name.endswith(".parquet") and not name.rsplit("/", 1)[-1].startswith((".", "_"))


def _run_ids(dataset: Dataset) -> list[str]:
    """Return the runs that have a manifest, readable or not; other files may lie next to them."""
    names = [name.removesuffix(".json") for name in dataset.files_below(RUNS) if name.endswith(".json")]
    return [name for name in names if is_run_id(name)]


def _repair_manifests(dataset: Dataset) -> Iterator[str]:
    """Rebuild manifests that cannot be read, from the files named after their run."""
    broken: dict[str, DatasetError] = {}
    listed: set[str] = set()
    for run_id in _run_ids(dataset):
        try:
            readable = dataset.manifest(run_id)
        except DatasetError as error:
            broken[run_id] = error
        else:
            listed.update(file["path"] for file in readable.get("files", ()))
            listed.difference_update(readable.get("replaces", ()))
    for run_id, problem in broken.items():
        # Committed files that have not been moved yet belong to the run too.
        for path in dataset.files_below(STAGING, run_id):
            if path.split("/", 1)[0] in DATA_TABLES and _is_of(dataset, (STAGING, run_id, path), run_id):
                dataset.move((STAGING, run_id, path), path)
        files, rejects = _files_of_run(dataset, run_id)
        manifest = _manifest(run_id, files, rejects)
        gone = sorted(path for path in listed if not dataset.exists(path))
        if gone and files:
            # A compaction's files replace files that are gone; it decided nothing itself.
            manifest = dataclasses.replace(manifest, replaces=tuple(gone), counts=NO_COUNTS)
            listed.difference_update(gone)
        manifest.write(dataset)
        yield f"{problem}; rebuilt from {counted(len(files), 'file')}"


def _is_of(dataset: Dataset, parts: tuple[str, ...], run_id: str) -> bool:
    """Return True if a run filed the file's rows; a compaction's rows were filed by earlier runs."""
    return set(read_table(dataset.path(*parts), ["run_id"])["run_id"].to_pylist()) == {run_id}


def _files_of_run(dataset: Dataset, run_id: str) -> tuple[list[DataFile], Counter[str]]:
    files, rejects = [], Counter[str]()
    for table in DATA_TABLES:
        for name in dataset.files_below(table):
            if not (_is_data(name) and name.rsplit("/", 1)[-1].startswith(run_id)):
                continue
            path = f"{table}/{name}"
            columns = read_table(dataset.path(path), ["run_id"] + ["reason"] * (table == "rejects"))
            if table == "rejects":
                rejects.update(columns["reason"].to_pylist())
            files.append(DataFile(path, len(columns), dataset.size(path)))
    return files, rejects


def _manifest(run_id: str, files: list[DataFile], rejects: Counter[str]) -> Manifest:
    at = run_time(run_id).isoformat()
    rows = rows_by_table(files)
    counts = NO_COUNTS | {
        "entries": rows.total(),
        "entries_due": rows.total(),
        "articles": rows["articles"],
        "copies": rows["copies"],
        "rejects": dict(sorted(rejects.items())),
    }
    return Manifest(run_id, started_at=at, finished_at=at, files=tuple(files), counts=counts, kind=REPAIR)
