"""Processes of one machine wait for each other at a host."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import time
from pathlib import Path

from tests.support.sites import Answer, Site, serve
from transforms.web.client import FetchSettings, Response, Web
from transforms.web.machine_locks import PLACES, MachineLocks

DELAY_S = 0.3
PROCESSES = multiprocessing.get_context("spawn")


def read(urls: list[str]) -> list[int]:
    """What a worker does: the statuses of pages, one after the other."""

    async def all_of_them() -> list[int]:
        async with Web(FetchSettings(per_host_delay_s=DELAY_S, allow_private_addresses=True)) as web:
            answers = [await web.get(url) for url in urls]
        return [answer.status for answer in answers if isinstance(answer, Response)]

    return asyncio.run(all_of_them())


def take_and_die(path: str) -> None:
    MachineLocks(path).take("news.example", 0.0)
    os.abort()


def noting(site: Site, spans: list[tuple[float, float]]) -> None:
    def page(_: dict[str, str]) -> Answer:
        came = time.monotonic()
        time.sleep(0.1)
        spans.append((came, time.monotonic()))
        return Answer("x")

    site.pages["/page"] = page


def test_two_processes_read_a_host_one_after_the_other_wherever_redirects_come_from() -> None:
    spans: list[tuple[float, float]] = []
    with serve() as site, serve() as one, serve() as other:
        noting(site, spans)
        for start in (one, other):
            start.pages["/away"] = Answer(status=302, headers={"Location": f"{site.url}/page"})
        with PROCESSES.Pool(2) as pool:
            work = [[f"{start.url}/away", f"{site.url}/page"] for start in (one, other)]
            assert pool.map(read, work, chunksize=1) == [[200, 200], [200, 200]]
    spans.sort()
    gaps = [later[0] - earlier[1] for earlier, later in itertools.pairwise(spans)]
    assert len(gaps) == 3
    # A span ends before its answer is sent, and the delay begins when that has come.
    assert min(gaps) >= DELAY_S


def test_the_turn_of_a_process_that_died_is_free(tmp_path: Path) -> None:
    path = str(tmp_path / "hosts")
    dying = PROCESSES.Process(target=take_and_die, args=(path,))
    dying.start()
    dying.join()
    assert dying.exitcode != 0
    assert MachineLocks(path).take("news.example", 60.0) == 0.0


def test_hosts_have_turns_of_their_own_and_the_file_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    turns = MachineLocks(str(path))
    assert turns.take("a.example", 60.0) == 0.0
    turns.leave("a.example")
    assert 59.0 < MachineLocks(str(path)).take("a.example", 60.0) <= 60.0
    assert turns.take("b.example", 60.0) == 0.0
    for number in range(500):
        turns.leave(f"{number}.example")
    assert path.stat().st_size <= 8 * PLACES
