"""Names in many languages of the cities that time zones are called by, from CLDR."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from babel import Locale

from transforms.regions.build.inflect import town_forms

Zone = tuple[str, str]
"""The area and the city of a time zone: America, New York."""


def names_by_zone(
    cities: Iterable[dict[str, Any]], languages: Iterable[str]
) -> dict[int, list[tuple[str, str]]]:
    """Return names of cities with their languages, by GeoNames id; in Polish in all cases."""
    names: defaultdict[Zone, list[tuple[str, str]]] = defaultdict(list)
    for language in languages:
        for zone, labels in Locale.parse(language).time_zones.items():
            name = labels.get("city")
            if name and "(" not in name:
                forms = (name, *town_forms(name)) if language == "pl" else (name,)
                names[_zone_of(zone)] += [(language[:2], form) for form in forms]
    largest: dict[Zone, int] = {}
    for city in sorted(cities, key=lambda city: (int(city["population"]), int(city["geonameid"]))):
        area = _zone_of(city["timezone"])[0]
        for name in (city["name"], *city["alternatenames"]):
            if (area, name) in names:
                largest[area, name] = city["geonameid"]
    by_city: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for key, number in largest.items():
        by_city[number] += names[key]
    return by_city


def _zone_of(name: str) -> Zone:
    """Return the area and city of a zone in tzdata, such as America/New_York."""
    return name.partition("/")[0], name.rpartition("/")[2].replace("_", " ")
