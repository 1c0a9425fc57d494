"""Short forms of countries in Chinese, Japanese and Korean headlines: 美中, 露軍, 한미; used by the build.

A row of sources/short.tsv is a language, a key and its forms:

    US   words that name the country; in Japanese, 米* is 米 with each word of the row of key *
    -    words that look like these and name nothing
    2    pairs, two letters that name two countries: US+CN=美中
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from transforms.regions.gazetteer import Role

_NAMED_ON = "国國本"


def short_forms(rows: Iterable[Sequence[str]]) -> Iterator[tuple[str, str, Role, str]]:
    """Yield language, country code ('' for none), role and form."""
    rows = [tuple(row) for row in rows]
    endings = {language: words.split("|") for language, key, words in rows if key == "*"}
    for language, key, words in rows:
        if key == "2":
            yield from _pairs(language, words)
        elif key != "*":
            for word in words.split("|"):
                tails = endings[language] if word.endswith("*") else [""]
                yield from ((language, key.strip("-"), Role.MAIN_NAME, word.removesuffix("*") + tail) for tail in tails)


def _pairs(language: str, words: str) -> Iterator[tuple[str, str, Role, str]]:
    """Yield the halves of each pair; if the second continues as a country's full name, only that one."""
    for word in words.split(" "):
        codes, _, forms = word.partition("=")
        first, second = codes.split("+")
        for form in forms.split(","):
            yield language, first, Role.FIRST_OF_PAIR, form
            yield language, second, Role.SECOND_OF_PAIR, form
            if language != "ko":
                yield from ((language, second, Role.MAIN_NAME, form + letter) for letter in _NAMED_ON)
