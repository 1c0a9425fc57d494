"""Streaming jobs: each article is filed once, even if the job is stopped or killed."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from apache_beam.portability.api import beam_job_api_pb2 as job_api
from apache_beam.runners.portability.job_server import ExternalJobServer

from pipeline.cli.main import main
from pipeline.errors import ConfigError
from pipeline.maintenance.verify import verify
from pipeline.run.stream import Stop, streaming_options
from tests.support.newsroom import Newsroom, newsroom
from tests.support.runs import rows
from tests.support.sites import Answer
from tests.support.workers import free_port, worker_pool

PRISM = shutil.which("prism", path=str(Path(sys.executable).parent)) or shutil.which("prism")
MODES = [
    pytest.param((), marks=pytest.mark.skipif(not PRISM, reason="`make prism` was not run"), id="prism"),
    pytest.param(("--micro-batch",), id="micro-batch"),
]


@pytest.fixture
def room(tmp_path: Path):
    with newsroom(tmp_path) as opened:
        yield opened


@contextlib.contextmanager
def streaming(room: Newsroom, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "copytaster", "stream", str(room.config), "--every", "1", *arguments]
    job = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield job
    finally:
        job.kill()
        job.communicate()


def filed(room: Newsroom) -> Counter[str]:
    output = room.config.parent / "news"
    if not (output / "_runs").exists():
        return Counter()
    return Counter(row["url"] for table in ("articles", "copies") for row in rows(output, table))


def until(ready: Callable[[], bool], job: subprocess.Popen[str], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert job.poll() is None, job.communicate()
        assert time.monotonic() < end, "it was not filed in time"
        time.sleep(0.2)


def stopped(job: subprocess.Popen[str]) -> tuple[int, str, str]:
    job.send_signal(signal.SIGTERM)
    out, err = job.communicate(timeout=60)
    return job.returncode, out, err


def hold_back(room: Newsroom, path: str) -> threading.Event:
    """Make a page of the wire's site wait until the returned event is set."""
    release = threading.Event()
    page = room.sites[0].pages[path]
    assert isinstance(page, Answer)

    def slow(_: dict[str, str]) -> Answer:
        release.wait(30)
        return page

    room.sites[0].pages[path] = slow
    return release


def check_dataset(room: Newsroom) -> None:
    """Assert that each article was filed once, and each copy under its story."""
    output = room.config.parent / "news"
    assert filed(room) == Counter(room.urls)
    ids = {row["title"].split()[-1]: row["article_id"] for row in rows(output, "articles")}
    for copy in rows(output, "copies"):
        assert copy["story_id"] == ids[copy["title"].split()[-1]]
    assert len(ids) == room.published
    assert verify(str(output)) == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.slow
def test_articles_published_while_it_runs_are_filed_once_and_sigterm_ends_it_cleanly(
    room: Newsroom, mode: tuple[str, ...]
) -> None:
    room.publish(3, copies=1)
    with streaming(room, *mode) as job:
        until(lambda: len(filed(room)) == 4, job)
        room.publish(2, copies=2)
        until(lambda: len(filed(room)) == 8, job)
        status, out, err = stopped(job)
    assert (status, "Traceback" in err) == (0, False), err
    assert out.count("filed\n") >= 2
    check_dataset(room)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.slow
def test_a_job_that_is_killed_and_restarted_files_the_entries_it_had_in_flight(
    room: Newsroom, mode: tuple[str, ...]
) -> None:
    room.publish(4, copies=1)
    release = hold_back(room, "/3")
    with streaming(room, *mode) as job:
        until(lambda: "/3" in room.sites[0].paths(), job)
        job.kill()
    release.set()
    room.publish(1, copies=1)
    with streaming(room, *mode, "--json") as job:
        until(lambda: len(filed(room)) == 7, job)
        _, out, _ = stopped(job)
    counts = [json.loads(line)["counts"] for line in out.splitlines()]
    assert sum(count["articles"] + count["copies"] for count in counts) <= len(room.urls)
    check_dataset(room)


@pytest.mark.skipif(not PRISM, reason="`make prism` was not run")
def test_entries_in_flight_come_again_even_if_their_feed_is_unchanged(
    room: Newsroom,
) -> None:
    room.publish(4)
    release = hold_back(room, "/3")
    with streaming(room) as job:
        until(lambda: len(filed(room)) == 3, job)
        job.kill()
    release.set()
    with streaming(room) as job:
        until(lambda: len(filed(room)) == 4, job)
        stopped(job)
    check_dataset(room)


@pytest.mark.skipif(not PRISM, reason="`make prism` was not run")
def test_a_site_that_does_not_answer_does_not_delay_others(room: Newsroom) -> None:
    wire, paper = room.sites
    over = threading.Event()

    def hang(_: dict[str, str]) -> Answer:
        over.wait(60)
        return Answer(b"", status=503)

    room.publish(2, copies=2)
    page = f"{wire.url}/feed.xml"
    feed, wire.pages["/feed.xml"] = wire.pages["/feed.xml"], hang
    with streaming(room) as job:
        until(lambda: len(filed(room)) == 2, job)
        assert all(url.startswith(paper.url) for url in filed(room))
        wire.pages["/feed.xml"] = feed
        over.set()
        until(lambda: len(filed(room)) == 4, job)
        stopped(job)
    assert page in {f"{wire.url}{path}" for path in wire.paths()}


@pytest.mark.skipif(not PRISM, reason="`make prism` was not run")
def test_a_second_job_claims_the_dataset_and_the_first_one_ends(room: Newsroom) -> None:
    room.publish(2)
    with streaming(room) as first:
        until(lambda: len(filed(room)) == 2, first)
        with streaming(room) as second:
            _, err = first.communicate(timeout=60)
            assert (first.returncode, "another streaming job has claimed the dataset" in err) == (1, True), (
                err
            )
            room.publish(1)
            until(lambda: len(filed(room)) == 3, second)
            stopped(second)
    check_dataset(room)


@contextlib.contextmanager
def job_server() -> Iterator[str]:
    """Yield the endpoint of a job server, which outlives the launchers of its jobs."""
    port = free_port()
    command = [str(PRISM), f"--job_port={port}", "--serve_http=false"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"localhost:{port}"
    finally:
        server.kill()
        server.wait()


@pytest.mark.skipif(not PRISM, reason="`make prism` was not run")
def test_the_next_job_cancels_a_job_whose_launcher_was_killed(room: Newsroom) -> None:
    room.publish(2)
    with job_server() as endpoint, worker_pool() as pool:
        workers = ("--environment_type=EXTERNAL", f"--environment_config={pool}")
        arguments = ("--", "--runner=PortableRunner", f"--job_endpoint={endpoint}", *workers)
        with streaming(room, *arguments) as first:
            until(lambda: len(filed(room)) == 2, first)
        room.publish(1)
        with streaming(room, *arguments) as second:
            until(lambda: len(filed(room)) == 3, second)
            service = ExternalJobServer(endpoint, timeout=10).start()
            jobs = service.GetJobs(job_api.GetJobsRequest()).job_info
            states = [job_api.JobState.Enum.Name(job.state) for job in jobs]
            # Prism may have forgotten the cancelled job; it must not have failed.
            assert states.count("RUNNING") == 1 and set(states) <= {"CANCELLED", "RUNNING"}
            stopped(second)
    check_dataset(room)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--runner=SparkRunner"], "no state in streaming"),
        (["--runner=DirectRunner"], "fires all timers at once"),
        (["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"], "fires all timers at once"),
    ],
)
def test_a_runner_that_cannot_stream_is_refused_and_alternatives_are_named(
    options: list[str], reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason) as error:
        streaming_options(options)
    assert "PrismRunner" in str(error.value) and "--micro-batch" in str(error.value)


def test_without_prism_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(ConfigError, match=r"make prism.*--micro-batch"):
        streaming_options([])
    assert streaming_options(["--runner=PrismRunner", "--prism_location=/opt/prism"])


def test_a_cluster_behind_a_job_server_is_not_refused_in_advance() -> None:
    options = streaming_options(["--runner=PortableRunner", "--job_endpoint=localhost:1"])
    assert options.get_all_options()["streaming"] is True


@pytest.mark.parametrize("interval", ["0", "-1", "fast", "86401"])
def test_an_invalid_interval_is_a_wrong_command_line(
    interval: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["stream", "run.yaml", "--every", interval])
    assert ended.value.code == 2
    assert "expected a number of seconds from 1 to 86400" in capsys.readouterr().err


def test_a_second_signal_acts_as_usual() -> None:
    # A shell without job control makes its background processes ignore SIGINT.
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with Stop() as stop:
            signal.raise_signal(signal.SIGINT)
            assert stop.is_set()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, inherited)
