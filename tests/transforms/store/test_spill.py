"""Articles wait in files and come back whole, in the order asked for."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.store.spill import SpillFile, load


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(values=st.lists(st.tuples(st.booleans(), st.text()), max_size=20), order=st.randoms())
def test_values_come_back_in_the_order_of_their_refs(
    tmp_path: Path, values: list[tuple[bool, str]], order
) -> None:
    files = SpillFile(str(tmp_path / "a")), SpillFile(str(tmp_path / "b"))
    refs = [(files[which].add(text), text) for which, text in values]
    for file in files:
        file.close()
    order.shuffle(refs)
    assert list(load(ref for ref, _ in refs)) == [text for _, text in refs]


def test_a_file_without_values_is_not_made(tmp_path: Path) -> None:
    SpillFile(str(tmp_path / "none")).close()
    assert not list(tmp_path.iterdir())
