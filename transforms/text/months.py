"""First letters of months, by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MONTHS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    "de": ("mär", "mrz", "mai", "okt", "dez"),
    "es": ("ene", "abr", "ago", "dic"),
    "it": ("gen", "mag", "giu", "lug", "set", "ott"),
    "pt": ("fev", "out"),
    "fr": ("fév", "avr", "jui", "aoû", "déc"),
    "ru": ("янв", "фев", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"),
}
"""The first three letters of months in datelines, in lower case, by language (BCP 47).

Languages that print a date after the place of a dateline are listed, each without the letters that an earlier
one has. English has all twelve, in the order of the year.
"""
