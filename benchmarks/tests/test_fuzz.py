"""Documents that failed once stay fixed, and the fuzzer detects failures."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest

from benchmarks.gates.fuzz import READERS, SEEDS, assert_can_be_filed, failure, fuzz, mutated, seeds
from transforms.records import Entry

FAILED_ONCE = [pytest.param(path.parent.name, path, id=path.name) for path in sorted(SEEDS.glob("*/*"))]


@pytest.mark.parametrize("name", READERS)
def test_mutated_documents_cause_no_failure(name: str) -> None:
    results = list(fuzz(name, 5, seed=1))
    assert results
    assert [(body, error) for body, error in results if error] == []


@pytest.mark.parametrize(("name", "path"), FAILED_ONCE)
def test_a_document_that_failed_once_is_read(name: str, path: Path) -> None:
    assert failure(READERS[name], path.read_bytes()) is None


def test_the_same_seed_gives_the_same_documents() -> None:
    documents = seeds()["feeds"]
    first, second = (
        [mutated(documents, chance) for _ in range(50)] for chance in (random.Random(3), random.Random(3))
    )
    assert first == second
    assert len(set(first)) == 50


def test_a_failing_reader_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(body: bytes) -> None:
        raise ValueError(len(body))

    monkeypatch.setitem(READERS, "feeds", fails)
    assert {type(error) for _, error in fuzz("feeds", 0.2, seed=1)} == {ValueError}


def test_a_slow_reader_is_detected_even_if_it_catches_all_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    def loops(body: bytes) -> None:
        with contextlib.suppress(Exception):
            while True:
                pass

    monkeypatch.setattr("benchmarks.gates.fuzz.MAX_CPU_S", 0.1)
    assert "takes more than" in str(failure(loops, b""))


def test_lone_surrogates_are_detected() -> None:
    with pytest.raises(AssertionError):
        assert_can_be_filed(Entry("https://a.example/feed", "\ud800", (), "https://a.example/1"))
