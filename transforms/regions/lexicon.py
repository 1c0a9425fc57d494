"""Word lists by which a name is judged to be a place, a person or an organisation."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

DATA_FILE = Path(__file__).parent / "data" / "lexicon.txt"

WORDS_FILE = DATA_FILE.with_name("words.tsv")

_SECTION = re.compile(r"^\[(\w+)\][^\n]*\n([^\[]*)", re.MULTILINE)


@dataclasses.dataclass(frozen=True, slots=True)
class Lexicon:
    """The lists of data/lexicon.txt, which explains each; folded words."""

    publishers: frozenset[str]
    companies: frozenset[str]
    places: frozenset[str]
    titles: frozenset[str]
    organisations: frozenset[str]
    cues: frozenset[str]
    speaking: frozenset[str]
    words: frozenset[str]
    people: frozenset[str]
    words_in: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    """Words of each language except English that look like place names, as written."""

    @classmethod
    def load(cls) -> Lexicon:
        """Load the lists that ship with the package."""
        found = _SECTION.findall(DATA_FILE.read_text(encoding="utf-8"))
        lines = WORDS_FILE.read_text(encoding="utf-8").splitlines()
        others = {
            language: frozenset(words.split()) for language, words in (line.split("\t") for line in lines)
        }
        return cls(**{name: frozenset(words.split()) for name, words in found}, words_in=others)

    def is_word(self, surface: str, folded: str, language: str) -> bool:
        """Return True if a name is also a common word of the language, or of English if it is unknown."""
        if language in {"", "en"}:
            return folded in self.words
        return not surface.isupper() and surface.lower() in self.words_in.get(language, ())
