"""The standfirst is found by its text, its name or its place."""

from __future__ import annotations

from tests.support.trees import LONG, STORY, blocks
from transforms.extract.body.context import ExtractionHints, PageContext
from transforms.extract.body.standfirst import add_standfirst


def standfirst(page: str, headline: str, summary: str = "") -> list[str]:
    hints = ExtractionHints([headline], [summary] if summary else [])
    lines = add_standfirst(LONG, PageContext(blocks=blocks(page), hints=hints))
    assert lines[-3:] == list(LONG)
    return lines[:-3]


def test_the_standfirst_is_found_by_the_feeds_summary_or_by_its_name() -> None:
    text = "Eleven boats wait for a pier that nobody wants to pay for."
    page = f"<h1>Old pier</h1><div class='{{}}'>{text}</div><div>{STORY}</div>"
    assert standfirst(page.format("x"), "Old pier", text) == [text]
    named = f"<h1>The old pier of the harbour</h1><div class='article-intro'>{text}</div><div>{STORY}</div>"
    assert standfirst(named, "The old pier of the harbour") == [text]
    assert standfirst(page.format("x"), "Old pier") == []


def test_a_heading_below_the_headline_that_is_as_long_as_a_sentence_is_a_standfirst() -> None:
    text = "Eleven boats wait for a pier that nobody in the town wants to pay for"
    title = "The old pier of the harbour"
    page = f"<header><h1>{title}</h1><h2>{{}}</h2></header><div>{STORY}</div>"
    assert standfirst(page.format(text), title) == [text]
    assert standfirst(page.format(f"Harbour, today: {title}, in pictures"), title) == []
    assert standfirst(page.format(f"{text}?"), title) == []
    wrapped = f"<h1>{title}</h1><div class='field-teaser'><div><p>{text}.</p></div></div><div>{STORY}</div>"
    assert standfirst(wrapped, title) == [f"{text}."]
