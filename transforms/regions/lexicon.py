"""Word lists that help to judge whether a name is a place, a person or an organisation."""

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
    """The lists of data/lexicon.txt, which says what each is for; all words are folded."""

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
    """For each language except English, common words that look like place names; not folded."""

    @classmethod
    def load(cls) -> Lexicon:
        """Load the lists that ship with the package."""
        sections = _SECTION.findall(DATA_FILE.read_text(encoding="utf-8"))
        rows = (line.split("\t") for line in WORDS_FILE.read_text(encoding="utf-8").splitlines())
        words_in = {language: frozenset(words.split()) for language, words in rows}
        return cls(**{name: frozenset(words.split()) for name, words in sections}, words_in=words_in)

    def is_word(self, surface: str, folded: str, language: str) -> bool:
        """Return True if a name is also a common word of the language; English if it is unknown."""
        if language in {"", "en"}:
            return folded in self.words
        return not surface.isupper() and surface.lower() in self.words_in.get(language, ())
