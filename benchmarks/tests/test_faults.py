"""An excerpt of benchmarks/gates/faults.py: what is killed, or done bit by bit, loses and repeats nothing."""

from __future__ import annotations

from benchmarks.gates.faults import kills, many


def test_runs_that_are_killed_are_finished_by_the_next() -> None:
    assert kills(every=200, at_random=0) == 0


def test_many_runs_file_what_one_would() -> None:
    assert many(runs=3) == 0
