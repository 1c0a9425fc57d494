"""The passes over the lines of a text, in order: from an extraction to the story."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NamedTuple

from transforms.extract.body.completion import add_headings, add_paragraphs_of_kind, keep_frame
from transforms.extract.body.context import PageContext, Pass
from transforms.extract.body.ends import drop_end, drop_top
from transforms.extract.body.extraction import drop_code, retry_if_suspect
from transforms.extract.body.notices import drop_caption, drop_notices, drop_repeated_labels
from transforms.extract.body.standfirst import add_standfirst
from transforms.extract.body.tail import trim_ends
from transforms.extract.body.witness import drop_unwitnessed


class Stage(enum.Enum):
    """The lines that a pass works on."""

    PAGE = "the page's text, next to its blocks; afterwards the text is chosen among page, JSON-LD and feed"
    TEXT = "the chosen text; afterwards its byline and dateline are searched for the wire"
    STORY = "the text, of which the story remains"


class StagedPass(NamedTuple):
    """A pass and its stage."""

    stage: Stage
    run: Pass


PASSES = (
    StagedPass(Stage.PAGE, retry_if_suspect),
    StagedPass(Stage.PAGE, keep_frame),
    StagedPass(Stage.PAGE, add_paragraphs_of_kind),
    StagedPass(Stage.PAGE, add_standfirst),
    StagedPass(Stage.PAGE, add_headings),
    StagedPass(Stage.PAGE, drop_code),
    StagedPass(Stage.PAGE, drop_unwitnessed),
    StagedPass(Stage.PAGE, trim_ends),
    StagedPass(Stage.TEXT, drop_caption),
    StagedPass(Stage.TEXT, drop_notices),
    StagedPass(Stage.TEXT, drop_repeated_labels),
    StagedPass(Stage.STORY, drop_top),
    StagedPass(Stage.STORY, drop_end),
)
"""All passes in the order in which they run."""


def run_passes(stage: Stage, lines: Sequence[str], page: PageContext) -> list[str]:
    """Return the lines after the passes of a stage."""
    for staged in PASSES:
        if staged.stage is stage:
            lines = staged.run(lines, page)
    return list(lines)
