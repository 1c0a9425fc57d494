"""After the repair of any broken state or manifest, nothing is filed twice or lost."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.cli.main import main
from pipeline.dataset.layout import Dataset
from pipeline.dataset.state import load_state
from pipeline.errors import DatasetError, RunError
from pipeline.maintenance.repair import repair
from pipeline.run.batch import run
from tests.support.filed import contents
from tests.support.runs import LOCAL_NEWS, NOW, WIRE, config_of, publish, rows
from tests.support.sites import Answer, serve

HORIZON = timedelta(days=14)


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory):
    """A dataset after two runs, and its site, which has published more since."""
    output = tmp_path_factory.mktemp("filed")
    with serve() as site:
        publish(site, 1, "Cabinet orders twelve icebreakers", WIRE)
        publish(site, 2, "Page that is gone", LOCAL_NEWS)
        del site.pages["/2"]
        publish(site, 3, "Page that comes later", [line[::-1] for line in LOCAL_NEWS])
        later = site.pages["/3"]
        site.pages["/3"] = Answer("", status=503)
        run(config_of(output, site), now=NOW)
        publish(site, 4, "Ferry sails again", LOCAL_NEWS)
        run(config_of(output, site), now=NOW + timedelta(minutes=1))
        site.pages["/3"] = later
        publish(site, 5, "Ottawa to buy icebreakers", WIRE[:3], "Prairie Post")
        yield output, site


def newest(output: Path, folder: str) -> Path:
    return max(output.glob(f"{folder}/r*"))


STATE_FILES = (
    "state.json",
    "feeds.parquet",
    "put_off.parquet",
    "seen.parquet",
    "filed.parquet",
    "index.keys.arrow",
    "index.texts.arrow",
)


@pytest.mark.parametrize("name", STATE_FILES)
def test_a_broken_state_file_is_named_and_rebuilt(tmp_path: Path, filed, name: str) -> None:
    source, site = filed
    output = tmp_path / "news"
    shutil.copytree(source, output)
    path = newest(output, "_state") / name
    path.write_bytes(b"garbage")
    before = contents(output)
    with pytest.raises(RunError, match=str(path)):
        run(config_of(output, site), now=NOW + timedelta(hours=2))
    assert contents(output) == before
    repairs = repair(str(output), NOW + timedelta(hours=2), HORIZON)
    assert str(path) in repairs[0]
    check_a_run_completes(output, site)


def check_a_run_completes(output: Path, site) -> None:
    assert repair(str(output), NOW + timedelta(hours=2), HORIZON) == []
    run(config_of(output, site), now=NOW + timedelta(hours=3))
    urls = [row["url"] for table in ("articles", "copies") for row in rows(output, table)]
    assert sorted(url.rsplit("/", 1)[1] for url in urls) == ["1", "3", "4", "5"]
    assert [row["url"].rsplit("/", 1)[1] for row in rows(output, "rejects")] == ["2"]
    (copy,) = rows(output, "copies")
    (story,) = (row for row in rows(output, "articles") if row["url"].endswith("/1"))
    assert copy["story_id"] == story["article_id"]


def test_an_index_with_other_columns_is_named_and_rebuilt(tmp_path: Path, filed) -> None:
    output = Path(shutil.copytree(filed[0], tmp_path / "news"))
    path = newest(output, "_state") / "index.texts.arrow"
    table = pa.ipc.open_file(pa.BufferReader(path.read_bytes())).read_all().drop_columns(["agency"])
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(DatasetError, match=r"index.texts.arrow: expected the columns article_id, "):
        load_state(Dataset(str(output)))
    assert repair(str(output), NOW, HORIZON)
    assert load_state(Dataset(str(output)))


def test_a_missing_state_is_rebuilt(tmp_path: Path, filed) -> None:
    source, site = filed
    output = tmp_path / "news"
    shutil.copytree(source, output)
    shutil.rmtree(output / "_state")
    with pytest.raises(RunError, match=r"_state/.*state\.json: missing"):
        run(config_of(output, site), now=NOW + timedelta(hours=2))
    assert "2 filed articles" in repair(str(output), NOW + timedelta(hours=2), HORIZON)[-1]
    check_a_run_completes(output, site)


@pytest.mark.parametrize("content", [b"", b'{"run_id": ', b"[]"])
def test_a_broken_manifest_is_rebuilt_from_the_files_of_its_run(
    tmp_path: Path, filed, content: bytes
) -> None:
    source, site = filed
    output = tmp_path / "news"
    shutil.copytree(source, output)
    path = newest(output, "_runs")
    manifest = json.loads(path.read_text())
    path.write_bytes(content)
    with pytest.raises(RunError, match=str(path)):
        run(config_of(output, site), now=NOW + timedelta(hours=2))
    assert str(path) in repair(str(output), NOW + timedelta(hours=2), HORIZON)[0]
    rebuilt = json.loads(path.read_text())
    assert rebuilt["files"] == manifest["files"]
    assert rebuilt["counts"]["articles"] == manifest["counts"]["articles"]
    check_a_run_completes(output, site)


def test_the_command_prints_its_repairs(tmp_path: Path, filed, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "news"
    shutil.copytree(filed[0], output)
    assert (main(["repair", str(output)]), capsys.readouterr().out) == (0, f"{output}: nothing to repair\n")
    path = newest(output, "_state") / "seen.parquet"
    path.write_bytes(b"")
    assert main(["verify", str(output)]) == 0
    assert main(["repair", str(output)]) == 0
    assert str(path) in capsys.readouterr().out
    assert main(["verify", str(output)]) == 0
    assert main(["repair", str(tmp_path / "none")]) == 2


@pytest.mark.parametrize("name", ["notes.txt", "notes.json"])
def test_files_that_are_not_manifests_are_left_alone(tmp_path: Path, filed, name: str) -> None:
    output = Path(shutil.copytree(filed[0], tmp_path / "news"))
    (output / "_runs" / name).write_text("written by a person")
    assert repair(str(output), NOW, HORIZON) == []
    (newest(output, "_state") / "seen.parquet").write_bytes(b"")
    assert len(repair(str(output), NOW, HORIZON)) == 2
    assert (output / "_runs" / name).read_text() == "written by a person"


def test_an_intact_dataset_is_not_changed(tmp_path: Path, filed) -> None:
    output = tmp_path / "news"
    shutil.copytree(filed[0], output)
    before = {path: path.read_bytes() for path in output.rglob("*") if path.is_file()}
    assert repair(str(output), NOW, HORIZON) == []
    assert {path: path.read_bytes() for path in output.rglob("*") if path.is_file()} == before
