"""Keys of lines and groups of blocks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from transforms.extract.body.blocks import key_of_line


@given(st.text())
def test_keys_of_lines_have_no_blanks(line: str) -> None:
    assert key_of_line(line) == "".join(key_of_line(line).split())


def test_keys_of_lines_have_no_list_mark_and_no_invisible_characters() -> None:
    assert key_of_line("- So\xadft\u200b line") == "Softline"
