"""The charset of a page, as its server and the page declare it."""

from __future__ import annotations

import pytest

from transforms.extract.page import decode_page


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-16", "utf-8-sig"])
def test_a_page_is_decoded_by_its_servers_charset_or_its_byte_order_mark(encoding: str) -> None:
    text = "Паром снова вышел в море"
    assert decode_page(text.encode(encoding), None if "utf" in encoding else encoding) == text


def test_utf_8_is_recognised_even_if_server_and_page_declare_another_charset() -> None:
    body = '<meta charset="windows-1252"><p>Fähre – wieder</p>'
    assert decode_page(body.encode(), "iso-8859-1") == body


def test_the_pages_own_charset_is_used_if_the_server_declares_none() -> None:
    body = '<meta charset="shift_jis"><p>渡し船が再開</p>'
    assert decode_page(body.encode("shift_jis"), None) == body
    assert decode_page("渡し船".encode("iso-2022-jp"), "iso-2022-jp") == "渡し船"
