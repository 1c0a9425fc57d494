"""Languages of countries, and frequent words of languages that look like place names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

from babel import Locale
from babel.languages import get_official_languages

from transforms.regions.names import has_case, pattern_of

_NUMBER = re.compile(r"(?:^| )(\d+)")


def words_of(languages: Iterable[str], table: Iterable[Sequence[str]], gazetteer: str) -> str:
    """Return one line per language: its code, a tab, its words that are also place names.

    English words are in the lexicon.

    Args:
        languages: codes of CLDR.
        table: words to add, one row per language.
        gazetteer: the lines of the gazetteer file.
    """
    places, _, names = gazetteer.partition("\n\n")
    countries = {str(number) for number, line in enumerate(places.split("\n")[1:]) if line.startswith("C\t")}
    # A country's name, such as Polska, is never a mere word, however frequent it is.
    patterns = {
        line.partition("\t")[0]
        for line in names.split("\n")
        if not countries.intersection(_NUMBER.findall(line.partition("\t")[2]))
    }
    # Words of scripts without capitals are already removed from the gazetteer.
    added = {language: set(words.split()) for language, words in table if has_case(words[0])}
    stoplists = Path(str(metadata.distribution("justext").locate_file("justext"))) / "stoplists"
    lines = []
    for language in sorted({language[:2] for language in languages} - {"en"}):
        path = stoplists / f"{Locale('en').languages[language].replace(' ', '_')}.txt"
        frequent = path.read_text(encoding="utf-8").split() if path.exists() else []
        lower = (word for word in frequent if word.isalpha() and word.islower())
        like_places = {word for word in lower if pattern_of(word, inflected=True) in patterns}
        if words := like_places | added.get(language, set()):
            lines.append(f"{language}\t{' '.join(sorted(words))}\n")
    return "".join(lines)


def languages_of(country: str) -> list[str]:
    """Return the official languages of a country, by law or in fact (CLDR), two letters each."""
    languages = get_official_languages(country, de_facto=True)
    return sorted({language.split("_")[0] for language in languages if len(language.split("_")[0]) == 2})
