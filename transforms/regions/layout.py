"""Lay an article out for searching: its parts as one text, and the kind of each part."""

from __future__ import annotations

import bisect
import dataclasses
import re

from transforms.regions.names import fold, has_case, tidy
from transforms.text.months import MONTHS

TITLE, DATELINE, LEAD, BODY = "title", "dateline", "lead", "body"

_MONTH = "|".join(month.title() for month in MONTHS["en"])
# "KABUL, Afghanistan (AP) - ", "PARIS, March 3 - ", "BERLIN (dpa) – ", "ST. PAUL -- ".
_DATELINE = re.compile(
    r"\s*(?P<place>(?=[^\W\d_a-z])[^\n()\[\]:;!?\"“”]{3,70}?)"
    rf"(?:,? ?\(?(?:{_MONTH})[a-z]*\.? \d+)?"
    r"(?: ?\([^)\n]{2,30}\))? ?(?:--+|[–—―]| - ) ?(?=\S)"
)
# The words before the dash are a dateline if they are few and their first name is mostly in capitals.
_MIN_CAPITALS_SHARE = 0.7
_MAX_DATELINE_WORDS = 9


@dataclasses.dataclass(frozen=True, slots=True)
class ArticleLayout:
    """An article's searchable text: the title, the dateline, then the paragraphs."""

    plain: str
    folded: str
    """The folded text, of the same length as `plain`."""
    starts: tuple[int, ...]
    """The position where each part starts."""
    kinds: tuple[str, ...]
    """The kind of each part: TITLE, DATELINE, LEAD (the first paragraph) or BODY."""
    language: str
    """Two letters, or '' if unknown."""

    def has_word(self, word: str) -> bool:
        """Return True if the text has the word in exactly this spelling."""
        return word in self.plain and bool(re.search(rf"\b{re.escape(word)}\b", self.plain))

    def part_of(self, position: int) -> int:
        """Return the number of the part at a position."""
        return max(bisect.bisect_right(self.starts, position) - 1, 0)


def lay_out(title: str, dateline: str, text: str, language: str | None) -> ArticleLayout:
    """Return the article's parts as one searchable text.

    Args:
        title: may be ''.
        dateline: the dateline, if the extraction has cut it off the text; may be ''.
        text: paragraphs separated by one blank line; the first may begin with a dateline.
        language: BCP 47, or None.
    """
    first, *rest = tidy(text).strip().split("\n\n")
    parts = [(TITLE, tidy(title).strip())]
    match = _DATELINE.match(first)
    if match and _is_dateline(match["place"]):
        parts += [(DATELINE, match["place"]), (LEAD, first[match.end() :])]
    else:
        parts += [(DATELINE, tidy(dateline).strip()), (LEAD, first)]
    parts += [(BODY, paragraph) for paragraph in rest]
    # The spaces around the parts serve as word boundaries.
    plain = " "
    starts = []
    for _, part in parts:
        starts.append(len(plain))
        plain += part + "\n\n"
    kinds = tuple(kind for kind, _ in parts)
    return ArticleLayout(plain, fold(plain), tuple(starts), kinds, (language or "").lower()[:2])


def _is_dateline(text: str) -> bool:
    """Return True if the words before a dash name the place that the report was filed from."""
    letters = [letter for letter in re.split("[,/]", text)[0] if has_case(letter)]
    capitals = sum(letter.isupper() for letter in letters)
    mostly_capitals = bool(letters) and capitals >= _MIN_CAPITALS_SHARE * len(letters)
    return mostly_capitals and len(text.split()) <= _MAX_DATELINE_WORDS
