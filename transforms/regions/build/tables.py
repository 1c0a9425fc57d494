"""The tables under sources/, and the scripts that their names are written in."""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path

SOURCES = Path(__file__).parent / "sources"


@functools.cache
def table(name: str) -> list[list[str]]:
    """Return the rows of a table under sources/, as cells."""
    return [line.split("\t") for line in (SOURCES / name).read_text(encoding="utf-8").splitlines() if line]


@functools.cache
def word_list(name: str) -> tuple[str, ...]:
    """Return a list of sources/lists.tsv.

    Its lists are `languages`, `types` of subdivisions, and `bearings`, which are not names by themselves.
    """
    return tuple(dict(table("lists.tsv"))[name].split())


@functools.cache
def script_of(name: str) -> str:
    """Return the script of the first letter as Unicode names it, such as LATIN or CJK; '?' if none."""
    for letter in name:
        if letter.isalpha():
            return unicodedata.name(letter, "?").split()[0].removesuffix("-")
    return "?"


def language_limit(form: str, language: str) -> str:
    """Return the language that a name is limited to; '' for all, if its script is not Latin."""
    return language if script_of(form) == "LATIN" else ""
