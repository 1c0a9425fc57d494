"""Notices: lines in which a site speaks to its readers, not about the story, in the major languages.

The step for copies learns lines that one site repeats, and boxes go with the furniture. These are lines
between paragraphs: the text continues after an advertisement, a picture's credit, offers to subscribe,
invitations to comment. A line is a notice only if it is short and has several words of its kind, so a
report about newsletters has none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from transforms.extract.body.furniture import SENTENCE_ENDS
from transforms.text.captions import CREDIT_LABEL, PICTURE_AGENCY
from transforms.text.word_tables import any_of, read_stems, words_pattern

_MAX_NOTICE_CHARS = 320
_MAX_LABEL_CHARS = 80
_MAX_SOURCE_CHARS = 60
_MAX_RIGHTS_CHARS = 220
_REPEATED = 2
_MIN_LINES = 4

_STEMS = read_stems(Path(__file__).parents[1] / "data" / "notices.tsv")
_AD = any_of(_STEMS["advertisement"])
_COMMENT = any_of(_STEMS["comment"])
_RIGHTS = any_of(_STEMS["rights"])
_SOURCE = any_of(read_stems(Path(__file__).parents[1] / "data" / "credits.tsv")["source"])
_ORIGIN = f"{_SOURCE}|{any_of(_STEMS['editor'])}"
_AD_WORD, _ON_WORD, _CALL, _CHANNEL, _READER = (
    words_pattern(_STEMS[kind])
    for kind in ("advertisement", "continuation", "subscribe", "channel", "reader")
)
_ONLY_AD = re.compile(rf"[\W\d_]*(?:{_AD})[\W\d_]*", re.IGNORECASE)
_PICTURE_LINE = re.compile(rf"[\W_]*(?:{CREDIT_LABEL})(?: by| credit| courtesy)?\s*[:|/©].*", re.IGNORECASE)
_PHOTOGRAPHER = re.compile(rf"[\W_]*[^!?]{{3,60}}\s?/\s?(?:{PICTURE_AGENCY})[\W_]*", re.IGNORECASE)
_COMMENT_LINE = re.compile(rf"[\W_]*(?:{_COMMENT})[\W_]*", re.IGNORECASE)
_COLOPHON = re.compile(
    rf"[\W_]*(?:©|\(c\)|copyright\s*(?:©|\(c\)|by\b|\d{{4}})).*|.*(?:{_RIGHTS}).*|.*\bctrl\s*\+\s*enter\b.*",
    re.IGNORECASE,
)
_ORIGIN_LINE = re.compile(rf"[\W_]*(?:{_ORIGIN})\s?[:：].*", re.IGNORECASE)
# A name and its address; words in lower case belong to a sentence.
_ADDRESS_LINE = re.compile(r"\W*(?:[^\W\d_a-zß-ÿа-я][^\s@:]*\s+){0,4}\W?[\w.+-]+@[\w-]+\.[\w.]+\W*")


def is_colophon(line: str) -> bool:
    """Return True if a line names the owner of the story and nothing of its content; it may credit a wire."""
    if len(line) <= _MAX_SOURCE_CHARS and any(kind.fullmatch(line) for kind in (_ORIGIN_LINE, _ADDRESS_LINE)):
        return True
    return len(line) <= _MAX_RIGHTS_CHARS and _COLOPHON.fullmatch(line) is not None


def is_notice(line: str) -> bool:
    """Return True if a line alone shows that it is a notice."""
    if len(line) > _MAX_NOTICE_CHARS:
        return False
    if len(line) <= _MAX_LABEL_CHARS:
        if any(kind.fullmatch(line) for kind in (_ONLY_AD, _COMMENT_LINE, _PICTURE_LINE, _PHOTOGRAPHER)):
            return True
        if _AD_WORD.search(line) and _ON_WORD.search(line):
            return True
    return bool(_CALL.search(line) and _CHANNEL.search(line) and _READER.search(line))


def without_notices(lines: Sequence[str], above: int = 0) -> list[str]:
    """Drop notices, and repeated short lines that are not sentences.

    If the first line, after headlines `above`, ends with a photographer and an agency, it is the
    caption of the picture above the story.
    """
    if len(lines) > _MIN_LINES + above and _is_credit(lines[above + 1]):
        lines = [*lines[:above], *lines[above + 2 :]]
    times = Counter(lines)
    return [
        line for line in lines if not is_notice(line) and not (times[line] >= _REPEATED and _is_label(line))
    ]


def _is_credit(line: str) -> bool:
    return len(line) <= _MAX_LABEL_CHARS and _PHOTOGRAPHER.fullmatch(line) is not None


def _is_label(line: str) -> bool:
    return len(line) <= _MAX_LABEL_CHARS and not line.startswith("- ") and not line.endswith(SENTENCE_ENDS)
