"""Layout tables, figures of text and text below headings."""

from __future__ import annotations

from tests.support.trees import LONG, STORY, tree
from transforms.extract.body.assemble import article_text
from transforms.extract.body.context import ExtractionHints
from transforms.extract.body.elements import text_of
from transforms.extract.body.shape import shape


def test_layout_tables_become_divisions_and_data_tables_stay() -> None:
    data = "<table><tr><th>Boats</th><td>11</td></tr></table>"
    page = tree(f"<table><tr><td><a href='/'>News</a></td><td>{STORY}{data}</td></tr></table>")
    shape(page.find("body"))
    assert [table.find(".//td").text for table in page.iter("table")] == ["11"]
    assert [part.tag for part in page.find("body").iterchildren()] == ["div"]


def test_text_directly_below_a_heading_is_a_paragraph() -> None:
    page = tree(f"<div><h1>Pier</h1>{LONG[0]} <b>No</b> more.<br>{LONG[1]}<br>{LONG[2]}</div>")
    shape(page.find("body"))
    assert text_of(page.find(".//p")) == f"{LONG[0]} No more."
    assert article_text(page, ExtractionHints()).split("\n\n")[-3:] == [f"{LONG[0]} No more.", *LONG[1:]]
