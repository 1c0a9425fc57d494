"""Two runs never work on one dataset at a time, and a run that died keeps nobody off."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from apache_beam.io.filesystem import BeamIOError, FileMetadata
from apache_beam.io.filesystems import FileSystems
from apache_beam.io.localfilesystem import LocalFileSystem
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset import lock as lock_module
from pipeline.dataset.lock import LEASE_S, BusyError, FileLock, LeaseLock, hold, rivals
from pipeline.errors import RunError

# Takes a lock when it is told to, says what came of it, and keeps it until it is told otherwise.
WORKER = """
import multiprocessing, subprocess, sys, time
from pipeline.dataset import lock
lock.PAUSE_S = 0.1
context = multiprocessing.get_context("forkserver")
held = None
print("ready", flush=True)
for line in sys.stdin:
    command, *values = line.split()
    answer = "done"
    if command in ("file", "lease"):
        output, *lease = values
        held = lock.LeaseLock(output, float(lease[0]), 0.1) if lease else lock.FileLock(output)
        try:
            held.acquire("a run")
            answer = "held"
        except lock.BusyError:
            held, answer = None, "busy"
    elif command == "release" and held:
        held.release()
        held = None
    elif command == "children":
        extractor = context.Process(target=time.sleep, args=(60,))
        extractor.start()
        answer = f"{extractor.pid} {subprocess.Popen(['sleep', '60'], close_fds=False).pid}"
    print(answer, flush=True)
"""


class Worker:
    """A process of its own that takes locks."""

    def __init__(self) -> None:
        command = [sys.executable, "-W", "ignore", "-c", WORKER]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def tell(self, *command: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(" ".join(map(str, command)) + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def ask(self, *command: object) -> str:
        self.tell(*command)
        return self.answer()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def started(count: int) -> Iterator[list[Worker]]:
    workers = [Worker() for _ in range(count)]
    try:
        assert [worker.answer() for worker in workers] == ["ready"] * count
        yield workers
    finally:
        for worker in workers:
            worker.kill()


@pytest.fixture(scope="module")
def pair() -> Iterator[list[Worker]]:
    with started(2) as workers:
        yield workers


def race(pair: list[Worker], *command: object) -> list[str]:
    """What came of telling both at once, sorted."""
    for worker in pair:
        worker.tell(*command)
    answers = sorted(worker.answer() for worker in pair)
    for worker in pair:
        worker.ask("release")
    return answers


class Shelf(LocalFileSystem):
    """An object store: what was written shows up when it is closed, dated to the second."""

    objects: ClassVar[dict[str, tuple[bytes, float]]] = {}

    @classmethod
    def scheme(cls) -> str:
        return "shelf"

    def has_dirs(self) -> bool:
        return False

    def create(self, path: str, *_: object, **__: object) -> io.BytesIO:
        class Upload(io.BytesIO):
            def close(self) -> None:
                Shelf.objects[path] = self.getvalue(), float(int(time.time()))
                super().close()

        return Upload()

    def open(self, path: str, *_: object, **__: object) -> io.BytesIO:
        return io.BytesIO(self.objects[path][0])

    def _list(self, prefix: str) -> Iterator[FileMetadata]:
        for path, (content, updated) in sorted(self.objects.items()):
            if path.startswith(prefix):
                yield FileMetadata(path, len(content), updated)

    def delete(self, paths: list[str]) -> None:
        for path in paths:
            del self.objects[path]


@pytest.fixture(params=["disk", "store"])
def output(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A dataset that does not exist yet: on a disk, in an object store."""
    yield str(tmp_path / "new" / "data") if request.param == "disk" else "shelf://bucket/data"
    Shelf.objects.clear()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_module, "PAUSE_S", 0.02)


def locks_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("_locks/*"))


def left(folder: Path, name: str, seconds_ago: float) -> Path:
    """A lock that somebody renewed for the last time a while ago."""
    path = folder / "_locks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("{}")
    os.utime(path, (time.time() - seconds_ago,) * 2)
    return path


def test_a_second_run_is_told_in_one_sentence_who_works_on_the_dataset(output: str, impatient: None) -> None:
    with hold(output, "a compaction"), pytest.raises(RunError) as refused, hold(output, "a run"):
        pytest.fail("both hold it")
    message = str(refused.value)
    assert isinstance(refused.value, BusyError)
    assert message.startswith(
        f"{output}: in use by a compaction on {socket.gethostname()} (process {os.getpid()}) since 20"
    )
    assert message.endswith("; nothing was changed")
    assert ("wait 300 s" in message) == ("://" in output)


def test_the_dataset_is_free_again_after_a_run_however_it_ended(output: str) -> None:
    with contextlib.suppress(KeyboardInterrupt), hold(output, "a run"):
        raise KeyboardInterrupt
    with hold(output, "a run") as lock:
        lock.check()
    with hold(output, "a run"):
        pass


def test_who_is_refused_leaves_the_holder_its_lock(output: str, impatient: None) -> None:
    with hold(output, "a run") as lock:
        for _ in range(2):
            with pytest.raises(BusyError), hold(output, "another"):
                pytest.fail("both hold it")
        lock.check()


class TestFile:
    """On a local disk."""

    def test_the_file_stays_and_names_the_holder_while_there_is_one(self, tmp_path: Path) -> None:
        with hold(str(tmp_path), "a run"):
            holder = json.loads((tmp_path / "_lock").read_text())
        assert (holder["purpose"], holder["pid"]) == ("a run", os.getpid())
        assert [path.name for path in tmp_path.iterdir()] == ["_lock"]
        assert (tmp_path / "_lock").read_text() == ""

    def test_of_two_processes_exactly_one_gets_it(self, tmp_path: Path, pair: list[Worker]) -> None:
        for _ in range(20):
            assert race(pair, "file", tmp_path) == ["busy", "held"]

    def test_a_killed_holder_frees_it_at_once_though_its_children_live(self, tmp_path: Path) -> None:
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
    def test_a_holder_that_has_not_said_who_it_is_keeps_others_off_too(
        self, tmp_path: Path, content: str
    ) -> None:
        with hold(str(tmp_path), "a run"):
            (tmp_path / "_lock").write_text(content)
            with pytest.raises(BusyError, match="in use by another process; nothing was changed"):
                FileLock(str(tmp_path)).acquire("a run")

    @pytest.mark.parametrize("replace", [False, True])
    def test_the_loss_of_the_file_is_found_before_the_commit(self, tmp_path: Path, replace: bool) -> None:
        with hold(str(tmp_path), "a run") as lock:
            lock.check()
            (tmp_path / "_lock").unlink()
            if replace:
                (tmp_path / "_lock").touch()
            with pytest.raises(RunError, match="_lock: deleted while it was held"):
                lock.check()

    def test_an_output_that_cannot_be_written_is_an_error_of_the_system(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(NotADirectoryError), hold(str(tmp_path / "file" / "data"), "a run"):
            pytest.fail("nothing is held")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root writes into any folder")
    def test_a_read_only_folder_is_an_error_of_the_system(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(PermissionError), hold(str(tmp_path), "a run"):
            pytest.fail("nothing is held")

    @pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
    def test_a_filesystem_without_flock_is_locked_as_an_object_store_is(
        self, tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch, impatient: None
    ) -> None:
        monkeypatch.setattr(fcntl, "flock", failing(OSError(number, "no flock here")))
        with hold(str(tmp_path), "a run"):
            assert len(locks_in(tmp_path)) == 1
            with pytest.raises(BusyError), hold(str(tmp_path), "a run"):
                pytest.fail("both hold it")
        assert locks_in(tmp_path) == []

    def test_any_other_failure_of_flock_is_told_and_leaves_no_file_open(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fcntl, "flock", failing(OSError(errno.EIO, "the disk fails")))
        before = len(list(Path("/proc/self/fd").iterdir()))
        with pytest.raises(OSError, match="the disk fails"):
            FileLock(str(tmp_path)).acquire("a run")
        assert len(list(Path("/proc/self/fd").iterdir())) == before


class TestRivals:
    """Which locks count, by their times alone."""

    def test_a_lock_is_dead_when_it_was_renewed_more_than_a_lease_before_our_own(self) -> None:
        locks = {"own": 1000.0, "dead": 699.9, "last moment": 700.0, "alive": 990.0, "newer": 1001.0}
        assert rivals("own", locks, 300.0) == ["alive", "last moment", "newer"]

    def test_alone_there_is_no_rival(self) -> None:
        assert rivals("own", {"own": 0.0}, 300.0) == []

    @given(st.dictionaries(st.text(), st.floats(0, 1e10), min_size=2), st.floats(0, 1e5))
    def test_of_two_that_see_each_other_at_least_one_is_kept_off(
        self, locks: dict[str, float], lease_s: float
    ) -> None:
        for one, other in itertools.combinations(locks, 2):
            assert other in rivals(one, locks, lease_s) or one in rivals(other, locks, lease_s)


class TestLease:
    """What an object store gets, here on a folder through Beam's filesystems."""

    def test_of_two_processes_exactly_one_gets_it(self, tmp_path: Path, pair: list[Worker]) -> None:
        for _ in range(15):
            assert race(pair, "lease", tmp_path, 60) == ["busy", "held"]
        assert locks_in(tmp_path) == []

    def test_a_killed_holder_keeps_others_off_for_its_lease_and_no_longer(
        self, tmp_path: Path, impatient: None
    ) -> None:
        with started(1) as (worker,):
            assert worker.ask("lease", tmp_path, 1) == "held"
            worker.kill()
        with pytest.raises(BusyError):
            LeaseLock(str(tmp_path), lease_s=60).acquire("a run")
        time.sleep(1.1)
        lock = LeaseLock(str(tmp_path), lease_s=1)
        lock.acquire("a run")
        assert locks_in(tmp_path) == [lock.name]
        lock.release()

    @pytest.mark.parametrize("on", ["disk", "store"])
    def test_of_many_threads_never_two_hold_it_and_the_dead_are_taken_over(
        self, tmp_path: Path, on: str, impatient: None
    ) -> None:
        output = str(tmp_path) if on == "disk" else "shelf://bucket/data"
        inside: list[str] = []
        met: list[list[str]] = []
        held = []

        def work() -> None:
            for turn in range(12):
                if on == "disk":
                    with contextlib.suppress(FileNotFoundError):  # Another thread has taken it over.
                        left(tmp_path, f"{turn}-dead.json", LEASE_S + 60)
                lock = LeaseLock(output)
                with contextlib.suppress(BusyError):
                    lock.acquire("a run")
                    inside.append(lock.name)
                    time.sleep(0.005)
                    met.append(list(inside))
                    held.append(lock.name)
                    lock.check()
                    inside.remove(lock.name)
                    lock.release()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert held and met == [[name] for name in held]
        assert not [name for name in locks_in(tmp_path) if "dead" not in name] and not Shelf.objects

    @pytest.mark.parametrize("name", ["0.json", "z.json"])
    def test_a_lock_renewed_within_the_lease_refuses_and_stays(
        self, tmp_path: Path, name: str, impatient: None
    ) -> None:
        left(tmp_path, name, LEASE_S - 10)
        with pytest.raises(BusyError, match="in use by another process"):
            LeaseLock(str(tmp_path)).acquire("a run")
        assert locks_in(tmp_path) == [name]

    def test_any_other_gives_way_without_a_pause(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lock_module, "PAUSE_S", -1)  # No time to sleep: an error.
        left(tmp_path, "0.json", 0)
        with pytest.raises(BusyError):
            LeaseLock(str(tmp_path)).acquire("a run")

    def test_who_has_the_smallest_name_waits_for_the_others_to_give_way(self, tmp_path: Path) -> None:
        other = left(tmp_path, "z.json", 0)
        threading.Timer(0.2, other.unlink).start()
        lock = LeaseLock(str(tmp_path))
        lock.acquire("a run")
        lock.release()
        assert locks_in(tmp_path) == []

    def test_a_holder_that_renews_is_never_taken_for_dead(self, tmp_path: Path, impatient: None) -> None:
        holder = LeaseLock(str(tmp_path), lease_s=1, renew_s=0.05)
        holder.acquire("a run")
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            with pytest.raises(BusyError):
                LeaseLock(str(tmp_path), lease_s=1).acquire("another")
        holder.check()
        holder.release()

    def test_who_was_taken_for_dead_finds_its_lock_lost_and_does_not_take_it_back(
        self, tmp_path: Path
    ) -> None:
        asleep, next_one = LeaseLock(str(tmp_path)), LeaseLock(str(tmp_path))
        asleep.acquire("a run")
        left(tmp_path, asleep.name, LEASE_S + 10)
        next_one.acquire("the next")
        for _ in range(2):
            with pytest.raises(RunError, match=f"{asleep.name}: deleted"):
                asleep.check()
        asleep.release()
        next_one.check()
        assert locks_in(tmp_path) == [next_one.name]
        next_one.release()

    @pytest.mark.parametrize("stands_still", [False, True])
    def test_a_renewal_later_than_half_the_lease_is_a_loss_for_good_whatever_the_clock_of_the_store(
        self, tmp_path: Path, stands_still: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(FileSystems, "match", dated(lambda updated: 7.0 if stands_still else updated))
        lock = LeaseLock(str(tmp_path), lease_s=1, renew_s=60)
        lock.acquire("a run")
        time.sleep(0.6)
        for _ in range(2):
            with pytest.raises(RunError, match="its lock was lost, it could not be renewed for 1 s"):
                lock.check()
        lock.release()
        assert locks_in(tmp_path) == []

    def test_a_machine_that_slept_is_told_by_the_clock_of_the_store(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lock = LeaseLock(str(tmp_path))
        lock.acquire("a run")
        with monkeypatch.context() as patched, pytest.raises(RunError, match="renewed for 3600 s"):
            patched.setattr(FileSystems, "match", dated(lambda updated: updated + 3600))
            lock.check()
        lock.release()

    def test_a_store_that_fails_for_a_moment_loses_no_lock(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, impatient: None
    ) -> None:
        lock = LeaseLock(str(tmp_path), renew_s=0.01)
        lock.acquire("a run")
        with monkeypatch.context() as patched:
            patched.setattr(FileSystems, "create", failing(BeamIOError("no answer")))
            time.sleep(0.1)
            with pytest.raises(BeamIOError, match="no answer"):
                lock.check()
        lock.check()
        renewed = (tmp_path / "_locks" / lock.name).stat().st_mtime_ns
        time.sleep(0.2)
        assert (tmp_path / "_locks" / lock.name).stat().st_mtime_ns > renewed
        lock.release()

    def test_a_lock_that_could_not_be_taken_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched, pytest.raises(BeamIOError, match="no listing"):
            patched.setattr(FileSystems, "match", failing(BeamIOError("no listing")))
            LeaseLock(str(tmp_path)).acquire("a run")
        assert locks_in(tmp_path) == []


def dated(change: Callable[[float], float]) -> Callable[[list[str]], Any]:
    """FileSystems.match of a store with a clock of its own."""
    match = FileSystems.match

    def changed(patterns: list[str]) -> Any:
        results = match(patterns)
        for item in results[0].metadata_list:
            item.last_updated_in_seconds = change(item.last_updated_in_seconds)
        return results

    return changed


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def state_of(pid: int) -> str:
    """What a process does; Z or X where it is dead."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
