"""Headlines, bylines, times and authors at the ends of a text."""

from __future__ import annotations

from tests.support.trees import LONG
from transforms.extract.body.context import ExtractionHints, PageContext
from transforms.extract.body.ends import drop_end, drop_top


def titled(*headlines: str) -> PageContext:
    return PageContext(hints=ExtractionHints(headlines))


def by(*authors: str) -> PageContext:
    return PageContext(authors=authors)


def test_headlines_bylines_and_times_above_the_first_paragraph_go() -> None:
    lines = [
        "Harbour: Old pier to be sold",
        "By A. Keeper",
        "14:05 JST, March 5, 2026",
        LONG[0],
        "Old pier to be sold",
        "Updated: 5 March 2026 at 2 p.m.",
        *LONG,
        "Old pier to be sold",
    ]
    assert drop_top(lines, titled("Old pier to be sold")) == [LONG[0], *LONG, lines[-1]]
    standfirst = "The council decided on Tuesday."
    assert drop_top([standfirst, LONG[0]], titled("Old pier")) == [standfirst, LONG[0]]
    assert drop_top(["Short", "lines"], PageContext()) == ["Short", "lines"]


def test_remarks_about_the_author_below_the_story_go() -> None:
    about = "Ann Keeper has written about the coast since 2009."
    assert drop_end([*LONG, about], by("Ann Keeper")) == list(LONG)
    assert drop_end([about, *LONG], by("Ann Keeper")) == [about, *LONG]
    assert drop_end([*LONG, about], by()) == [*LONG, about]
    asked = "Ann Keeper: And what would you tell her?"
    assert drop_end([*LONG, asked], by("Ann Keeper")) == [*LONG, asked]
