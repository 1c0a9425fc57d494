"""Words and sizes of elements."""

from __future__ import annotations

import lxml.html
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.trees import tree
from transforms.extract.body.elements import Sizes, words_of


def test_names_of_classes_are_read_word_by_word() -> None:
    element = lxml.html.fromstring("<div class='articleImage-wide hasCaption' id='lead_2'>x</div>")
    assert words_of(element) == {"article", "image", "wide", "has", "caption", "lead"}


@given(st.recursive(st.text("ab \n", max_size=5), lambda inner: st.lists(inner, max_size=4), max_leaves=12))
@settings(max_examples=60, deadline=None)
def test_sizes_are_those_of_the_tree_whatever_is_dropped(shape: object) -> None:
    def html_of(value: object) -> str:
        if isinstance(value, str):
            return f"<a>{value}</a>" if value.startswith("a") else f"<span>{value}</span>"
        return "<div>" + "".join(map(html_of, value)) + "</div>" if isinstance(value, list) else ""

    body = tree(html_of(shape) + "<p>end</p>").find("body")
    sizes = Sizes(body)
    for element in sizes.elements[1::3]:
        sizes.drop(element)
    fresh = Sizes(body)
    assert {e: sizes.text[e] for e in fresh.elements} == {e: fresh.text[e] for e in fresh.elements}
    assert {e: sizes.links[e] for e in fresh.elements} == {e: fresh.links[e] for e in fresh.elements}
