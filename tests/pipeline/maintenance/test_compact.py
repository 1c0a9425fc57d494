"""Compaction: fewer files, the same rows, and never a wrong count for a reader."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeline.dataset.swap as swap_module
from pipeline.config import Config, CopySettings
from pipeline.dataset.layout import Dataset
from pipeline.dataset.lock import hold
from pipeline.dataset.manifest import NO_COUNTS
from pipeline.errors import BusyError, ConfigError, DatasetError, RunError
from pipeline.maintenance.compact import (
    SLICE_ROWS,
    Merge,
    build,
    compact,
    merge_files,
    plan_merges,
    sorted_slices,
)
from pipeline.maintenance.verify import verify
from pipeline.plan import plan_run
from pipeline.run.batch import run
from tests.support.filed import (
    ABROAD,
    COMPACTED,
    HERE,
    LATER,
    NOON,
    TABLES,
    contents,
    data_files,
    everything,
    file_run,
    file_three_runs,
    folder_of,
    run_id_of,
    story,
)
from tests.support.runs import LOCAL_NEWS, NOW, WIRE, config_of, publish, rows
from tests.support.sites import Site, serve
from transforms.store.tables import ARTICLE_SCHEMA, ARTICLES, LATER_COLUMNS, DataFile
from transforms.store.write import write_rows
from transforms.web.client import FetchSettings


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap_module, "GRACE_S", 0.0)


@pytest.fixture(scope="module")
def three_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return file_three_runs(tmp_path_factory.mktemp("three") / "news")


@pytest.fixture
def output(tmp_path: Path, three_runs: Path) -> Path:
    return Path(shutil.copytree(three_runs, tmp_path / "news"))


def test_the_small_files_of_each_partition_become_one_with_the_same_rows(output: Path) -> None:
    before = everything(output)
    manifest = compact(str(output), now=LATER)
    assert manifest
    folders = (HERE, folder_of("copies"), folder_of("rejects"))
    merged = {f"{folder}/{COMPACTED}.parquet" for folder in folders}
    assert data_files(output) == merged | {f"{ABROAD}/{run_id_of(2)}.parquet"}
    assert everything(output) == before
    assert [len(before[table]) for table in TABLES] == [10, 3, 3]
    assert manifest["kind"] == "compact"
    assert {file["path"] for file in manifest["files"]} == merged
    assert len(manifest["replaces"]) == 9
    assert manifest["counts"] == NO_COUNTS
    assert verify(str(output)) == []
    assert not list(output.glob("_staging/*"))


def test_pandas_and_polars_read_the_same_rows_as_before(output: Path) -> None:
    def read() -> tuple[pd.DataFrame, pl.DataFrame]:
        lazy = pl.scan_parquet(f"{output}/articles/**/*.parquet", hive_partitioning=True)
        frame = pd.read_parquet(output / "articles").sort_values("article_id", ignore_index=True)
        return frame, lazy.collect().sort("article_id")

    frame, table = read()
    assert compact(str(output), now=LATER)
    frame_after, table_after = read()
    pd.testing.assert_frame_equal(frame_after, frame)
    assert table_after.equals(table)


def test_a_merged_file_is_sorted_compressed_and_of_the_same_schema(output: Path) -> None:
    compact(str(output), now=LATER)
    with pq.ParquetFile(output / HERE / f"{COMPACTED}.parquet") as file:
        found, metadata = file.read(use_threads=False), file.metadata
    assert found.schema.equals(ARTICLE_SCHEMA)
    assert found.equals(found.sort_by([(column, "ascending") for column in ARTICLES.sort_by]))
    assert {metadata.row_group(0).column(n).compression for n in range(metadata.num_columns)} == {"ZSTD"}
    assert metadata.row_group(0).column(0).is_stats_set


def test_files_of_an_earlier_version_are_valid_and_get_the_later_columns(output: Path) -> None:
    path = output / HERE / f"{run_id_of(1)}.parquet"
    with pq.ParquetFile(path) as file:
        rows = file.read(use_threads=False)
    pq.write_table(rows.drop_columns(sorted(LATER_COLUMNS)), path)
    manifest = output / "_runs" / f"{run_id_of(1)}.json"
    listed = json.loads(manifest.read_text())
    for entry in listed["files"]:
        if entry["path"] == f"{HERE}/{path.name}":
            entry["bytes"] = path.stat().st_size
    manifest.write_text(json.dumps(listed))
    assert verify(str(output)) == []
    assert compact(str(output), now=LATER)
    assert verify(str(output)) == []
    with pq.ParquetFile(output / HERE / f"{COMPACTED}.parquet") as file:
        merged = file.read(use_threads=False)
    assert merged.schema.equals(ARTICLE_SCHEMA)
    assert merged.filter(pc.equal(merged["run_id"], run_id_of(1)))["truncated"].null_count == len(rows)


def test_nothing_is_written_if_there_is_nothing_to_merge(output: Path) -> None:
    assert compact(str(output), now=LATER)
    before = contents(output)
    assert compact(str(output), now=LATER) is None
    assert contents(output) == before


def test_the_next_compaction_merges_files_of_later_runs(output: Path) -> None:
    compact(str(output), now=LATER)
    file_run(output, 5, {HERE: [story(501)]})
    before = everything(output)
    manifest = compact(str(output), now=LATER)
    assert manifest
    assert manifest["run_id"].startswith("r000006-")
    assert manifest["replaces"] == [f"{HERE}/{COMPACTED}.parquet", f"{HERE}/{run_id_of(5)}.parquet"]
    assert everything(output) == before
    assert verify(str(output)) == []


def test_only_partitions_older_than_the_given_days_are_merged(output: Path) -> None:
    assert compact(str(output), older_than_days=15, now=LATER) is None
    assert compact(str(output), older_than_days=14, now=LATER)


def test_other_files_of_a_partition_stay(output: Path) -> None:
    own = output / HERE / "notes" / "mine.txt"
    own.parent.mkdir()
    own.write_text("not yours")
    (output / HERE / ".DS_Store").write_bytes(b"\0")
    (output / HERE).chmod(0o770)
    compact(str(output), now=LATER)
    assert own.read_text() == "not yours"
    assert (output / HERE / ".DS_Store").exists()
    assert (output / HERE).stat().st_mode & 0o777 == 0o770


@pytest.mark.parametrize("damage", [b"garbage", None])
def test_an_unreadable_file_is_named_and_nothing_is_changed(output: Path, damage: bytes | None) -> None:
    path = output / HERE / f"{run_id_of(2)}.parquet"
    path.write_bytes(damage) if damage else path.unlink()
    before = contents(output)
    with pytest.raises(RunError, match=str(path)):
        compact(str(output), now=LATER)
    assert contents(output) == before


def test_a_folder_without_a_dataset_is_refused_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a dataset"):
        compact(str(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_a_dataset_in_use_is_refused_and_left_alone(output: Path) -> None:
    before = contents(output)
    with hold(str(output), "a run"), pytest.raises(BusyError, match="a run"):
        compact(str(output), now=LATER)
    assert contents(output) == before


def test_a_lock_lost_before_the_commit_leaves_everything_unchanged(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(output)

    def build_slowly(*args: Any) -> list[DataFile]:
        files = build(*args)
        (output / "_lock").unlink()
        return files

    monkeypatch.setattr("pipeline.maintenance.compact.build", build_slowly)
    with pytest.raises(RunError, match="_lock"):
        compact(str(output), now=LATER)
    assert contents(output) == before


# --- The plan and the merge.

SIZES = st.lists(st.tuples(st.integers(0, 130), st.sampled_from("abc")), max_size=30)


def files_of_sizes(sizes: list[tuple[int, str]]) -> list[DataFile]:
    return [
        DataFile(f"{folder_of('articles', region=region)}/{run_id_of(n)}.parquet", 1, size)
        for n, (size, region) in enumerate(sizes)
    ]


@given(SIZES)
def test_merges_take_each_small_file_once_and_stay_below_the_target(sizes: list[tuple[int, str]]) -> None:
    files = files_of_sizes(sizes)
    merges = plan_merges(files, target=100)
    taken = [file for merge in merges for file in merge.files]
    assert len(taken) == len(set(taken))
    for merge in merges:
        assert len(merge.files) >= 2
        assert sum(file.bytes for file in merge.files) <= 100
        assert {file.path.rpartition("/")[0] for file in merge.files} == {merge.folder}
    shuffled = random.Random(1).sample(files, len(files))
    assert plan_merges(shuffled, target=100) == merges


@given(SIZES)
def test_no_two_files_that_would_fit_are_left_apart(sizes: list[tuple[int, str]]) -> None:
    files = files_of_sizes(sizes)
    taken = {file for merge in plan_merges(files, target=100) for file in merge.files}
    alone = [file for file in files if file not in taken and file.bytes < 100]
    for first, second in itertools.combinations(alone, 2):
        if first.path.rpartition("/")[0] == second.path.rpartition("/")[0]:
            assert first.bytes + second.bytes > 100


def test_a_partition_dated_on_the_last_day_is_not_older_than_it() -> None:
    files = files_of_sizes([(1, "a"), (1, "a")])
    assert plan_merges(files, until=date(2026, 3, 5)) == []
    assert len(plan_merges(files, until=date(2026, 3, 6))) == 1


@given(st.lists(st.lists(st.integers(0, 9), max_size=12), min_size=1, max_size=5), st.integers(1, 7))
def test_slices_are_the_sorted_rows_of_all_parts(parts: list[list[int]], slice_rows: int) -> None:
    tables = [
        pa.table({"key": pa.array(part, pa.int64()), "at": pa.array([f"{n}-{m}" for m in range(len(part))])})
        for n, part in enumerate(parts)
    ]
    slices = list(sorted_slices(tables, ["key"], slice_rows))
    found = [row for piece in slices for row in piece.to_pylist()]
    assert found == sorted((row for table in tables for row in table.to_pylist()), key=lambda row: row["key"])
    assert all(len(piece) == slice_rows for piece in slices[:-1])


def test_a_partition_larger_than_the_target_becomes_several_files(output: Path) -> None:
    files = [DataFile(f"{HERE}/{run_id_of(number)}.parquet", 3, 1) for number in (1, 2, 3)]
    merges = [Merge(HERE, tuple(files[:2])), Merge(HERE, tuple(files[1:]))]
    built = build(Dataset(str(output)), COMPACTED, merges)
    assert [file.path for file in built] == [f"{HERE}/{COMPACTED}-1.parquet", f"{HERE}/{COMPACTED}-2.parquet"]
    assert [file.rows for file in built] == [6, 6]


def test_more_rows_than_a_slice_are_written_in_row_groups(tmp_path: Path) -> None:
    schema_rows = [story(n, NOON + timedelta(seconds=n), text=None) for n in range(SLICE_ROWS // 2 + 1)]
    sources = [str(tmp_path / f"{n}.parquet") for n in (1, 2)]
    for source in sources:
        write_rows(source, schema_rows, ARTICLES)
    target = tmp_path / "merged.parquet"
    size = merge_files(sources, str(target), ARTICLES, 2 * len(schema_rows))
    assert size == target.stat().st_size
    metadata = pq.read_metadata(target)
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [SLICE_ROWS, 2]


def test_rows_that_the_manifests_do_not_count_stop_the_merge(output: Path, tmp_path: Path) -> None:
    source = str(output / HERE / f"{run_id_of(1)}.parquet")
    with pytest.raises(DatasetError, match="3 rows, expected 4"):
        merge_files([source], str(tmp_path / "merged.parquet"), ARTICLES, 4)
    assert not (tmp_path / "merged.parquet").exists()


# --- Between runs.


@pytest.fixture
def site():
    with serve() as serving:
        publish(serving, 1, "Cabinet orders twelve icebreakers", WIRE)
        publish(serving, 2, "Ferry sails again", LOCAL_NEWS)
        yield serving


def test_runs_before_and_after_a_compaction_file_each_article_once(tmp_path: Path, site: Site) -> None:
    output = tmp_path / "news"
    config = config_of(output, site)
    run(config, now=NOW)
    publish(site, 3, "Tarn to have a lighthouse", [line[::-1] for line in LOCAL_NEWS])
    run(config, now=NOW + timedelta(hours=1))
    before = everything(output)
    assert compact(str(output), now=NOW + timedelta(hours=2))
    assert everything(output) == before
    publish(site, 4, "Ottawa to buy icebreakers", [*WIRE[:3], "Sign up for our letter."])
    counts = run(config, now=NOW + timedelta(hours=3))["counts"]
    assert (counts["entries_due"], counts["articles"], counts["copies"]) == (1, 0, 1)
    filed = [row["url"] for table in ("articles", "copies") for row in rows(output, table)]
    assert sorted(url.rsplit("/", 1)[1] for url in filed) == ["1", "2", "3", "4"]
    assert verify(str(output)) == []
    assert len(set(output.glob("_runs/*"))) == 4


def test_a_run_in_the_second_of_a_compaction_does_not_take_its_name(output: Path) -> None:
    manifest = compact(str(output), now=NOW)
    assert manifest
    plan = plan_run(
        Config(str(output), (), FetchSettings(), CopySettings(), "0"), Dataset(str(output)), NOW, 1
    )
    assert plan.run_id > manifest["run_id"]
