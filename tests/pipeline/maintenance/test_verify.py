"""verify: no finding for an intact dataset, an exact one for each fault, and no false ones."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipeline.maintenance.checks as checks_module
import pipeline.maintenance.verify as verify_module
from pipeline.dataset.manifest import Finding
from pipeline.errors import ConfigError
from pipeline.maintenance.compact import compact
from pipeline.maintenance.verify import examine, verify
from tests.support.filed import (
    NOON,
    contents,
    copy_of,
    file_run,
    folder_of,
    reject,
    run_id_of,
    story,
)
from transforms.store.tables import ARTICLES
from transforms.store.write import write_rows

HERE, COPIED, REJECTED = folder_of("articles"), folder_of("copies"), folder_of("rejects")
FIRST, SECOND = run_id_of(1), run_id_of(2)
FIFTH = story(5)["article_id"]


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("filed") / "news"
    undated = story(3, fetched_at=NOON, published_at=None)
    early = story(4, published_at=NOON + timedelta(days=2), fetched_at=NOON)
    file_run(output, 1, {HERE: [story(1), story(2), undated, early], REJECTED: [reject(1)]})
    file_run(output, 2, {HERE: [story(5)], COPIED: [copy_of(6, story(1)), copy_of(7, story(5))]})
    return output


@pytest.fixture
def output(tmp_path: Path, two_runs: Path) -> Path:
    return Path(shutil.copytree(two_runs, tmp_path / "news"))


def lines_of(output: Path) -> list[str]:
    return [str(finding) for finding in verify(str(output))]


def test_an_intact_dataset_has_no_findings_and_is_not_changed(output: Path) -> None:
    before = contents(output)
    report = examine(str(output))
    assert (report.runs, report.files, report.rows) == (2, 4, 8)
    assert (report.findings, report.notes) == ((), ())
    assert contents(output) == before


def test_a_trailing_slash_and_a_relative_path_make_no_difference(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(output.parent)
    (output / "articles/stray.txt").touch()
    assert lines_of(Path("news")) == [str(finding) for finding in verify(f"{output}/")] != []


@pytest.mark.parametrize("path", ["none", "none[1]", "odd://none"])
def test_a_path_without_a_dataset_is_a_usage_error(tmp_path: Path, path: str) -> None:
    with pytest.raises(ConfigError):
        verify(path if "://" in path else str(tmp_path / path))


def test_hidden_files_and_the_pipelines_own_files_are_ignored(output: Path) -> None:
    for name in (".DS_Store", f"{HERE}/.crc", ".cache/x", "_lock", "_locks/1.json", "_state/old/x"):
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).touch()
    assert lines_of(output) == []


# --- Each damage is one finding that names the place.


def change_manifest(run_id: str, change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def damage(output: Path) -> None:
        path = output / f"_runs/{run_id}.json"
        manifest = json.loads(path.read_text())
        change(manifest)
        path.write_text(json.dumps(manifest))

    return damage


def write(path: str, content: bytes) -> Callable[[Path], None]:
    def damage(output: Path) -> None:
        (output / path).parent.mkdir(parents=True, exist_ok=True)
        (output / path).write_bytes(content)

    return damage


def truncate(output: Path) -> None:
    path = output / HERE / f"{FIRST}.parquet"
    path.write_bytes(path.read_bytes()[:-100])


def replace_folder_by_file(output: Path) -> None:
    shutil.rmtree(output / "rejects")
    (output / "rejects").touch()


def stage(output: Path) -> None:
    target = output / "_staging" / SECOND / COPIED
    target.mkdir(parents=True)
    (output / COPIED / f"{SECOND}.parquet").rename(target / f"{SECOND}.parquet")


DAMAGES: dict[str, tuple[Callable[[Path], None], list[str]]] = {
    "a manifest that is not JSON": (
        write(f"_runs/{SECOND}.json", b'{"run_id": '),
        [f"_runs/{SECOND}.json: cannot be read; expected a manifest"],
    ),
    "a manifest under another name": (
        change_manifest(SECOND, lambda manifest: manifest.update(run_id=FIRST)),
        [f"_runs/{SECOND}.json: run_id is '{FIRST}'"],
    ),
    "a manifest without a key": (
        change_manifest(SECOND, lambda manifest: manifest.pop("version")),
        [f"_runs/{SECOND}.json: version is None; expected a string"],
    ),
    "a manifest with an invalid time": (
        change_manifest(SECOND, lambda manifest: manifest.update(started_at="yesterday")),
        [f"_runs/{SECOND}.json: started_at is 'yesterday'; expected an ISO 8601 instant"],
    ),
    "a manifest whose files lack their rows": (
        change_manifest(SECOND, lambda manifest: manifest["files"][0].pop("rows")),
        [f"_runs/{SECOND}.json: files is invalid"],
    ),
    "a count that is not a number": (
        change_manifest(SECOND, lambda manifest: manifest["counts"].update(feeds="1")),
        [f"_runs/{SECOND}.json: counts is invalid"],
    ),
    "counts that do not add up": (
        change_manifest(SECOND, lambda manifest: manifest["counts"].update(entries_due=4)),
        [f"_runs/{SECOND}.json: 4 entries due, 3 outcomes; expected entries_due ="],
    ),
    "a count that differs from its files": (
        change_manifest(SECOND, lambda manifest: manifest["counts"].update(copies=3, entries_due=4)),
        [f"_runs/{SECOND}.json: files in copies/ with 2 rows; expected 3"],
    ),
    "a missing file": (
        lambda output: (output / REJECTED / f"{FIRST}.parquet").unlink(),
        [f"{REJECTED}/{FIRST}.parquet: missing; expected a file of 1 row"],
    ),
    "a missing file of stories": (
        lambda output: (output / HERE / f"{SECOND}.parquet").unlink(),
        [
            f"{HERE}/{SECOND}.parquet: missing; expected a file of 1 row",
            f"{COPIED}/{SECOND}.parquet: 1 copy of missing stories, such as {FIFTH}",
        ],
    ),
    "a truncated file": (
        truncate,
        [f"{HERE}/{FIRST}.parquet: ", f"{HERE}/{FIRST}.parquet: cannot be read"],
    ),
    "a file that is not Parquet": (
        write(f"{COPIED}/{SECOND}.parquet", b"garbage"),
        [f"{COPIED}/{SECOND}.parquet: 7 bytes", f"{COPIED}/{SECOND}.parquet: cannot be read"],
    ),
    "a stray file in a partition": (
        write(f"{HERE}/mine.parquet", b""),
        [f"{HERE}/mine.parquet: stray file; expected only files that a manifest lists"],
    ),
    "a stray file at the top": (
        write("notes.txt", b""),
        ["notes.txt: stray file or folder; expected only articles"],
    ),
    "a file in a table's place": (
        replace_folder_by_file,
        ["rejects: stray", f"{REJECTED}/{FIRST}.parquet: missing"],
    ),
    "a committed file that is still staged": (
        stage,
        [f"_staging/{SECOND}/{COPIED}/{SECOND}.parquet: not in place; expected {COPIED}/"],
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_is_a_finding_at_its_place(output: Path, name: str) -> None:
    damage, expected = DAMAGES[name]
    damage(output)
    lines = lines_of(output)
    assert len(lines) == len(expected), lines
    for beginning in expected:
        assert any(line.startswith(beginning) for line in lines), lines


def test_many_stray_files_of_one_folder_are_one_finding(output: Path) -> None:
    for number in range(3):
        write(f"exports/{number}.csv", b"")(output)
    assert [line.split(";")[0] for line in lines_of(output)] == ["exports: stray folder of 3 files"]


# --- Rows.


def file_third(output: Path, table: str, rows: list[dict[str, Any]], **where: str) -> str:
    folder = folder_of(table, **where)
    file_run(output, 3, {folder: rows})
    return f"{folder}/{run_id_of(3)}.parquet"


@pytest.mark.parametrize("table", ["articles", "copies"])
def test_a_duplicate_article_id_is_found_with_its_other_place(output: Path, table: str) -> None:
    again = story(2) if table == "articles" else copy_of(2, story(1))
    path = file_third(output, table, [story(30) if table == "articles" else copy_of(30, story(1)), again])
    assert [line.split(";")[0] for line in lines_of(output)] == [
        f"{path}: 1 duplicate article_id, such as {story(2)['article_id']}, also in {HERE}/{FIRST}.parquet"
    ]


def test_a_duplicate_article_id_in_one_file_is_found(output: Path) -> None:
    path = file_third(output, "articles", [story(30), story(30), story(30)])
    assert lines_of(output)[0].startswith(
        f"{path}: 2 duplicate article_ids, such as {story(30)['article_id']}, also in"
    )


def test_later_versions_are_allowed_but_not_twice_in_one_run(output: Path) -> None:
    later = copy_of(1, story(1), match="update", text="Otherwise.")
    file_run(output, 4, {folder_of("copies"): [later]})
    file_run(output, 5, {folder_of("copies"): [later]})
    assert verify(str(output)) == []
    file_run(output, 6, {folder_of("copies"): [later], folder_of("copies", region="world"): [later]})
    (found,) = verify(str(output))
    assert "1 duplicate article_id" in found.problem
    assert run_id_of(6) in found.problem


def test_a_later_version_without_an_earlier_row_is_found(output: Path) -> None:
    path = file_third(output, "copies", [copy_of(30, story(1), match="update"), copy_of(31, story(1))])
    assert [line.split(";")[0] for line in lines_of(output)] == [
        f"{path}: later versions of 1 article without another row"
    ]


def test_equal_hashes_of_different_ids_are_not_a_finding(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks_module, "hash_strings", lambda column: np.zeros(len(column), np.uint64))
    assert lines_of(output) == []


def test_a_copy_of_a_missing_story_is_found(output: Path) -> None:
    path = file_third(output, "copies", [copy_of(30, story(31)), copy_of(32, story(1))])
    (line,) = lines_of(output)
    assert line.startswith(f"{path}: 1 copy of missing stories, such as {story(31)['story_id']}")


def test_a_copy_of_a_copy_is_found(output: Path) -> None:
    file_third(output, "copies", [story(30, story_id=story(6)["article_id"])])
    assert len(lines_of(output)) == 1


def test_a_story_with_the_story_id_of_another_article_is_found(output: Path) -> None:
    path = file_third(output, "articles", [story(30, story_id=story(1)["article_id"])])
    (line,) = lines_of(output)
    assert line.startswith(
        f"{path}: 1 row with the story_id of another article, such as {story(30)['article_id']}"
    )


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("articles", story(30, NOON + timedelta(days=1))),
        ("articles", story(30, published_at=None, fetched_at=NOON + timedelta(days=1))),
        ("articles", story(30, published_at=NOON, fetched_at=NOON - timedelta(days=1))),
        ("articles", story(30, published_at=NOON, fetched_at=None)),
        ("copies", copy_of(30, story(1), published_at=NOON - timedelta(hours=12, microseconds=1))),
        ("rejects", reject(30, NOON + timedelta(hours=12))),
    ],
)
def test_a_row_in_the_partition_of_another_day_is_found(
    output: Path, table: str, row: dict[str, Any]
) -> None:
    path = file_third(output, table, [row])
    (line,) = lines_of(output)
    assert line.startswith(f"{path}: 1 row of another day")


@pytest.mark.parametrize(
    "where",
    [{"day": "2026-02-30"}, {"day": "20260305"}, {"region": "Southern Asia"}, {"region": "a/b=c"}],
)
def test_a_folder_that_is_not_a_partition_is_found(output: Path, where: dict[str, str]) -> None:
    path = file_third(output, "articles", [story(30)], **where)
    (line,) = lines_of(output)
    assert line.startswith(f"_runs/{run_id_of(3)}.json: lists {path}; expected a file such as")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda table: table.drop_columns(["agency", "text"]), "lacks columns: agency, text"),
        (
            lambda table: table.append_column("mood", pa.array(["fair"] * len(table))),
            "has unknown columns: mood",
        ),
        (
            lambda table: table.set_column(19, "word_count", table["word_count"].cast(pa.int64())),
            "column word_count is int64, not int32",
        ),
        (lambda table: table.select(sorted(table.column_names)), "columns in another order"),
    ],
)
def test_wrong_columns_are_found(output: Path, change: Callable[[pa.Table], pa.Table], problem: str) -> None:
    path = f"{HERE}/{FIRST}.parquet"
    with pq.ParquetFile(output / path) as file:
        changed = change(file.read(use_threads=False))
    pq.write_table(changed, output / path)
    size = (output / path).stat().st_size
    change_manifest(FIRST, lambda manifest: manifest["files"][0].update(bytes=size))(output)
    report = examine(str(output))
    assert report.findings == (Finding(path, problem, "the columns of articles/"),)
    # The stories in that file are unknown, so copies cannot be checked against them.
    assert report.notes == (
        "fix the findings above and run verify again: orphaned copies could not be checked",
    )


def test_rows_that_the_manifest_does_not_count_are_found(output: Path) -> None:
    path = f"{HERE}/{SECOND}.parquet"
    size = write_rows(f"{output}/{path}", [story(5), story(50)], ARTICLES)
    change_manifest(SECOND, lambda manifest: manifest["files"][0].update(bytes=size))(output)
    assert verify(str(output)) == [Finding(path, "2 rows", "1, as its manifest says")]


# --- Compactions, and runs that are working.


def test_a_compaction_that_lost_a_row_is_found(output: Path) -> None:
    manifest = compact(str(output), now=NOON)
    assert manifest
    run_id = manifest["run_id"]
    change_manifest(run_id, lambda manifest: manifest["files"][0].update(rows=4))(output)
    lines = lines_of(output)
    assert lines[0].startswith(f"_runs/{run_id}.json: files in {HERE} with 4 rows; expected 5")


def test_a_replaced_file_that_still_exists_is_found(output: Path) -> None:
    content = (output / HERE / f"{FIRST}.parquet").read_bytes()
    compact(str(output), now=NOON)
    write(f"{HERE}/{FIRST}.parquet", content)(output)
    (line,) = lines_of(output)
    assert line.startswith(f"{HERE}/{FIRST}.parquet: replaced but still there: readers see its rows twice")


def test_a_file_of_two_runs_is_found(output: Path) -> None:
    def claim(manifest: dict[str, Any]) -> None:
        first = json.loads((output / f"_runs/{FIRST}.json").read_text())
        manifest["files"].append(first["files"][0])
        manifest["counts"]["articles"] += 4
        manifest["counts"]["entries_due"] += 4

    change_manifest(SECOND, claim)(output)
    assert any("lists" in line and "no file of another run" in line for line in lines_of(output))


def test_the_staged_files_of_an_unfinished_run_are_a_note(output: Path) -> None:
    write("_staging/r000009-20260305T130000Z/articles/x.parquet", b"half")(output)
    report = examine(str(output))
    assert report.findings == ()
    assert report.notes == (
        "_staging/r000009-20260305T130000Z: 1 file of a run that is working or was interrupted",
    )


def test_a_run_that_commits_meanwhile_is_not_a_finding(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = verify_module._listing
    first = [True]

    def list_then_commit(dataset: Any) -> dict[str, int]:
        sizes = listing(dataset)
        if first.pop() if first else False:
            sizes |= {
                f"{HERE}/{run_id_of(3)}.parquet": 1
            }  # Moved already, but its manifest is not listed yet.
            file_run(output, 3, {HERE: [story(30)]})
        return sizes

    monkeypatch.setattr(verify_module, "_listing", list_then_commit)
    report = examine(str(output))
    assert (report.findings, report.runs) == ((), 3)
