"""Whole pages: decoding, parsing, odd beginnings, and time that grows with their size."""

from __future__ import annotations

import time

import pytest

from tests.support.extraction import NOW
from tests.support.trees import LONG, STORY
from transforms.extract.page import read_page


@pytest.mark.parametrize(
    "story",
    [
        "Two people were taken to hospital after their van hit a lorry on the coast road on Friday morning.",
        "青石镇政府周二宣布，镇上唯一的渡口将于下月关闭，取而代之的是一座全长八百米的新桥。新桥历时三年建成，总投资约两亿元，双向四车道，两侧设有人行道。",
    ],
)
def test_the_text_of_a_brief_has_no_furniture(story: str) -> None:
    others = "<div><a href='/1'>Ferry strike to begin</a><br><a href='/2'>Library opens on Sundays</a></div>"
    _, text = read_page(f"<html><body><h1>Today</h1><p>{story}</p>{others}</body></html>".encode(), None, NOW)
    assert text.removeprefix("Today\n\n") == story


def test_a_page_that_is_all_cards_keeps_its_text() -> None:
    cards = "".join(
        f"<div><h3><a href='/{n}'>Boat {n} sails</a></h3><p>{LONG[n % 3]}</p></div>" for n in range(9)
    )
    _, text = read_page(f"<html><body><main><h1>Today</h1>{cards}</main></body></html>".encode(), None, NOW)
    assert all(line in text for line in LONG)


@pytest.mark.parametrize("before", ["", "\ufeff", "<!-- made by hand -->\n", "<br>\n<b>Warning</b>: x\n"])
@pytest.mark.parametrize("root", ["<!DOCTYPE html><html>", "<?xml version='1.0'?><html>", ""])
def test_a_page_is_read_whole_whatever_precedes_it(before: str, root: str) -> None:
    head = "<title>Pier - Gazette</title><meta name='author' content='Ann Lee'>"
    metadata, text = read_page(f"{before}{root}<head>{head}</head><body>{STORY}</body>".encode(), None, NOW)
    assert text.endswith("\n\n".join(LONG))
    assert (metadata.headlines[0], metadata.authors) == ("Pier - Gazette", ("Ann Lee",))


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(f"<html lang='{'<!--' * 60_000}'><body>{STORY}</body></html>", id="libxml2 writes it"),
        pytest.param(f"<meta name='description' content='{'<' * 200_000}'><body>{STORY}</body>", id="read"),
        pytest.param(f"<body>{STORY}<nav>x</nav><aside>{'<a></a>' * 60_000}</aside></body>", id="dropped"),
        pytest.param(f"<body>{STORY}{'<p>x<div><img>y</div>' * 9_000}</body>", id="boxes among paragraphs"),
    ],
)
def test_pages_on_which_libraries_take_quadratic_time_are_fast(page: str) -> None:
    started = time.process_time()
    _, text = read_page(page.encode(), None, NOW)
    assert text.split("\n\n") == list(LONG)
    assert time.process_time() - started < 5


def test_a_doctype_without_an_end_is_not_searched() -> None:
    started = time.process_time()
    assert read_page(f"<!DOCTYPE {'/' * 100_000}".encode(), None, NOW)[1] == ""
    assert time.process_time() - started < 5


def test_half_a_character_in_a_byline_is_left_out() -> None:
    head = '<meta name="author" content="Tobias \\ud800Marek">'
    metadata, _ = read_page(f"<html><head>{head}</head><body>{STORY}</body></html>".encode(), None, NOW)
    assert metadata.authors == ("Tobias Marek",)


def test_the_largest_paragraph_group_is_the_text_of_a_page_with_too_many_elements() -> None:
    started = time.process_time()
    _, text = read_page(
        f"<html><body><main>{STORY}</main>{'<b><i>x</i></b>' * 40_000}</body></html>".encode(), None, NOW
    )
    assert text.split("\n\n") == list(LONG)
    assert time.process_time() - started < 20
