"""Two texts beside each other: each sentence appears once, in order, with its change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.articles import article
from tests.support.copies_samples import CHINESE, REWRITTEN, WIRE
from transforms.copies import signature
from transforms.copies.diff import Change, kept, passages

ONE = "The ferry sails on Monday. Fares stay as they were.\n\nThe harbour master is pleased."

PIECES = [*ONE.split(". "), " ", "\n\n", "甲乙。"]


def changes(one: str, other: str) -> list[str]:
    return [passage.change for passage in passages(one, other)]


def side(found, name: str) -> str:
    return " ".join("".join(span.text for span in getattr(one, name)) for one in found if getattr(one, name))


def test_equal_texts_are_the_same_throughout():
    assert changes(ONE, ONE) == ["same", "same", "same"]


def test_what_was_cut_and_added_stands_on_its_side():
    found = passages(
        ONE, "The ferry sails on Monday.\n\nA brass band will play. The harbour master is pleased."
    )
    assert [passage.change for passage in found] == ["same", "cut", "added", "same"]
    assert (found[1].one[0].text, found[1].other) == ("Fares stay as they were.", ())
    assert (found[2].one, found[2].other[0].text) == ((), "A brass band will play.")


def test_of_a_reworded_sentence_the_words_that_both_have_are_marked():
    (found,) = passages("The ferry sails on Monday morning.", "The old ferry departs on Monday morning.")
    assert found.change is Change.REWORDED
    assert [(span.text, span.shared) for span in found.other] == [
        ("The ", True),
        ("old ", False),
        ("ferry ", True),
        ("departs ", False),
        ("on Monday morning.", True),
    ]


def test_a_sentence_that_is_told_elsewhere_is_moved():
    first, second = "The ferry sails on Monday at dawn.", "Engineers rebuilt the engine twice."
    assert sorted(changes(f"{first} {second}", f"{second} {first}")) == ["moved", "moved", "same"]


def test_a_rewritten_article_is_beside_its_original_line_by_line():
    found = passages("\n\n".join(WIRE), "\n\n".join(REWRITTEN))
    assert sum(passage.change is Change.REWORDED for passage in found) > 0.7 * len(found)


def test_sentences_of_scripts_without_spaces_are_told_apart():
    found = passages(CHINESE[0], CHINESE[0])
    assert len(found) == CHINESE[0].count("。") and {one.change for one in found} == {Change.SAME}


@given(st.lists(st.sampled_from(PIECES)), st.lists(st.sampled_from(WIRE)))
def test_nothing_is_lost_or_told_twice(here, there):
    one, other = ". ".join(here), "\n\n".join(there)
    found = passages(one, other)
    assert side(found, "one").split() == one.replace("。", "。 ").split()
    assert side(found, "other").split() == other.split()


@pytest.mark.parametrize(
    ("copy", "share"), [(WIRE, 1.0), (WIRE[:4], 0.5), (["Nothing of it whatsoever."], 0.0)]
)
def test_how_much_of_a_story_was_kept(copy, share):
    assert kept(signature(article("a", WIRE)), signature(article("b", copy))) == pytest.approx(share, abs=0.1)


def test_of_a_story_without_words_nothing_is_kept():
    assert kept(signature(article("a", "")), signature(article("b", WIRE))) == 0.0
