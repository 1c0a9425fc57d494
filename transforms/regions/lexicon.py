"""Lists of words by which a name is judged to be a place, a person or an organisation."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

DATA_FILE = Path(__file__).parent / "data" / "lexicon.txt"

_SECTION = re.compile(r"^\[(\w+)\][^\n]*\n([^\[]*)", re.MULTILINE)


@dataclasses.dataclass(frozen=True, slots=True)
class Lexicon:
    """The lists of data/lexicon.txt, which says there what each is for; folded words."""

    publishers: frozenset[str]
    companies: frozenset[str]
    places: frozenset[str]
    titles: frozenset[str]
    organisations: frozenset[str]
    cues: frozenset[str]
    speaking: frozenset[str]
    words: frozenset[str]
    people: frozenset[str]

    @classmethod
    def load(cls) -> Lexicon:
        """The lists that ship with the package."""
        found = _SECTION.findall(DATA_FILE.read_text(encoding="utf-8"))
        return cls(**{name: frozenset(words.split()) for name, words in found})
