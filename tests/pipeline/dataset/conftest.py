"""Fixtures of the lock tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.dataset import lock
from tests.support.locks import Worker, started


@pytest.fixture(scope="module")
def pair() -> Iterator[list[Worker]]:
    """Two processes that take locks."""
    with started(2) as workers:
        yield workers


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries of 0.02 s."""
    monkeypatch.setattr(lock, "PAUSE_S", 0.02)
