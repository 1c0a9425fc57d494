"""Passes over the first and last lines of a text: headlines, bylines, times, colophons."""

from __future__ import annotations

import re
from collections.abc import Sequence

from transforms.extract.body.blocks import is_paragraph, letters_of, width_of
from transforms.extract.body.context import MAX_HEADLINE_CHARS, PageContext
from transforms.extract.body.elements import SENTENCE_ENDS
from transforms.extract.body.notices import is_colophon

# Minimum characters above the first paragraph; shorter lines that are not sentences are bylines, times and
# labels.
_MIN_STANDFIRST_CHARS = 60
# Headlines, bylines and times may follow a standfirst, within this many lines of the top.
_LINES_NEAR_TOP = 4
_MAX_TIME_CHARS = 100
# Remarks about an author are within this many lines of the end.
_LINES_NEAR_END = 3
_MAX_ABOUT_CHARS = 500
_DATE = re.compile(
    r"\b(?:\d{1,2}[./-]\d{1,2}[./-](?:20)?\d\d|20\d\d[./-]\d{1,2}[./-]\d{1,2}|20\d\d)\b|20\d\d年"
)
_CLOCK = re.compile(r"\b\d{1,2}\s?[:.hH時时]\s?\d\d\b|\b\d{1,2}\s?[ap]\.?m\b|\d{1,2}[時时]")


def drop_top(lines: Sequence[str], page: PageContext) -> list[str]:
    """Drop the headline, and short lines that are not sentences, above the first paragraph.

    Headlines, bylines and times have their own columns.
    """
    first = next((at for at, line in enumerate(lines) if _is_first_paragraph(line, page)), None)
    if first is None:
        return list(lines)
    top = (line for line in lines[:first] if _is_standfirst(line, page))
    near = (line for line in lines[first : first + _LINES_NEAR_TOP] if not _is_headline_or_time(line, page))
    return [*top, *near, *lines[first + _LINES_NEAR_TOP :]]


def _is_first_paragraph(line: str, page: PageContext) -> bool:
    return is_paragraph(line) and not page.repeats_headline(line)


def _is_standfirst(line: str, page: PageContext) -> bool:
    if page.repeats_headline(line):
        return False
    return width_of(line) >= _MIN_STANDFIRST_CHARS or line.endswith(SENTENCE_ENDS)


def _is_headline_or_time(line: str, page: PageContext) -> bool:
    """Return True if a line is a headline, or has a date and a time and is not a sentence."""
    if letters_of(line) in page.titles:
        return len(line) < MAX_HEADLINE_CHARS
    is_sentence = line.endswith(SENTENCE_ENDS) and not line.endswith((".m.", ")"))
    if len(line) > _MAX_TIME_CHARS or is_sentence:
        return False
    return _DATE.search(line) is not None and _CLOCK.search(_DATE.sub(" ", line)) is not None


def drop_end(lines: Sequence[str], page: PageContext) -> list[str]:
    """Drop colophons, and remarks about an author near the end."""
    names = tuple(letters_of(author) for author in page.authors if len(author.split()) > 1)
    near_end = max(len(lines) - _LINES_NEAR_END, 1)
    return [
        line
        for at, line in enumerate(lines)
        if not is_colophon(line) and not (at >= near_end and _is_about(line, names))
    ]


def _is_about(line: str, names: tuple[str, ...]) -> bool:
    """Return True if a line begins with an author's name; in interviews, a colon follows it."""
    if len(line) > _MAX_ABOUT_CHARS or letters_of(line.partition(":")[0]) in names:
        return False
    return letters_of(line).startswith(names)
