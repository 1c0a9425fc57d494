"""The lock on a local disk: the kernel holds it, and frees it when its holder dies."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
from pathlib import Path

import pytest

from pipeline.dataset.lock import FileLock, hold
from pipeline.errors import BusyError, RunError
from tests.support.locks import Worker, failing, locks_in, race, started, state_of


def test_the_file_stays_and_names_the_holder_while_there_is_one(tmp_path: Path) -> None:
    with hold(str(tmp_path), "a run"):
        holder = json.loads((tmp_path / "_lock").read_text())
    assert (holder["purpose"], holder["pid"]) == ("a run", os.getpid())
    assert [path.name for path in tmp_path.iterdir()] == ["_lock"]
    assert (tmp_path / "_lock").read_text() == ""


def test_exactly_one_of_two_processes_gets_it(tmp_path: Path, pair: list[Worker]) -> None:
    for _ in range(20):
        assert race(pair, "file", tmp_path) == ["busy", "held"]


def test_a_killed_holder_frees_it_at_once_even_if_its_children_live(tmp_path: Path) -> None:
    with started(1) as (worker,):
        assert worker.ask("file", tmp_path) == "held"
        children = [int(pid) for pid in worker.ask("children").split()]
        with pytest.raises(BusyError, match=f"process {worker.process.pid}"):
            FileLock(str(tmp_path)).acquire("a run")
        worker.kill()
        try:
            with hold(str(tmp_path), "the next run"):
                assert not {"Z", "X"} & {state_of(pid) for pid in children}
        finally:
            for pid in children:
                os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("content", ["", "not JSON", "[]", '{"pid": 7}'])
def test_a_holder_that_has_not_written_its_name_keeps_others_off_too(tmp_path: Path, content: str) -> None:
    with hold(str(tmp_path), "a run"):
        (tmp_path / "_lock").write_text(content)
        with pytest.raises(BusyError, match="in use by another process; nothing was changed"):
            FileLock(str(tmp_path)).acquire("a run")


@pytest.mark.parametrize("replace", [False, True])
def test_the_loss_of_the_file_is_found_before_the_commit(tmp_path: Path, replace: bool) -> None:
    with hold(str(tmp_path), "a run") as lock:
        lock.check()
        (tmp_path / "_lock").unlink()
        if replace:
            (tmp_path / "_lock").touch()
        with pytest.raises(RunError, match="_lock: deleted while it was held"):
            lock.check()


def test_an_output_that_cannot_be_written_raises_the_systems_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError), hold(str(tmp_path / "file" / "data"), "a run"):
        pytest.fail("nothing is held")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into any folder")
def test_a_read_only_folder_raises_the_systems_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError), hold(str(tmp_path), "a run"):
        pytest.fail("nothing is held")


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_filesystem_without_flock_is_locked_like_an_object_store(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    monkeypatch.setattr(fcntl, "flock", failing(OSError(number, "no flock here")))
    with hold(str(tmp_path), "a run"):
        assert len(locks_in(tmp_path)) == 1
        with pytest.raises(BusyError), hold(str(tmp_path), "a run"):
            pytest.fail("both hold it")
    assert locks_in(tmp_path) == []


def test_any_other_failure_of_flock_is_raised_and_leaves_no_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", failing(OSError(errno.EIO, "the disk fails")))
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match="the disk fails"):
        FileLock(str(tmp_path)).acquire("a run")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
