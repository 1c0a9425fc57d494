"""copytaster compact: merge the small files that frequent runs leave, partition by partition.

A compaction is a transaction like a run. It builds merged files in its staging folder, commits them with
its manifest, then swaps them for the files that they replace (pipeline/dataset/swap.py). Rows do not
change, not even their run_id.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from pipeline.commit.transaction import clear, publish
from pipeline.dataset.layout import RUNS, STAGING, Dataset
from pipeline.dataset.lock import Lock, hold
from pipeline.dataset.manifest import (
    COMPACT,
    NO_COUNTS,
    Finding,
    Manifest,
    day_of,
    live_files,
    read_manifest,
    require_dataset,
)
from pipeline.dataset.run_ids import new_run_id, run_number
from pipeline.dataset.state import recover_state, write_state
from pipeline.dataset.swap import sync
from pipeline.errors import DatasetError, RunError
from transforms.records import Clock
from transforms.store.parquet import read_table
from transforms.store.tables import DATA_TABLES, DataFile, Table, has_columns

TARGET_BYTES = 128 * 2**20
"""Maximum size of a merged file; larger files are left alone. 100,000 articles are merged in 5 s and 1 GB of
memory."""
SLICE_ROWS = 20_000
"""Rows that are sorted and written at a time, as one row group."""


@dataclasses.dataclass(frozen=True, slots=True)
class Merge:
    """Files of one partition that are merged into one."""

    folder: str
    files: tuple[DataFile, ...]

    @property
    def rows(self) -> int:
        """Rows of all its files."""
        return sum(file.rows for file in self.files)


def compact(
    output: str, older_than_days: int | None = None, now: datetime | None = None
) -> dict[str, Any] | None:
    """Merge small files; return the compaction's manifest, or None if there is nothing to merge.

    `older_than_days` leaves newer partitions alone. Raises ConfigError if there is no dataset,
    BusyError if a run is working on it, and RunError if a file cannot be read or written. Nothing is
    changed then, unless the error says that it was committed.
    """
    clock = Clock(now)
    until = clock.now().date() - timedelta(days=older_than_days) if older_than_days is not None else None
    try:
        dataset = require_dataset(output)
        with hold(dataset.output, "a compaction") as lock:
            return _compact(dataset, clock, until, lock)
    except (DatasetError, OSError, BeamIOError) as error:
        raise RunError(str(error)) from error


def _compact(dataset: Dataset, clock: Clock, until: date | None, lock: Lock) -> dict[str, Any] | None:
    state = recover_state(dataset)
    manifests = list(_manifests(dataset))
    merges = plan_merges(live_files(manifests).values(), until)
    if not merges:
        return None
    started_at = clock.now()
    number = max(run_number(manifest.run_id) for manifest in manifests) + 1
    run_id = new_run_id(number, started_at)
    try:
        files = build(dataset, run_id, merges)
        manifest = Manifest(
            run_id=run_id,
            started_at=started_at.isoformat(),
            finished_at=clock.now().isoformat(),
            files=tuple(files),
            counts=NO_COUNTS,
            kind=COMPACT,
            replaces=tuple(sorted(file.path for merge in merges for file in merge.files)),
        )
        # The newest state names the last run, so this compaction carries that run's state on.
        carried = dataclasses.replace(state, run_id=run_id)
        write_state(dataset, carried)
        lock.check()
        commit(dataset, manifest)
    except BaseException:
        clear(dataset, run_id)
        raise
    publish(dataset, run_id, carried)
    return manifest.to_json()


def plan_merges(
    files: Iterable[DataFile], until: date | None = None, target: int = TARGET_BYTES
) -> list[Merge]:
    """Plan which files become one: first fit in the order of runs, so neighbouring runs stay together.

    Only files below the target size count, in partitions dated before `until`. A file without a partner
    stays.
    """
    folders: dict[str, list[DataFile]] = defaultdict(list)
    for file in sorted(files, key=lambda file: file.path):
        day = day_of(file.path)
        if file.bytes < target and day and (until is None or day < until):
            folders[file.path.rpartition("/")[0]].append(file)
    merges = []
    for folder, small in sorted(folders.items()):
        bins: list[list[DataFile]] = []
        for file in small:
            for packed in bins:
                if sum(member.bytes for member in packed) + file.bytes <= target:
                    packed.append(file)
                    break
            else:
                bins.append([file])
        merges += [Merge(folder, tuple(packed)) for packed in bins if len(packed) > 1]
    return merges


def build(dataset: Dataset, run_id: str, merges: Sequence[Merge]) -> list[DataFile]:
    """Write the merged files below a compaction's staging folder."""
    dataset.remove(STAGING, run_id)
    several: dict[str, int] = defaultdict(int)
    for merge in merges:
        several[merge.folder] += 1
    numbers: dict[str, int] = defaultdict(int)
    files = []
    for merge in merges:
        numbers[merge.folder] += 1
        ending = f"-{numbers[merge.folder]}" if several[merge.folder] > 1 else ""
        path = f"{merge.folder}/{run_id}{ending}.parquet"
        target = dataset.path(STAGING, run_id, path)
        table = DATA_TABLES[merge.folder.split("/", 1)[0]]
        size = merge_files([dataset.path(file.path) for file in merge.files], target, table, merge.rows)
        files.append(DataFile(path, merge.rows, size))
    return files


def merge_files(sources: Sequence[str], target: str, table: Table[Any], rows: int) -> int:
    """Merge several files of a table into one, in the table's order, and return its size in bytes.

    Raises DatasetError, naming the file, if one cannot be read or has another schema, or if the rows do
    not add up.
    """
    parts = [_read(path, table) for path in sources]
    actual = sum(len(part) for part in parts)
    if actual != rows:
        raise DatasetError(
            f"{sources[0]} and {len(sources) - 1} more files: {actual} rows, expected {rows} as their "
            "manifests say; run `copytaster verify` for details"
        )
    with FileSystems.create(target, mime_type="application/octet-stream") as file:
        with pq.ParquetWriter(file, table.schema, compression="zstd", write_statistics=True) as writer:
            for piece in sorted_slices(parts, table.sort_by):
                writer.write_table(piece, row_group_size=SLICE_ROWS)
        size = int(file.tell())
    if "://" not in target:
        # The other files of these rows will be deleted.
        sync(Path(target))
    return size


def sorted_slices(
    parts: Sequence[pa.Table], sort_by: Sequence[str], slice_rows: int = SLICE_ROWS
) -> Iterator[pa.Table]:
    """Yield all rows in order, a slice at a time; equal rows keep the order of their parts.

    Next to the parts, only one slice and the sort columns are in memory.
    """
    keys = pa.concat_tables([part.select(sort_by) for part in parts])
    order = pc.sort_indices(keys, sort_keys=[(column, "ascending") for column in sort_by]).to_numpy()
    ends = np.cumsum([len(part) for part in parts])
    for start in range(0, len(order), slice_rows):
        rows = order[start : start + slice_rows]
        by_part = np.sort(rows)
        cuts = [0, *np.searchsorted(by_part, ends)]
        taken = [
            part.take(pa.array(by_part[low:high] - np.uint64(end - len(part))))
            for part, end, low, high in zip(parts, ends, cuts[:-1], cuts[1:], strict=True)
            if high > low
        ]
        yield pa.concat_tables(taken).combine_chunks().take(pa.array(np.searchsorted(by_part, rows)))


def commit(dataset: Dataset, manifest: Manifest) -> None:
    """Write the manifest. From then on the merged files belong to the dataset, wherever they are."""
    manifest.write(dataset)
    if "://" not in dataset.output:
        folder = Path(dataset.path(RUNS))
        sync(folder / f"{manifest.run_id}.json", folder)


def _manifests(dataset: Dataset) -> Iterator[Manifest]:
    for name in dataset.files_below(RUNS):
        if name.endswith(".json"):
            manifest = read_manifest(name, dataset.read_json(RUNS, name))
            if isinstance(manifest, Finding):
                raise DatasetError(f"{dataset.output}/{manifest}")
            yield manifest


def _read(path: str, table: Table[Any]) -> pa.Table:
    try:
        # One chunk per column, since rows are taken from it many times.
        rows = read_table(path).combine_chunks()
    except (OSError, BeamIOError, pa.ArrowException) as error:
        raise DatasetError(f"{path}: expected the table {table.folder} as Parquet: {error}") from None
    if not has_columns(rows.schema, table.schema):
        raise DatasetError(
            f"{path}: has other columns than {table.folder}/; run `copytaster verify` for details"
        )
    columns = [
        rows[field.name] if field.name in rows.column_names else pa.nulls(len(rows), field.type)
        for field in table.schema
    ]
    return pa.table(columns, schema=table.schema).combine_chunks()
