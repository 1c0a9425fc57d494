"""The standfirst: the paragraph between headline and text that sums up the article."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

from transforms.extract.body.blocks import MIN_KEY_LETTERS, Block, key_of_line, letters_of, width_of
from transforms.extract.body.context import PageContext
from transforms.extract.body.elements import SENTENCE_ENDS, text_of, words_of
from transforms.extract.body.shape import HEADINGS

# Minimum letters of a paragraph, and of another block, with which the text begins.
_MIN_FIRST_PARAGRAPH_LETTERS = 40
_MIN_FIRST_BLOCK_LETTERS = 80
# Minimum letters of a block that repeats a summary, and of a summary that may be cut.
_MIN_REPEATED_LETTERS = 30
_MIN_CUT_SUMMARY_LETTERS = 40
# Letters of a summary that a block must begin with to repeat it.
_COMPARED_LETTERS = 80
_MIN_STANDFIRST_CHARS = 50
_MAX_STANDFIRST_CHARS = 400
# Minimum characters of a heading that has one of the names of a standfirst.
_MIN_NAMED_CHARS = 25
# If more blocks have the name of a standfirst, the name means something else.
_MAX_STANDFIRSTS = 3
# Maximum number of boxes around one text that are searched for a name.
_MAX_BOXES = 5
# The headline is in one of this many boxes around a heading below it.
_NEAR_BOXES = 2
_STANDFIRST_WORDS = frozenset((
    "lead", "intro", "standfirst", "dek", "deck", "excerpt", "subtitle", "summary", "teaser", "ingress",
    "preamble", "preface", "abstract", "subhead", "subheadline", "description", "chapo", "bajada",
    "entradilla", "vorspann", "einleitung", "sottotitolo", "occhiello",
))  # fmt: skip


def add_standfirst(lines: Sequence[str], page: PageContext) -> list[str]:
    """Put the standfirst above the lines if they lack it.

    A standfirst repeats the feed's or page's description, or has one of the names that sites give it.
    """
    titles = {title for title in page.titles if len(title) >= MIN_KEY_LETTERS}
    everything = key_of_line(" ".join(lines))
    above = list(itertools.takewhile(lambda block: not _starts_text(block, everything, titles), page.blocks))
    at_headline = max((at for at, block in enumerate(above) if _is_headline(block, titles)), default=None)
    candidates = [
        block
        for block in above[0 if at_headline is None else at_headline + 1 :]
        if len(block.key) >= MIN_KEY_LETTERS and block.tag != "h1" and block.key not in everything
    ]
    standfirsts = _described(candidates, page.hints.summaries)
    if not standfirsts and at_headline is not None:
        standfirsts = _named(candidates, above[at_headline], titles)
    return [*standfirsts, *lines]


def _is_headline(block: Block, titles: Collection[str]) -> bool:
    return len(block.key) >= MIN_KEY_LETTERS and letters_of(block.text) in titles


def _starts_text(block: Block, everything: str, titles: Collection[str]) -> bool:
    """Return True if a block is long, among the lines and not a headline."""
    minimum = _MIN_FIRST_PARAGRAPH_LETTERS if block.tag == "p" else _MIN_FIRST_BLOCK_LETTERS
    if len(block.key) < minimum or block.tag == "h1" or block.key not in everything:
        return False
    return not _is_headline(block, titles)


def _described(candidates: Sequence[Block], summaries: Sequence[str]) -> list[str]:
    """Return the first candidate that repeats a summary."""
    wanted = [letters_of(summary) for summary in summaries]
    for block in candidates:
        if len(block.key) >= _MIN_REPEATED_LETTERS:
            letters = letters_of(block.text)
            if any(_repeats(letters, summary) for summary in wanted):
                return [block.text]
    return []


def _repeats(letters: str, summary: str) -> bool:
    """Return True if a block repeats a summary, which may be cut."""
    if letters == summary:
        return True
    if len(summary) < _MIN_CUT_SUMMARY_LETTERS:
        return False
    return letters.startswith(summary[:_COMPARED_LETTERS]) or summary.startswith(letters)


def _named(candidates: Sequence[Block], headline: Block, titles: Collection[str]) -> list[str]:
    """Return the candidates that are standfirsts by their name, or by their place below the headline."""
    matches: dict[str, str] = {}
    for at, block in enumerate(candidates):
        is_standfirst = _has_name(block) or (at == 0 and _is_below_headline(block, headline, titles))
        if is_standfirst and not any(block.key in key for key in matches):
            matches[block.key] = block.text
    return list(matches.values()) if len(matches) <= _MAX_STANDFIRSTS else []


def _has_name(block: Block) -> bool:
    """Return True if a sentence, or a box around it alone, has the name of a standfirst.

    The name of the innermost box counts even if it holds more than the sentence.
    """
    if len(block.text) < _MIN_STANDFIRST_CHARS or not block.text.endswith(SENTENCE_ENDS):
        return False
    element = block.element
    for _ in range(_MAX_BOXES):
        if words_of(element) & _STANDFIRST_WORDS:
            return True
        box = element.getparent()
        if box is None:
            return False
        if key_of_line(text_of(box)) != block.key:
            return element is block.element and not words_of(box).isdisjoint(_STANDFIRST_WORDS)
        element = box
    return False


def _is_below_headline(block: Block, headline: Block, titles: Collection[str]) -> bool:
    """Return True if a heading is close below the headline, as long as a sentence, and different."""
    if block.tag not in HEADINGS or block.text.endswith("?"):
        return False
    minimum = _MIN_NAMED_CHARS if words_of(block.element) & _STANDFIRST_WORDS else _MIN_STANDFIRST_CHARS
    if not minimum <= width_of(block.text) <= _MAX_STANDFIRST_CHARS:
        return False
    letters = letters_of(block.text)
    if any(title in letters or letters in title for title in titles):
        return False
    return any(headline.is_in(box) for box in itertools.islice(block.element.iterancestors(), _NEAR_BOXES))
