"""Folding, and the patterns of names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.regions.names import fold, pattern_of, tidy


class TestFolding:
    @given(st.text())
    def test_keeps_the_length_so_that_a_match_is_a_span_of_the_text(self, text: str) -> None:
        assert len(fold(text)) == len(text)

    @given(st.text())
    def test_of_a_folded_text_changes_nothing(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)

    @pytest.mark.parametrize(
        ("name", "same"),
        [("São Paulo", "SAO PAULO"), ("Łódź", "lodz"), ("St. Louis", "St Louis"), ("أفغانستان", "افغانستان")],
    )
    def test_makes_spellings_of_one_name_equal(self, name: str, same: str) -> None:
        assert pattern_of(name) == pattern_of(same)

    def test_leaves_a_point_that_ends_a_sentence(self) -> None:
        assert tidy("He met the saint. Louis left.") == "He met the saint. Louis left."
