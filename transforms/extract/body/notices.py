"""Notices: lines in which a site speaks to its readers, not about the story, in the major languages.

The step for copies learns lines that one site repeats, and boxes go with the furniture. These are lines
between paragraphs: the text continues after an advertisement, a picture's credit, offers to subscribe,
invitations to comment. A line is a notice only if it is short, and is nothing but a label or a credit or
has several words of a kind, so a report about newsletters has none. The words are in
extract/data/notices.tsv, extract/data/credits.tsv and text/data/captions.tsv.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from transforms.extract.body.context import PageContext
from transforms.extract.body.elements import SENTENCE_ENDS
from transforms.text.captions import CREDIT_LABEL, PICTURE_AGENCY
from transforms.text.word_tables import any_of, read_stems, words_pattern

_MAX_NOTICE_CHARS = 320
_MAX_LABEL_CHARS = 80
_MAX_SOURCE_CHARS = 60
_MAX_RIGHTS_CHARS = 220
# A label that a text has at least this many times is repeated.
_MIN_REPEATS = 2
# A text with fewer lines below has no caption above it.
_MIN_LINES_BELOW_CAPTION = 3

_DATA = Path(__file__).parents[1] / "data"
_STEMS = read_stems(_DATA / "notices.tsv")
_AD = any_of(_STEMS["advertisement"])
_SOURCE = any_of(read_stems(_DATA / "credits.tsv")["source"])
_ORIGIN = f"{_SOURCE}|{any_of(_STEMS['editor'])}"

_AD_WORD, _CONTINUATION, _SUBSCRIPTION, _CHANNEL, _READER = (
    words_pattern(_STEMS[kind])
    for kind in ("advertisement", "continuation", "subscribe", "channel", "reader")
)
_AD_LABEL = re.compile(rf"[\W\d_]*(?:{_AD})[\W\d_]*", re.IGNORECASE)
_PICTURE_CREDIT = re.compile(rf"[\W_]*(?:{CREDIT_LABEL})(?: by| credit| courtesy)?\s*[:|/©].*", re.IGNORECASE)
_PHOTOGRAPHER = re.compile(rf"[\W_]*[^!?]{{3,60}}\s?/\s?(?:{PICTURE_AGENCY})[\W_]*", re.IGNORECASE)
_COMMENT_LINE = re.compile(rf"[\W_]*(?:{any_of(_STEMS['comment'])})[\W_]*", re.IGNORECASE)
_RIGHTS_LINE = re.compile(
    rf"[\W_]*(?:©|\(c\)|copyright\s*(?:©|\(c\)|by\b|\d{{4}})).*|.*(?:{any_of(_STEMS['rights'])}).*"
    r"|.*\bctrl\s*\+\s*enter\b.*",  # How sites ask to report a typo.
    re.IGNORECASE,
)
_ORIGIN_LINE = re.compile(rf"[\W_]*(?:{_ORIGIN})\s?[:：].*", re.IGNORECASE)
# A name and its address; words in lower case belong to a sentence.
_ADDRESS_LINE = re.compile(r"\W*(?:[^\W\d_a-zß-ÿа-я][^\s@:]*\s+){0,4}\W?[\w.+-]+@[\w-]+\.[\w.]+\W*")


def is_colophon(line: str) -> bool:
    """Return True if a line names the owner of the story and nothing of its content; it may credit a wire."""
    if len(line) <= _MAX_SOURCE_CHARS and (_ORIGIN_LINE.fullmatch(line) or _ADDRESS_LINE.fullmatch(line)):
        return True
    return len(line) <= _MAX_RIGHTS_CHARS and _RIGHTS_LINE.fullmatch(line) is not None


def is_notice(line: str) -> bool:
    """Return True if a line alone shows that it is a notice."""
    if len(line) > _MAX_NOTICE_CHARS:
        return False
    if len(line) <= _MAX_LABEL_CHARS:
        if any(kind.fullmatch(line) for kind in (_AD_LABEL, _COMMENT_LINE, _PICTURE_CREDIT, _PHOTOGRAPHER)):
            return True
        if _AD_WORD.search(line) and _CONTINUATION.search(line):
            return True
    return bool(_SUBSCRIPTION.search(line) and _CHANNEL.search(line) and _READER.search(line))


def drop_caption(lines: Sequence[str], page: PageContext) -> list[str]:
    """Drop the caption of the picture above the story, if a line with its photographer follows it."""
    at = 1 if lines and page.repeats_headline(lines[0]) else 0
    has_credit = len(lines) > at + 1 + _MIN_LINES_BELOW_CAPTION and _is_photographer(lines[at + 1])
    return [*lines[:at], *lines[at + 2 :]] if has_credit else list(lines)


def drop_notices(lines: Sequence[str], _: PageContext) -> list[str]:
    """Drop lines in which the site speaks to its readers."""
    return [line for line in lines if not is_notice(line)]


def drop_repeated_labels(lines: Sequence[str], _: PageContext) -> list[str]:
    """Drop short lines that are not sentences and that the text has more than once."""
    times = Counter(lines)
    return [line for line in lines if times[line] < _MIN_REPEATS or not _is_label(line)]


def _is_photographer(line: str) -> bool:
    return len(line) <= _MAX_LABEL_CHARS and _PHOTOGRAPHER.fullmatch(line) is not None


def _is_label(line: str) -> bool:
    return len(line) <= _MAX_LABEL_CHARS and not line.startswith("- ") and not line.endswith(SENTENCE_ENDS)
