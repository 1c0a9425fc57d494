"""What fuzzing found stays found, and the fuzzer itself finds what fails."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest

from benchmarks.gates.fuzz import FOUND, READERS, can_be_filed, failure, fuzz, mutated, seeds
from transforms.records import Entry

KEPT = [pytest.param(path.parent.name, path, id=path.name) for path in sorted(FOUND.glob("*/*"))]


@pytest.mark.parametrize("name", READERS)
def test_mutated_documents_end_in_what_the_step_says_of_them(name: str) -> None:
    read = list(fuzz(name, 5, seed=1))
    assert read
    assert [(body, error) for body, error in read if error] == []


@pytest.mark.parametrize(("name", "path"), KEPT)
def test_what_failed_once_fails_no_more(name: str, path: Path) -> None:
    assert failure(READERS[name], path.read_bytes()) is None


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
    assert {type(error) for _, error in fuzz("feeds", 0.2, seed=1)} == {ValueError}


def test_a_reader_that_takes_too_long_is_found_whatever_it_catches(monkeypatch: pytest.MonkeyPatch) -> None:
    def reads_on(body: bytes) -> None:
        with contextlib.suppress(Exception):
            while True:
                pass

    monkeypatch.setattr("benchmarks.gates.fuzz.LONGEST_S", 0.1)
    assert "takes more than" in str(failure(reads_on, b""))


def test_halves_of_characters_are_found() -> None:
    with pytest.raises(AssertionError):
        can_be_filed(Entry("https://a.example/feed", "\ud800", (), "https://a.example/1"))
