"""Tables of words by language, as tab-separated files in data folders."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from transforms.text.scripts import HAN, HANGUL, KANA

_UNSPACED = re.compile(f"[{KANA}{HAN}{HANGUL}]")


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a table by the names in its first line; lines that begin with # are comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    table = (line for line in lines if line and not line.startswith("#"))
    yield from csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)


def read_stems(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the stems of a table with the columns kind, languages and stem, by kind, each once."""
    stems: dict[str, dict[str, None]] = {}
    for row in read_rows(path):
        stems.setdefault(row["kind"], {})[row["stem"]] = None
    return {kind: tuple(listed) for kind, listed in stems.items()}


def any_of(stems: tuple[str, ...]) -> str:
    """Return stems as alternatives of a regular expression."""
    return "|".join(stems)


def words_pattern(stems: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that finds stems as whole words, in any case.

    Scripts without blanks have no word boundaries: their words match anywhere.
    """
    spaced = [stem for stem in stems if not _UNSPACED.search(stem)]
    unspaced = [stem for stem in stems if _UNSPACED.search(stem)]
    whole_words = [rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)"] if spaced else []
    return re.compile("|".join((*whole_words, *unspaced)), re.IGNORECASE)
