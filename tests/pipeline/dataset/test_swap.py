"""Swapping files: readers never count wrong, and a swap cut short anywhere is finished."""

from __future__ import annotations

import os
import shutil
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

import pipeline.dataset.swap as swap_module
from pipeline.dataset.layout import Dataset
from pipeline.dataset.manifest import NO_COUNTS, Manifest
from pipeline.dataset.state import recover_state
from pipeline.dataset.swap import partition_changes, replace_files, swap_folder
from pipeline.errors import DatasetError, RunError
from pipeline.maintenance.compact import (
    build,
    commit,
    compact,
    plan_merges,
)
from pipeline.maintenance.repair import repair
from pipeline.maintenance.verify import examine, verify
from tests.support.filed import (
    COMPACTED,
    HERE,
    LATER,
    copy_of,
    data_files,
    everything,
    file_run,
    file_three_runs,
    folder_of,
    story,
)
from transforms.store.tables import DataFile


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap_module, "GRACE_S", 0.0)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return file_three_runs(tmp_path / "news")


def next_run(output: Path) -> None:
    """Recover the dataset, as a run does before it plans."""
    recover_state(Dataset(str(output)))


# --- Cut short at any point


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs with a story and a copy each."""
    output = tmp_path_factory.mktemp("two") / "news"
    for number in (1, 2):
        file_run(
            output, number, {HERE: [story(number)], folder_of("copies"): [copy_of(100 + number, story(1))]}
        )
    (output / HERE / ".notes").write_text("not yours")
    return output


class Cut(BaseException):
    """Stands for the end of a killed process."""


class Killer:
    """Lets `survives` system calls that change the disk happen, then none."""

    CALLS = ("rename", "replace", "link", "unlink", "remove", "rmdir", "mkdir", "fsync")

    def __init__(self, patch: pytest.MonkeyPatch, survives: int, *, can_swap: bool) -> None:
        self.remaining = survives
        for name in self.CALLS:
            patch.setattr(os, name, self.mortal(getattr(os, name)))
        swap = swap_module.swap_names if can_swap else lambda *_: False
        patch.setattr(swap_module, "swap_names", self.mortal(swap) if can_swap else swap)

    def mortal(self, call: Any) -> Any:
        def counted(*args: Any, **kwargs: Any) -> Any:
            if self.remaining == 0:
                raise Cut
            self.remaining -= 1
            return call(*args, **kwargs)

        return counted


def cut_after(output: Path, survives: int, monkeypatch: pytest.MonkeyPatch, *, can_swap: bool = True) -> bool:
    """Compact until `survives` calls were made; return True if that cut it short."""
    with monkeypatch.context() as patch:
        Killer(patch, survives, can_swap=can_swap)
        try:
            compact(str(output), now=LATER)
        except Cut:
            return True
    return False


def test_a_compaction_cut_short_anywhere_never_misleads_readers_and_the_next_run_finishes_it(
    two_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = everything(two_runs)
    states = []
    for survives in range(1000):
        output = Path(shutil.copytree(two_runs, tmp_path / str(survives), copy_function=os.link))
        if not cut_after(output, survives, monkeypatch):
            break
        assert everything(output) == expected, survives
        committed = any("20260320" in path.name for path in output.glob("_runs/*.json"))
        findings = [str(finding) for finding in verify(str(output))]
        assert all("the next run" in line for line in findings), findings
        next_run(output)
        assert everything(output) == expected, survives
        report = examine(str(output))
        assert (report.findings, report.notes) == ((), ()), survives
        assert (output / HERE / ".notes").exists()
        states.append((committed, bool(findings), len(data_files(output))))
    # Cut before the commit; committed, with files still staged; committed, with all files in place.
    assert set(states) == {(False, False, 5), (True, True, 3), (True, False, 3)}
    assert len(states) > 30


def test_without_an_atomic_swap_a_compaction_cut_short_is_finished_too(
    two_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = everything(two_runs)
    missed = 0
    for survives in range(1000):
        output = Path(shutil.copytree(two_runs, tmp_path / str(survives), copy_function=os.link))
        if not cut_after(output, survives, monkeypatch, can_swap=False):
            break
        if len(list(output.glob("_runs/*.json"))) == 2:
            continue  # Not committed: tested above.
        missed += everything(output) != expected
        next_run(output)
        assert everything(output) == expected, survives
        assert verify(str(output)) == []
    # Between the two renames of each partition, as documented.
    assert missed == 2


def test_a_compaction_first_finishes_another_that_was_cut_short(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = everything(output)
    with monkeypatch.context() as patch:
        patch.setattr(
            "pipeline.dataset.layout.swap_all", lambda *_: (_ for _ in ()).throw(OSError("no more space"))
        )
        with pytest.raises(RunError, match=rf"{COMPACTED}: committed, .*no more space.*the next run"):
            compact(str(output), now=LATER)
    assert compact(str(output), now=LATER) is None
    assert everything(output) == expected
    assert verify(str(output)) == []


def test_a_repair_finishes_a_compaction_that_was_cut_short(output: Path) -> None:
    expected = everything(output)
    staged_compaction(output)
    next(output.glob("_state/*/state.json")).write_text("garbage")
    repair(str(output), LATER, timedelta(days=14))
    assert everything(output) == expected
    assert verify(str(output)) == []


def test_files_that_cannot_be_linked_are_copied(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = output / HERE / "notes.txt"
    own.write_text("not yours")

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    compact(str(output), now=LATER)
    assert own.read_text() == "not yours"
    assert sorted(path.name for path in own.parent.iterdir()) == ["notes.txt", f"{COMPACTED}.parquet"]


def staged_compaction(output: Path) -> tuple[Dataset, dict[str, Any]]:
    """Commit a compaction without putting its files into place."""
    dataset = Dataset(str(output))
    manifests = [dataset.read_json("_runs", name) for name in dataset.files_below("_runs")]
    files = [DataFile(**file) for manifest in manifests for file in manifest["files"]]
    merges = plan_merges(files)
    built = build(dataset, COMPACTED, merges)
    manifest = Manifest(
        run_id=COMPACTED,
        started_at=manifests[-1]["started_at"],
        finished_at=manifests[-1]["finished_at"],
        files=tuple(built),
        counts=NO_COUNTS,
        kind="compact",
        replaces=tuple(sorted(file.path for merge in merges for file in merge.files)),
    )
    commit(dataset, manifest)
    return dataset, manifest.to_json()


def test_finishing_can_be_repeated(output: Path) -> None:
    expected = everything(output)
    dataset, _ = staged_compaction(output)
    for _ in range(2):
        dataset.promote(COMPACTED)
        assert everything(output) == expected
    assert verify(str(output)) == []


def test_a_missing_merged_file_stops_the_swap_before_anything_is_deleted(output: Path) -> None:
    expected = everything(output)
    dataset, _ = staged_compaction(output)
    merged = output / "_staging" / COMPACTED / HERE / f"{COMPACTED}.parquet"
    merged.unlink()
    with pytest.raises(DatasetError, match=f"{HERE}/{COMPACTED}.parquet: missing"):
        dataset.promote(COMPACTED)
    assert everything(output)["articles"] == expected["articles"]


def test_files_that_were_moved_one_by_one_are_finished_too(output: Path) -> None:
    expected = everything(output)
    dataset, manifest = staged_compaction(output)
    for file in manifest["files"]:
        dataset.move(("_staging", COMPACTED, file["path"]), file["path"])
    assert len(everything(output)["articles"]) > len(expected["articles"])
    dataset.promote(COMPACTED)
    assert everything(output) == expected
    assert verify(str(output)) == []


def test_on_object_stores_new_files_are_copied_before_old_ones_are_deleted(output: Path) -> None:
    expected = everything(output)
    dataset, manifest = staged_compaction(output)
    for _ in range(2):
        for change in partition_changes(manifest):
            final, staged = dataset.path(change.folder), dataset.path("_staging", COMPACTED, change.folder)
            replace_files(final, staged, change)
        assert everything(output) == expected
    dataset.remove("_staging", COMPACTED)
    assert verify(str(output)) == []


def test_a_swap_exchanges_whole_folders(output: Path) -> None:
    _, manifest = staged_compaction(output)
    change = next(change for change in partition_changes(manifest) if change.folder == HERE)
    final, staged = output / HERE, output / "_staging" / COMPACTED / HERE
    before = final.stat().st_ino, staged.stat().st_ino
    swap_folder(final, staged, change)
    assert (staged.stat().st_ino, final.stat().st_ino) == before


# --- Readers at the same time


def slowly(call: Any) -> Any:
    """Return the call with a pause after it, in which readers see its effect."""

    def slow(*args: Any, **kwargs: Any) -> Any:
        result = call(*args, **kwargs)
        time.sleep(0.003)
        return result

    return slow


def test_a_reader_at_the_same_time_gets_an_error_or_the_right_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap_module, "GRACE_S", 0.2)
    for module, name in ((os, "rename"), (os, "link"), (os, "unlink"), (swap_module, "swap_names")):
        monkeypatch.setattr(module, name, slowly(getattr(module, name)))
    output = tmp_path / "news"
    regions = [f"region-{first}{second}" for first in "abcdef" for second in "abcdef"]
    rounds, total = 2, 0
    outcomes: dict[str, int] = {"right": 0, "error": 0, "wrong": 0}
    stop = threading.Event()

    def count_with_duckdb() -> int:
        query = (
            f"select count(*), count(distinct article_id) from read_parquet('{output}/articles/**/*.parquet')"
        )
        count, distinct = duckdb.connect().sql(query).fetchall()[0]
        assert count == distinct
        return int(count)

    def count_footers() -> int:
        return sum(pq.read_metadata(path).num_rows for path in output.glob("articles/**/*.parquet"))

    def read(count: Any) -> None:
        while not stop.is_set():
            try:
                outcomes["right" if count() == total else "wrong"] += 1
            except (OSError, duckdb.Error):
                outcomes["error"] += 1

    number = 1
    for turn in range(rounds):
        for _ in range(2):
            rows = {
                folder_of("articles", region=region): [story(1000 * number + n)]
                for n, region in enumerate(regions)
            }
            file_run(output, number, rows)
            number, total = number + 1, total + len(regions)
        stop.clear()
        readers = [
            threading.Thread(target=read, args=(count,)) for count in (count_with_duckdb, count_footers)
        ]
        for reader in readers:
            reader.start()
        manifest = compact(str(output), now=LATER + timedelta(minutes=turn))
        stop.set()
        for reader in readers:
            reader.join()
        assert manifest
        assert len(manifest["files"]) == len(regions)
        number += 1
    assert outcomes["wrong"] == 0
    assert outcomes["right"] >= 4
    assert count_with_duckdb() == count_footers() == total
