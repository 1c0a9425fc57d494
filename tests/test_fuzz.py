"""What fuzzing found stays found, and the fuzzer itself finds what fails."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.fuzz import FOUND, READERS, fuzz, mutated, seeds

KEPT = [pytest.param(path.parent.name, path, id=path.name) for path in sorted(FOUND.glob("*/*"))]


@pytest.mark.parametrize("name", READERS)
def test_mutated_documents_end_in_what_the_step_says_of_them(name: str) -> None:
    number, failed = fuzz(name, 3, seed=random.SystemRandom().randrange(1_000_000))
    assert number > 0
    assert failed == []


@pytest.mark.parametrize(("name", "path"), KEPT)
def test_what_failed_once_fails_no_more(name: str, path: Path) -> None:
    READERS[name](path.read_bytes())


def test_the_same_seed_gives_the_same_documents() -> None:
    documents = seeds()["feeds"]
    one, other = (
        [mutated(documents, chance) for _ in range(50)] for chance in (random.Random(3), random.Random(3))
    )
    assert one == other
    assert len(set(one)) == 50


def test_a_reader_that_fails_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(body: bytes) -> None:
        raise ValueError(len(body))

    monkeypatch.setitem(READERS, "feeds", fails)
    number, failed = fuzz("feeds", 0.2, seed=1)
    assert number == len(failed) > 0
