"""A short excerpt of benchmarks/gates/faults.py: killed runs and many small runs lose and repeat nothing."""

from __future__ import annotations

import pytest

from benchmarks.gates.faults import kills, many


@pytest.mark.slow
def test_the_next_run_finishes_a_killed_run() -> None:
    assert kills(every=200, at_random=0) == 0


@pytest.mark.slow
def test_many_runs_file_the_same_as_one() -> None:
    assert many(runs=3) == 0
