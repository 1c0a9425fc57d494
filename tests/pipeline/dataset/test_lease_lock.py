"""The lock on an object store: a lease that its holder renews; tested on a folder through Beam."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from pathlib import Path

import pytest
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset import lock as lock_module
from pipeline.dataset.lock import LEASE_S, LeaseLock, rivals
from pipeline.errors import BusyError, RunError
from tests.support.locks import Shelf, Worker, dated, failing, locks_in, race, started, write_lease


def test_a_lock_is_dead_if_it_was_renewed_more_than_a_lease_before_ours() -> None:
    locks = {"own": 1000.0, "dead": 699.9, "last moment": 700.0, "alive": 990.0, "newer": 1001.0}
    assert rivals("own", locks, 300.0) == ["alive", "last moment", "newer"]


def test_a_single_lock_has_no_rival() -> None:
    assert rivals("own", {"own": 0.0}, 300.0) == []


@given(st.dictionaries(st.text(), st.floats(0, 1e10), min_size=2), st.floats(0, 1e5))
def test_at_least_one_of_two_that_see_each_other_is_kept_off(locks: dict[str, float], lease_s: float) -> None:
    for first, second in itertools.combinations(locks, 2):
        assert second in rivals(first, locks, lease_s) or first in rivals(second, locks, lease_s)


def test_exactly_one_of_two_processes_gets_it(tmp_path: Path, pair: list[Worker]) -> None:
    for _ in range(15):
        assert race(pair, "lease", tmp_path, 60) == ["busy", "held"]
    assert locks_in(tmp_path) == []


def test_a_killed_holder_keeps_others_off_for_its_lease_and_no_longer(
    tmp_path: Path, impatient: None
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
def test_two_of_many_threads_never_hold_it_and_dead_locks_are_replaced(
    tmp_path: Path, on: str, impatient: None
) -> None:
    output = str(tmp_path) if on == "disk" else "shelf://bucket/data"
    inside: list[str] = []
    overlaps: list[list[str]] = []
    holders = []

    def work() -> None:
        for turn in range(12):
            if on == "disk":
                with contextlib.suppress(FileNotFoundError):  # Another thread has replaced it.
                    write_lease(tmp_path, f"{turn}-dead.json", LEASE_S + 60)
            lock = LeaseLock(output)
            with contextlib.suppress(BusyError):
                lock.acquire("a run")
                inside.append(lock.name)
                time.sleep(0.005)
                overlaps.append(list(inside))
                holders.append(lock.name)
                lock.check()
                inside.remove(lock.name)
                lock.release()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert holders and overlaps == [[name] for name in holders]
    assert not [name for name in locks_in(tmp_path) if "dead" not in name] and not Shelf.objects


@pytest.mark.parametrize("name", ["0.json", "z.json"])
def test_a_lock_renewed_within_the_lease_refuses_and_stays(
    tmp_path: Path, name: str, impatient: None
) -> None:
    write_lease(tmp_path, name, LEASE_S - 10)
    with pytest.raises(BusyError, match="in use by another process"):
        LeaseLock(str(tmp_path)).acquire("a run")
    assert locks_in(tmp_path) == [name]


def test_every_other_lock_gives_way_without_a_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_module, "PAUSE_S", -1)  # time.sleep would raise.
    write_lease(tmp_path, "0.json", 0)
    with pytest.raises(BusyError):
        LeaseLock(str(tmp_path)).acquire("a run")


def test_the_lock_with_the_smallest_name_waits_for_the_others_to_give_way(tmp_path: Path) -> None:
    other = write_lease(tmp_path, "z.json", 0)
    threading.Timer(0.2, other.unlink).start()
    lock = LeaseLock(str(tmp_path))
    lock.acquire("a run")
    lock.release()
    assert locks_in(tmp_path) == []


def test_a_holder_that_renews_is_never_taken_for_dead(tmp_path: Path, impatient: None) -> None:
    holder = LeaseLock(str(tmp_path), lease_s=1, renew_s=0.05)
    holder.acquire("a run")
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        with pytest.raises(BusyError):
            LeaseLock(str(tmp_path), lease_s=1).acquire("another")
    holder.check()
    holder.release()


def test_a_holder_taken_for_dead_finds_its_lock_lost_and_does_not_take_it_back(tmp_path: Path) -> None:
    asleep, successor = LeaseLock(str(tmp_path)), LeaseLock(str(tmp_path))
    asleep.acquire("a run")
    write_lease(tmp_path, asleep.name, LEASE_S + 10)
    successor.acquire("the next")
    for _ in range(2):
        with pytest.raises(RunError, match=f"{asleep.name}: deleted"):
            asleep.check()
    asleep.release()
    successor.check()
    assert locks_in(tmp_path) == [successor.name]
    successor.release()


@pytest.mark.parametrize("stands_still", [False, True])
def test_a_renewal_after_half_the_lease_loses_the_lock_whatever_the_stores_clock(
    tmp_path: Path, stands_still: bool, monkeypatch: pytest.MonkeyPatch
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


def test_a_machine_that_slept_learns_it_from_the_stores_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = LeaseLock(str(tmp_path))
    lock.acquire("a run")
    with monkeypatch.context() as patched, pytest.raises(RunError, match="renewed for 3600 s"):
        patched.setattr(FileSystems, "match", dated(lambda updated: updated + 3600))
        lock.check()
    lock.release()


def test_a_store_that_fails_for_a_moment_loses_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, impatient: None
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


def test_a_lock_that_could_not_be_taken_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, pytest.raises(BeamIOError, match="no listing"):
        patched.setattr(FileSystems, "match", failing(BeamIOError("no listing")))
        LeaseLock(str(tmp_path)).acquire("a run")
    assert locks_in(tmp_path) == []
