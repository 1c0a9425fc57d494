"""An article's layout for the search: its parts as one text, with the kind of each part."""

from __future__ import annotations

import bisect
import dataclasses
import re

from transforms.regions.names import fold, has_case, tidy

TITLE, DATELINE, LEAD, BODY = "title", "dateline", "lead", "body"

# "KABUL, Afghanistan (AP) - ", "PARIS, March 3 - ", "BERLIN (dpa) – ", "ST. PAUL -- ".
_DATELINE = re.compile(
    r"\s*(?P<place>(?=[^\W\d_a-z])[^\n()\[\]:;!?\"“”]{3,70}?)"
    r"(?:,? ?\(?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d+)?"
    r"(?: ?\([^)\n]{2,30}\))? ?(?:--+|[–—―]| - ) ?(?=\S)"
)
# Words before the dash are a dateline if they are few and this share of the first name is capitals.
_CAPITALS = 0.7
_LONGEST_DATELINE = 9


@dataclasses.dataclass(frozen=True, slots=True)
class Text:
    """The text to search: title, dateline, then the paragraphs."""

    plain: str
    folded: str
    """Folded form, of the same length as plain."""
    starts: tuple[int, ...]
    """Start of each part."""
    kinds: tuple[str, ...]
    """Kind of each part: TITLE, DATELINE, LEAD (the first paragraph) or BODY."""
    language: str
    """Two letters, or '' if unknown."""

    def has_word(self, word: str) -> bool:
        """Return True if the text contains a word, written exactly so."""
        return word in self.plain and bool(re.search(rf"\b{re.escape(word)}\b", self.plain))

    def part_of(self, position: int) -> int:
        """Return the number of the part at a position."""
        return max(bisect.bisect_right(self.starts, position) - 1, 0)


def lay_out(title: str, dateline: str, text: str, language: str | None) -> Text:
    """Join an article's parts into one text to search.

    Args:
        title: may be ''.
        dateline: as the extraction cut it off the text; may be ''.
        text: paragraphs separated by one blank line; the first may begin with a dateline.
        language: BCP 47, or None.
    """
    first, *rest = tidy(text).strip().split("\n\n")
    parts = [(TITLE, tidy(title).strip())]
    found = _DATELINE.match(first)
    if found and _names_a_place(found["place"]):
        parts += [(DATELINE, found["place"]), (LEAD, first[found.end() :])]
    else:
        parts += [(DATELINE, tidy(dateline).strip()), (LEAD, first)]
    parts += [(BODY, part) for part in rest]
    # The blanks around the parts serve as word boundaries.
    plain = " "
    starts = []
    for _, part in parts:
        starts.append(len(plain))
        plain += part + "\n\n"
    kinds = tuple(kind for kind, _ in parts)
    return Text(plain, fold(plain), tuple(starts), kinds, (language or "").lower()[:2])


def _names_a_place(text: str) -> bool:
    """Return True if the words before a dash name the place of filing."""
    letters = [letter for letter in re.split("[,/]", text)[0] if has_case(letter)]
    capitals = sum(letter.isupper() for letter in letters)
    return bool(letters) and capitals >= _CAPITALS * len(letters) and len(text.split()) <= _LONGEST_DATELINE
