"""Suspect extractions are replaced, and programs removed."""

from __future__ import annotations

from tests.support.trees import LONG, STORY, blocks, tree
from transforms.extract.body.assemble import article_text
from transforms.extract.body.blocks import largest_group
from transforms.extract.body.context import ExtractionHints
from transforms.extract.body.extraction import best_of, is_suspect


def test_an_extraction_that_missed_most_of_a_paragraph_group_is_suspect() -> None:
    page = blocks(f"<div>{STORY * 3}</div>")
    assert not is_suspect([*LONG * 3], page)
    assert is_suspect(["Most read: the pier."], page)
    assert is_suspect(["- " + " ".join(LONG * 5)], page)
    assert [block.text for block in largest_group(page)] == [*LONG * 3]
    assert best_of(["Most read"], ["Something else altogether."], page) == [*LONG * 3]


def test_a_program_in_the_text_of_a_broken_page_is_dropped() -> None:
    code = "!function(d,l){'use strict';l.querySelector&&d.addEventListener&&d.go()};" * 3
    text = article_text(tree(f"<article>{STORY}<p>{code}</p></article>"), ExtractionHints())
    assert text.split("\n\n") == list(LONG)
