"""Lists, verses and results at the ends of a text."""

from __future__ import annotations

from tests.support.trees import LONG, STORY, tree
from transforms.extract.body.assemble import article_text
from transforms.extract.body.context import ExtractionHints, PageContext
from transforms.extract.body.tail import trim_ends


def test_items_around_the_text_go_and_those_within_it_stay() -> None:
    assert trim_ends(["- Home", LONG[0], "- an item", LONG[1], "- Share", "Tags"], PageContext()) == [
        LONG[0],
        "- an item",
        LONG[1],
    ]


def test_lists_and_verses_below_the_last_paragraph_stay_if_they_share_its_container() -> None:
    results = "<h3>Results</h3><ul><li>Tarvik – Holm 2–1</li><li>Nordby – Osterby 0–0</li></ul>"
    text = article_text(tree(f"<main><article>{STORY}{results}</article></main>"), ExtractionHints())
    assert text.split("\n\n") == [*LONG, "Results", "- Tarvik – Holm 2–1", "- Nordby – Osterby 0–0"]
    verses = "".join(f"<p>The {name} is in<br>the rope is wet</p>" for name in ("boat", "net", "tide"))
    text = article_text(tree(f"<main><article>{STORY}{verses}</article></main>"), ExtractionHints())
    assert text.split("\n\n")[-2:] == ["The tide is in", "the rope is wet"]


def test_lines_above_a_closing_sentence_stay() -> None:
    fares = "<table><tr><td>Tarvik</td><td>8.40</td></tr></table><ul><li>Dogs: half</li></ul>"
    closing = "Children under six travel free of charge, as before."
    text = article_text(
        tree(f"<main><article>{STORY}{fares}<p>{closing}</p></article></main>"), ExtractionHints()
    )
    assert text.split("\n\n")[-3:] == ["| Tarvik | 8.40 |", "- Dogs: half", closing]


def test_a_line_in_a_script_without_stops_is_not_a_label() -> None:
    line = "การซ่อมแซมจะเริ่มในต้นเดือนหน้า"
    assert trim_ends([LONG[0], line], PageContext()) == [LONG[0], line]


def test_a_quotation_that_begins_with_a_dash_is_not_an_item() -> None:
    said = f"- {LONG[1]}"
    page = tree(f"<article>{STORY}<p>{said}</p><ul><li>Share</li><li>Print this</li></ul></article>")
    assert article_text(page, ExtractionHints()).split("\n\n") == [*LONG, said]
