"""The choice of a text among page, structured data and feed."""

from __future__ import annotations

from tests.support.trees import LONG
from transforms.extract.article import choose_text, shares_paragraph_or_is_empty
from transforms.records import Entry


def test_a_page_that_shows_only_the_beginning_gives_way_to_its_structured_data() -> None:
    whole = "\n\n".join(LONG * 4)
    entry = Entry("f", "e", ("k",), "https://a.example/")
    assert shares_paragraph_or_is_empty(LONG[0][:70] + " …", whole)
    assert choose_text(LONG[0], whole, entry) == ("json-ld", whole)
    assert choose_text(whole, whole + "\n\nRelated: " + LONG[0], entry)[0] == "page"
