"""Names of cities that time zones are named after, in many languages (CLDR); used by the build."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from babel import Locale

from transforms.regions.build.inflect import town_forms

Zone = tuple[str, str]
"""Its area and its city: America, New York."""


def names_by_zone(
    cities: Iterable[dict[str, Any]], languages: Iterable[str]
) -> dict[int, list[tuple[str, str]]]:
    """Return the names of a city by GeoNames number, each with its language; in Polish in all cases."""
    names: defaultdict[Zone, list[tuple[str, str]]] = defaultdict(list)
    for language in languages:
        for zone, named in Locale.parse(language).time_zones.items():
            name = named.get("city")
            if name and "(" not in name:
                forms = (name, *town_forms(name)) if language == "pl" else (name,)
                names[zone_of(zone)] += [(language[:2], form) for form in forms]
    largest: dict[Zone, int] = {}
    for city in sorted(cities, key=lambda city: (int(city["population"]), int(city["geonameid"]))):
        area = zone_of(city["timezone"])[0]
        for name in (city["name"], *city["alternatenames"]):
            if (area, name) in names:
                largest[area, name] = city["geonameid"]
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for zone, number in largest.items():
        found[number] += names[zone]
    return found


def zone_of(name: str) -> Zone:
    """Split a zone of tzdata: America/New_York."""
    return name.partition("/")[0], name.rpartition("/")[2].replace("_", " ")
