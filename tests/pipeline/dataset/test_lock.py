"""Two runs never work on one dataset at a time, whatever it is stored on."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.dataset.lock import hold
from pipeline.errors import BusyError, RunError
from tests.support.locks import Shelf


@pytest.fixture(params=["disk", "store"])
def output(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A dataset that does not exist yet: on a disk, in an object store."""
    yield str(tmp_path / "new" / "data") if request.param == "disk" else "shelf://bucket/data"
    Shelf.objects.clear()


def test_a_second_run_gets_one_sentence_that_names_the_holder(output: str, impatient: None) -> None:
    with hold(output, "a compaction"), pytest.raises(RunError) as error, hold(output, "a run"):
        pytest.fail("both hold it")
    message = str(error.value)
    assert isinstance(error.value, BusyError)
    assert message.startswith(
        f"{output}: in use by a compaction on {socket.gethostname()} (process {os.getpid()}) since 20"
    )
    assert message.endswith("; nothing was changed")
    assert ("wait 300 s" in message) == ("://" in output)


def test_the_dataset_is_free_again_after_a_run_however_it_ended(output: str) -> None:
    with contextlib.suppress(KeyboardInterrupt), hold(output, "a run"):
        raise KeyboardInterrupt
    with hold(output, "a run") as lock:
        lock.check()
    with hold(output, "a run"):
        pass


def test_a_refused_run_leaves_the_lock_to_its_holder(output: str, impatient: None) -> None:
    with hold(output, "a run") as lock:
        for _ in range(2):
            with pytest.raises(BusyError), hold(output, "another"):
                pytest.fail("both hold it")
        lock.check()
