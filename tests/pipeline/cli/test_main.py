"""The command line: exit statuses, one message per error, and nothing written after an error."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.cli.main import main
from tests.support.filed import contents, file_run, folder_of, story
from tests.support.sites import Answer, article_page, rss, serve


def copytaster(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "copytaster", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120, check=False)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def site():
    with serve() as serving:
        words = [
            f"Sentence number {n} of a report on the harbour at Oldhaven, told at length." for n in range(9)
        ]
        serving.pages["/1"] = Answer(article_page("Harbour report", words))
        serving.pages["/feed.xml"] = rss(
            serving.url, [{"title": "Harbour report", "link": f"{serving.url}/1"}]
        )
        yield serving


def config(folder: Path, url: str, **changes: object) -> str:
    document = {
        "output": str(folder / "news"),
        "feeds": [f"{url}/feed.xml"],
        "fetch": {"allow_private_addresses": True, "per_host_delay_s": 0},
        **changes,
    }
    path = folder / "run.yaml"
    path.write_text(json.dumps(document))
    return str(path)


def test_a_run_ends_with_a_summary_on_standard_output_and_progress_on_standard_error(
    tmp_path: Path, site
) -> None:
    done = copytaster("run", config(tmp_path, site.url))
    assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr
    assert "1 feed polled, 1 page fetched" in done.stderr
    assert "1 story and 0 copies filed from 1 feed" in done.stdout
    assert f"dataset   {tmp_path}/news" in done.stdout
    query = subprocess.run(
        done.stdout.splitlines()[-1], shell=True, capture_output=True, text=True, check=True
    )
    assert "stories" in query.stdout


def test_json_is_the_manifest_and_the_only_thing_on_standard_output(tmp_path: Path, site) -> None:
    done = copytaster("run", config(tmp_path, site.url), "--json", "--now", "2026-03-05T06:00:00Z")
    manifest = json.loads(done.stdout)
    assert (manifest["run_id"], manifest["counts"]["articles"]) == ("r000001-20260305T060000Z", 1)
    written = tmp_path / "news/_runs" / f"{manifest['run_id']}.json"
    assert json.loads(written.read_text()) == manifest


def test_output_and_beam_options_come_from_the_command_line(tmp_path: Path, site) -> None:
    options = ["--output", str(tmp_path / "other"), "--", "--direct_num_workers=1"]
    assert copytaster("run", config(tmp_path, site.url), *options).returncode == 0
    assert (tmp_path / "other/articles").is_dir()
    assert not (tmp_path / "news").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"feedz": []}, "feedz: unknown key; did you mean 'feeds'?"),
        ({"feeds": [{"opml": "none.opml"}]}, "none.opml: cannot be read: No such file or directory"),
        ({"output": "/proc/none/news"}, "output: /proc/none/news: cannot be written: No such file"),
    ],
)
def test_an_unusable_config_exits_with_2_and_one_message_and_writes_nothing(
    tmp_path: Path, site, changes: dict[str, object], message: str
) -> None:
    path = config(tmp_path, site.url, **changes)
    before = files(tmp_path)
    done = copytaster("run", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("copytaster:")]) == 1
    assert files(tmp_path) == before
    assert site.requests == []


def test_a_missing_config_exits_with_2_and_names_it(tmp_path: Path) -> None:
    done = copytaster("run", str(tmp_path / "none.yaml"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"copytaster: {tmp_path}/none.yaml: cannot be read: No such file or directory\n"


@pytest.mark.parametrize(
    "arguments",
    [(), ("rum",), ("run",), ("run", "a.yaml", "--out", "x"), ("run", "a.yaml", "--now", "yesterday")],
)
def test_a_wrong_command_line_exits_with_2(arguments: tuple[str, ...]) -> None:
    done = copytaster(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage:" in done.stderr


def test_an_unknown_beam_option_exits_with_2(tmp_path: Path, site) -> None:
    done = copytaster("run", config(tmp_path, site.url), "--", "--direct_num_wrokers=2")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--direct_num_wrokers" in done.stderr
    assert not (tmp_path / "news").exists()


def test_a_run_that_fails_exits_with_1_and_says_why(tmp_path: Path, site) -> None:
    path = config(tmp_path, site.url)
    assert copytaster("run", path).returncode == 0
    (manifest,) = (tmp_path / "news/_runs").iterdir()
    state = tmp_path / "news/_state" / manifest.stem / "feeds.parquet"
    state.write_bytes(b"garbage")
    done = copytaster("run", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{state}: expected the table feeds as Parquet" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupted_run_says_so_and_leaves_nothing_behind(tmp_path: Path, site) -> None:
    def slow(_: dict[str, str]) -> Answer:
        time.sleep(2)
        return Answer("<p>too late</p>")

    site.pages["/1"] = slow
    command = [sys.executable, "-m", "copytaster", "run", config(tmp_path, site.url)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while "/1" not in site.paths() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert "copytaster: stopped; nothing of this run is visible" in err
    assert "Traceback" not in err
    assert files(tmp_path) == {"run.yaml", "news/_lock"}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A dataset with two runs of one partition."""
    output = tmp_path / "news"
    for number in (1, 2):
        file_run(output, number, {folder_of("articles"): [story(number)]})
    return output


def test_verify_exits_with_0_and_a_summary_if_nothing_is_wrong(dataset: Path) -> None:
    done = copytaster("verify", str(dataset))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{dataset}: no findings in 2 rows, 2 files, 2 runs\n"


def test_verify_exits_with_1_and_a_line_for_each_finding(dataset: Path) -> None:
    stray = dataset / folder_of("articles") / "mine.parquet"
    stray.touch()
    (dataset / "notes.txt").touch()
    done = copytaster("verify", str(dataset))
    assert (done.returncode, done.stderr) == (1, "")
    *findings, summary = done.stdout.splitlines()
    assert [line.split(":")[0] for line in findings] == [f"{folder_of('articles')}/mine.parquet", "notes.txt"]
    assert summary == f"{dataset}: 2 findings in 2 rows, 2 files, 2 runs"


def test_verify_prints_json_and_nothing_else(dataset: Path) -> None:
    (dataset / "notes.txt").touch()
    done = copytaster("verify", str(dataset), "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert (report["rows"], report["findings"][0]["where"], report["notes"]) == (2, "notes.txt", [])


def test_compact_merges_and_reports_it_and_then_has_nothing_to_do(dataset: Path) -> None:
    done = copytaster("compact", str(dataset))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(": 2 files with 2 rows merged into 1\n")
    assert copytaster("compact", str(dataset)).stdout == f"{dataset}: nothing to merge\n"


def test_compact_accepts_an_age_and_prints_its_manifest(dataset: Path) -> None:
    unchanged = copytaster("compact", str(dataset), "--older-than", "100000", "--json")
    assert (unchanged.returncode, json.loads(unchanged.stdout)) == (0, None)
    done = copytaster("compact", str(dataset), "--older-than", "0", "--json")
    manifest = json.loads(done.stdout)
    assert json.loads((dataset / "_runs" / f"{manifest['run_id']}.json").read_text()) == manifest


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify",),
        ("verify", "none"),
        ("verify", "news", "--", "--no_such=1"),
        ("compact", "none"),
        ("compact", "news", "--older-than", "-1"),
    ],
)
def test_verify_and_compact_exit_with_2_after_a_usage_error(
    dataset: Path, arguments: tuple[str, ...]
) -> None:
    before = contents(dataset)
    done = copytaster(*arguments, cwd=dataset.parent)
    assert (done.returncode, done.stdout) == (2, "")
    assert "copytaster" in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(dataset) == before
    assert not (dataset.parent / "none").exists()


def test_compact_exits_with_1_if_a_file_cannot_be_read(dataset: Path) -> None:
    path = next(dataset.glob("articles/**/*.parquet"))
    path.write_bytes(b"garbage")
    done = copytaster("compact", str(dataset))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"copytaster: the compaction failed: {path}: expected the table articles")
    assert "Traceback" not in done.stderr


def test_an_unexpected_error_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: str) -> None:
        raise LookupError("the moon")

    monkeypatch.setattr("pipeline.maintenance.verify.examine", fail)
    assert main(["verify", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "copytaster: the check failed: LookupError: the moon\n"


THREADS = """
import os, sys, time
import pipeline.run.batch, pipeline.maintenance.verify, pipeline.maintenance.compact
from pipeline.cli.main import main
before = len(os.listdir("/proc/self/task"))
for number in range(2):
    assert main(["run", sys.argv[1], "--now", f"2026-03-05T0{number}:00:00Z"]) == 0
assert main(["verify", sys.argv[2]]) == 0
assert main(["compact", sys.argv[2]]) == 0
end = time.monotonic() + 10  # Python's own threads may take a moment to end; those of pyarrow never end.
while len(os.listdir("/proc/self/task")) > before and time.monotonic() < end:
    time.sleep(0.1)
sys.exit(f"{len(os.listdir('/proc/self/task')) - before} threads are left")
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts the threads of a process on Linux")
def test_no_thread_is_left_that_could_abort_the_interpreter_at_exit(tmp_path: Path, site) -> None:
    command = [sys.executable, "-c", THREADS, config(tmp_path, site.url), str(tmp_path / "news")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == "0 threads are left"
