"""copytaster repair: rebuild pipeline state from stored rows.

Rows never change. A state that cannot be read is replaced by one that knows every article, copy and reject
of the dataset. A manifest that cannot be read is replaced by one that lists the run's existing files.
Postponed entries that are lost come back while their feed lists them, because their keys are forgotten too
and feeds are read in full.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from apache_beam.io.filesystem import BeamIOError

from pipeline import __version__
from pipeline.dataset.layout import RUNS, STAGING, STATE, Dataset, number_of
from pipeline.dataset.lock import Lock, hold
from pipeline.dataset.manifest import require_dataset
from pipeline.dataset.rows import signature_of
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
from transforms.copies import Indexed, write_segment
from transforms.feeds import with_keys
from transforms.records import UPDATE, Entry
from transforms.store.keys import key_table, listed_table, pack_keys
from transforms.store.keys import write_segment as write_keys
from transforms.store.parquet import read_table
from transforms.store.tables import POSTPONED

TABLES = ("articles", "copies", "rejects")
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
        done = list(_mend_manifests(dataset))
        try:
            check_segments(dataset, load_state(dataset))
        except DatasetError as error:
            return [*done, str(error), _mend_state(dataset, now, horizon, lock)]
        return done


def _mend_state(dataset: Dataset, now: datetime, horizon: timedelta, lock: Lock) -> str:
    run_ids = [name.removesuffix(".json") for name in dataset.files_below(RUNS)]
    run_id = f"r{max(map(number_of, run_ids), default=0) + 1:06d}-{now:%Y%m%dT%H%M%SZ}"
    if run_ids:
        dataset.promote(max(run_ids, key=number_of))
    state = _state_anew(dataset, run_id, now, now - horizon)
    write_state(dataset, state)
    lock.check()
    dataset.write_json({**_manifest(run_id, [], Counter()), "kind": "repair"}, RUNS, f"{run_id}.json")
    dataset.recover(run_id, files_of(state))
    filed, indexed = (sum(segment.rows for segment in kind) for kind in (state.filed, state.index))
    waiting = f"{len(state.put_off)} entries wait for another try"
    return f"{run_id}: knows {filed} filed articles, {indexed} of them to find copies of; {waiting}"


def _state_anew(dataset: Dataset, run_id: str, now: datetime, not_before: datetime) -> State:
    base = dataset.path(STATE, run_id)
    seen = listed_table(
        (row["feed_url"], pack_keys(_keys_of(row)), now)
        for table in TABLES
        for rows in _rows(dataset, table, ENTRY_COLUMNS)
        for row in rows
    )
    write_keys(f"{base}/seen.parquet", seen)
    filed = key_table(
        row["article_id"]
        for table in TABLES[:2]
        for rows in _rows(dataset, table, ["article_id"])
        for row in rows
    )
    write_keys(f"{base}/filed.parquet", filed)
    return State(
        run_id,
        # With validators, feeds would leave out unchanged entries, some of which may have been postponed.
        feeds={},
        put_off=_put_off(dataset),
        seen=(Segment(f"{run_id}/seen.parquet", len(seen), now.isoformat()),),
        filed=(Segment(f"{run_id}/filed.parquet", len(filed), now.isoformat()),),
        index=tuple(_index_anew(dataset, run_id, not_before)),
    )


def _keys_of(row: dict[str, Any]) -> tuple[str, ...]:
    entry = Entry(row["feed_url"], row["entry_id"] or "", (), row["url"] or "", title=row["title"] or "")
    return with_keys([entry])[0].keys


def _put_off(dataset: Dataset) -> tuple[dict[str, Any], ...]:
    """Return the postponed entries of the newest state that can still be read."""
    found = [name for name in dataset.files_below(STATE) if name.endswith("/put_off.parquet")]
    for name in reversed(found):
        try:
            return tuple(dataset.read_table(POSTPONED, STATE, name))
        except DatasetError:
            continue
    return ()


def _index_anew(dataset: Dataset, run_id: str, not_before: datetime) -> Iterator[Segment]:
    articles = (
        one
        for table in TABLES[:2]
        for rows in _rows(dataset, table, INDEX_COLUMNS[table])
        for one in map(_indexed, rows)
        if one and one.filed_at >= not_before
    )
    number, newest = 0, not_before
    while part := list(itertools.islice(articles, MAX_INDEX_SEGMENT)):
        name, newest = f"{run_id}/index{number}", max(one.filed_at for one in part)
        rows = write_segment(dataset.path(STATE, name), sorted(part, key=lambda one: one.filed_at))
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
            raise DatasetError(f"{path}: expected the rows of {table}/ as Parquet: {error}") from None


def _is_data(name: str) -> bool:
    return name.endswith(".parquet") and not name.rsplit("/", 1)[-1].startswith((".", "_"))


def _mend_manifests(dataset: Dataset) -> Iterator[str]:
    """Rebuild manifests that cannot be read, from the files named after their run."""
    broken: dict[str, DatasetError] = {}
    listed: set[str] = set()
    for name in dataset.files_below(RUNS):
        try:
            manifest = dataset.read_json(RUNS, name)
        except DatasetError as error:
            broken[name.removesuffix(".json")] = error
        else:
            listed.update(file["path"] for file in manifest.get("files", ()))
            listed.difference_update(manifest.get("replaces", ()))
    for run_id, problem in broken.items():
        # Committed files that have not been moved yet belong to the run too.
        for path in dataset.files_below(STAGING, run_id):
            if path.split("/", 1)[0] in TABLES and _is_of(dataset, (STAGING, run_id, path), run_id):
                dataset.move((STAGING, run_id, path), path)
        files, rejects = _files_of_run(dataset, run_id)
        manifest = {**_manifest(run_id, files, rejects), "kind": "repair"}
        gone = sorted(path for path in listed if not dataset.exists(path))
        if gone and files:
            # A compaction's files replace files that are gone; it decided nothing itself.
            manifest |= {"replaces": gone, "counts": _manifest(run_id, [], Counter())["counts"]}
            listed.difference_update(gone)
        dataset.write_json(manifest, RUNS, f"{run_id}.json")
        yield f"{problem}: made anew from {len(files)} files"


def _is_of(dataset: Dataset, parts: tuple[str, ...], run_id: str) -> bool:
    """Return True if a run filed the file's rows; a compaction's rows were filed by earlier runs."""
    return set(read_table(dataset.path(*parts), ["run_id"])["run_id"].to_pylist()) == {run_id}


def _files_of_run(dataset: Dataset, run_id: str) -> tuple[list[dict[str, Any]], Counter[str]]:
    files, rejects = [], Counter[str]()
    for table in TABLES:
        for name in dataset.files_below(table):
            if not (_is_data(name) and name.rsplit("/", 1)[-1].startswith(run_id)):
                continue
            path = f"{table}/{name}"
            found = read_table(dataset.path(path), ["run_id"] + ["reason"] * (table == "rejects"))
            if table == "rejects":
                rejects.update(found["reason"].to_pylist())
            files.append({"path": path, "rows": len(found), "bytes": dataset.size(path)})
    return files, rejects


def _manifest(run_id: str, files: list[dict[str, Any]], rejects: Counter[str]) -> dict[str, Any]:
    at = datetime.strptime(run_id[8:] + "+0000", "%Y%m%dT%H%M%SZ%z").isoformat()
    rows: Counter[str] = Counter()
    for file in files:
        rows[file["path"].split("/", 1)[0]] += file["rows"]
    counts = {
        "feeds": 0,
        "feeds_unchanged": 0,
        "feeds_failed": 0,
        "entries": rows.total(),
        "entries_known": 0,
        "entries_due": rows.total(),
        "articles": rows["articles"],
        "copies": rows["copies"],
        "rejects": dict(sorted(rejects.items())),
        "postponed": 0,
    }
    return {
        "run_id": run_id,
        "started_at": at,
        "finished_at": at,
        "version": __version__,
        "config_sha256": "",
        "files": files,
        "counts": counts,
    }
