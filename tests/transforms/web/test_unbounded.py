"""Hosts are worked on beside the bundles: each in sequence, all side by side, none holds up another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from transforms.web.client import FetchSettings, Web
from transforms.web.unbounded import LOOK_S, MAX_UNCOLLECTED, Background, Task

SETTINGS = FetchSettings(per_host_delay_s=0, concurrency=4)


async def wait(web: Web, seconds: float) -> float:
    """A job that takes so many seconds."""
    await asyncio.sleep(seconds)
    return seconds


def until(ready: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def gathered(work: Background[Any, Any], host: str, number: int) -> list[Any]:
    found: list[Any] = []

    def all_there() -> bool:
        found.extend(result for _, result in work.collect(host))
        return len(found) >= number

    until(all_there)
    return found


def test_a_slow_host_delays_only_itself() -> None:
    work = Background(SETTINGS, wait)
    work.submit("slow.example", [Task("1", 30.0)])
    work.submit("quick.example", [Task("1", 0.0), Task("2", 0.0)])
    assert gathered(work, "quick.example", 2) == [0.0, 0.0]
    assert work.collect("slow.example") == []


def test_the_jobs_of_one_host_are_done_one_after_another_and_those_of_others_beside() -> None:
    running: list[str] = []
    most: dict[str, int] = {}

    async def count(web: Web, host: str) -> None:
        running.append(host)
        most[host] = max(most.get(host, 0), running.count(host))
        most["all"] = max(most.get("all", 0), len(running))
        await asyncio.sleep(0.05)
        running.remove(host)

    work = Background(SETTINGS, count)
    for host in ("a.example", "b.example"):
        work.submit(host, [Task(str(number), host) for number in range(4)])
    gathered(work, "a.example", 4)
    gathered(work, "b.example", 4)
    assert most == {"a.example": 1, "b.example": 1, "all": 2}


def test_no_more_hosts_are_worked_on_at_once_than_the_config_allows() -> None:
    running, most = [0], [0]

    async def count(web: Web, _: str) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        await asyncio.sleep(0.05)
        running[0] -= 1

    work = Background(SETTINGS, count)
    hosts = [f"{number}.example" for number in range(12)]
    for host in hosts:
        work.submit(host, [Task("1", host)])
    for host in hosts:
        gathered(work, host, 1)
    assert most == [SETTINGS.concurrency]


def test_a_task_is_begun_when_it_is_time_and_its_host_is_looked_at_then() -> None:
    work = Background(SETTINGS, wait)
    begin = time.time() + 1.0
    work.submit("a.example", [Task("later", 0.0, begin), Task("now", 0.0)])
    gathered(work, "a.example", 1)
    look_at = work.look_at("a.example")
    assert look_at == begin
    gathered(work, "a.example", 1)
    assert begin <= time.time() < begin + 1.0
    assert work.look_at("a.example") is None


def test_the_time_of_the_next_look_stays_until_it_has_come() -> None:
    work = Background(SETTINGS, wait)
    work.submit("a.example", [Task("1", 30.0)])
    first = work.look_at("a.example")
    work.submit("a.example", [Task("2", 30.0)])
    assert work.look_at("a.example") == first
    assert first and first <= time.time() + LOOK_S


def test_a_task_that_is_known_is_not_begun_again_until_it_was_collected() -> None:
    done: list[str] = []

    async def note(web: Web, job: str) -> str:
        done.append(job)
        return job

    work = Background(SETTINGS, note)
    for _ in range(3):
        work.submit("a.example", [Task("1", "x")])
    assert gathered(work, "a.example", 1) == ["x"]
    work.submit("a.example", [Task("1", "y")])
    assert gathered(work, "a.example", 1) == ["y"]
    assert done == ["x", "y"]


def test_results_that_nobody_collects_are_bounded_and_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    async def note(web: Web, job: int) -> int:
        done.append(job)
        return job

    work = Background(SETTINGS, note)
    work.submit("gone.example", [Task(str(number), number) for number in range(MAX_UNCOLLECTED + 9)])
    until(lambda: len(done) == MAX_UNCOLLECTED)
    time.sleep(0.1)
    assert len(done) == MAX_UNCOLLECTED
    monkeypatch.setattr("transforms.web.unbounded.UNCOLLECTED_S", 0.0)
    work.submit("here.example", [Task("1", -1)])
    assert gathered(work, "here.example", 1) == [-1]
