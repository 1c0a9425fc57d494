"""The order of the passes, and what each has to be."""

from __future__ import annotations

from tests.support.trees import LONG, STORY, blocks
from transforms.extract.body.context import ExtractionHints, PageContext
from transforms.extract.body.passes import PASSES, Stage, run_passes


def test_the_passes_of_a_stage_follow_each_other() -> None:
    stages = [staged.stage for staged in PASSES]
    assert stages == sorted(stages, key=list(Stage).index)


def test_each_pass_has_a_name_and_a_line_that_describes_it() -> None:
    names = [staged.run.__name__ for staged in PASSES]
    assert len(names) == len(set(names))
    assert all((staged.run.__doc__ or "").split("\n")[0].endswith(".") for staged in PASSES)


def test_passes_leave_the_story_of_a_page_as_it_is() -> None:
    page = PageContext(blocks=blocks(f"<main>{STORY}</main>"))
    for stage in Stage:
        assert run_passes(stage, LONG, page) == list(LONG)


def test_passes_of_a_stage_use_the_lines_of_those_before() -> None:
    page = PageContext(hints=ExtractionHints(["Old pier to be sold"]), authors=["Ann Keeper"])
    lines = ["Old pier to be sold", "Read more", *LONG, "Advertisement", "Read more"]
    text = run_passes(Stage.TEXT, lines, page)
    assert text == ["Old pier to be sold", *LONG]
    assert run_passes(Stage.STORY, text, page) == list(LONG)
