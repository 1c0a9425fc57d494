"""Short forms of countries in Chinese, Japanese and Korean headlines: 美中, 露軍, 한미.

A row of sources/short.tsv has a language, a key and forms:

    US   words that name the country; in Japanese, 米* is 米 with each word of the row with key *
    -    words that look like such names and name nothing
    2    pairs: two characters that name two countries, as in US+CN=美中
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from transforms.regions.gazetteer import Role

_REST_OF_FULL_NAME = "国國本"


def short_forms(rows: Iterable[Sequence[str]]) -> Iterator[tuple[str, str, Role, str]]:
    """Yield language, code of the country ('' for none), role and form."""
    rows = [tuple(row) for row in rows]
    endings = {language: words.split("|") for language, key, words in rows if key == "*"}
    for language, key, words in rows:
        if key == "2":
            yield from _pairs(language, words)
        elif key != "*":
            for word in words.split("|"):
                for ending in endings[language] if word.endswith("*") else [""]:
                    yield language, key.strip("-"), Role.MAIN_NAME, word.removesuffix("*") + ending


def _pairs(language: str, words: str) -> Iterator[tuple[str, str, Role, str]]:
    """Yield both halves of each pair.

    Also yields the second country alone for pairs in which its full name follows (美中国).
    """
    for word in words.split(" "):
        codes, _, forms = word.partition("=")
        first, second = codes.split("+")
        for form in forms.split(","):
            yield language, first, Role.FIRST_OF_PAIR, form
            yield language, second, Role.SECOND_OF_PAIR, form
            if language != "ko":
                yield from (
                    (language, second, Role.MAIN_NAME, form + letter) for letter in _REST_OF_FULL_NAME
                )
