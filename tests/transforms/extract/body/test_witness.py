"""Structured data as a witness of the text."""

from __future__ import annotations

from tests.support.trees import LONG
from transforms.extract.body.context import ExtractionHints, PageContext
from transforms.extract.body.witness import drop_unwitnessed


def test_structured_data_is_a_witness_if_it_is_most_of_the_text() -> None:
    lines = [*LONG, *LONG, "More on this topic", "Boats for sale"]
    witness = PageContext(hints=ExtractionHints(witness="\n".join(LONG * 2)))
    assert drop_unwitnessed(lines, witness) == [*LONG, *LONG]
    unrelated = PageContext(hints=ExtractionHints(witness="Something else. " * 40))
    assert drop_unwitnessed(lines, unrelated) == lines
