"""Lines outside of the frame go, missed paragraphs and headings return."""

from __future__ import annotations

from tests.support.trees import LONG, STORY, blocks
from transforms.extract.body.completion import add_headings, add_paragraphs_of_kind, keep_frame
from transforms.extract.body.context import ExtractionHints, PageContext


def test_paragraphs_of_the_same_kind_are_completed_in_their_place() -> None:
    page = blocks(f"<div class='text'>{STORY}</div><div class='side'><p>{LONG[0][::-1]}</p></div>")
    assert add_paragraphs_of_kind([LONG[0], LONG[2]], PageContext(blocks=page)) == list(LONG)


def test_lines_outside_of_the_frame_go() -> None:
    imprint = "Imprint and terms of use of this site."
    page = blocks(f"<div class='story'>{STORY}</div><div class='footer'><p>{imprint}</p></div>")
    assert keep_frame([*LONG, imprint], PageContext(blocks=page)) == list(LONG)


def test_headings_lost_between_the_lines_return() -> None:
    box = "<div class='box'><h3>{}</h3></div>"
    titles = [f"Part {name}" for name in ("one", "two")]
    parts = [box.format(title) + f"<p>{line}</p>" for title, line in zip(titles, LONG[1:], strict=True)]
    page = blocks(f"<div><p>{LONG[0]}</p>{''.join(parts)}</div>")
    assert add_headings(LONG, PageContext(blocks=page)) == [LONG[0], titles[0], LONG[1], titles[1], LONG[2]]
    alone = blocks(f"<div><p>{LONG[0]}</p>{box.format('More')}<p>{LONG[1]}</p></div>")
    assert add_headings(LONG[:2], PageContext(blocks=alone)) == list(LONG[:2])
    between = blocks(f"<div><p>{LONG[0]}</p><h3>Old pier</h3><p>{LONG[1]}</p></div>")
    assert add_headings(LONG[:2], PageContext(blocks=between)) == [LONG[0], "Old pier", LONG[1]]
    titled = PageContext(blocks=between, hints=ExtractionHints(headlines=["Old pier"]))
    assert add_headings(LONG[:2], titled) == list(LONG[:2])
