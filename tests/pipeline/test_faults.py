"""An excerpt of benchmarks/faults.py: what is killed, or started twice, loses nothing and repeats nothing."""

from __future__ import annotations

from benchmarks.faults import kills, many, races


def test_runs_that_are_killed_are_finished_by_the_next() -> None:
    assert kills(every=17, at_random=1) == 0


def test_of_two_runs_at_once_one_works() -> None:
    assert races(rounds=2) == 0


def test_many_runs_file_what_one_would() -> None:
    assert many(runs=4) == 0
