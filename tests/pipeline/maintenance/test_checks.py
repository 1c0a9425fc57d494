"""Checks of rows: hashes of ids."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.maintenance.checks import hash_strings


@given(st.lists(st.text(max_size=80), max_size=20), st.integers(0, 5))
def test_a_hash_depends_on_its_string_alone(strings: list[str], cut: int) -> None:
    column = pa.chunked_array([pa.array(strings[:cut], pa.string()), pa.array(strings, pa.string())[cut:]])
    alone = [int(hash_strings(pa.chunked_array([pa.array([text])]))[0]) for text in strings]
    assert hash_strings(column).tolist() == alone


@given(st.lists(st.text(max_size=15), unique=True, max_size=200))
def test_different_strings_have_different_hashes(strings: list[str]) -> None:
    column = pa.chunked_array([pa.array(strings, pa.string())])
    assert len(set(hash_strings(column).tolist())) == len(strings)
