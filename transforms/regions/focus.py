"""Weigh the places of an article: the main country, all countries, and the region of its story."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence

from transforms.records import Place, Weighted
from transforms.regions.gazetteer import COUNTRY, PUBLIC_LIFE, Role
from transforms.regions.layout import BODY, DATELINE, LEAD, TITLE
from transforms.regions.m49 import DEFAULT_REGION_SETTINGS, UNKNOWN, WORLD, RegionSettings
from transforms.regions.resolve import ResolvedMention

SEGMENT_WEIGHT = {TITLE: 2.0, DATELINE: 3.0, LEAD: 1.0, BODY: 1.0}
"""Weight of a mention by the part it is in.

Chosen among titles at 1.5 to 3, datelines at 2 to 4 and PARAGRAPHS_TO_HALF at 10 to 40 by the main country of
1,281 labelled articles (benchmarks/studies/regions.py), which varied by at most 0.012.
"""
PARAGRAPHS_TO_HALF = 20.0
"""Number of paragraphs after which a mention weighs half of one at the start."""
ROLE_WEIGHT = {Role.DEMONYM: 0.9, Role.LOWER_CASE_DEMONYM: 0.9, Role.INSTITUTION: 0.5}
MIN_SHARE = 0.2
"""Minimum share of a country; others are mentioned in passing and dropped.

In a text with many names, a country that is named once has a smaller share. Beyond MANY_NAMES, the minimum
therefore falls with the square of their number, to LOWEST_MIN_SHARE. On the same articles, F1 of the set of
countries is 0.787 with 0.03, 0.868 with 0.12 and 0.889 with 0.2.
"""
MANY_NAMES = 15
LOWEST_MIN_SHARE = 0.01
MIN_SUBDIVISION_SHARE = 0.05
"""Minimum share of a subdivision. It is lower because a story has more subdivisions than countries."""
MIN_PLACE_TRUST = 0.25
"""Minimum trust in all mentions of a place together for it to be listed."""
MIN_PUBLIC_LIFE_WORDS = 2
"""Minimum number of words of public life that determine the country of a text without places.

A distinctive word counts as two.
"""
PUBLIC_LIFE_WEIGHT = 0.1
"""Weight that a word of public life adds to its country, if the text also names the country.

It distinguishes a county's news from the famous town of the same name. On the same articles, any value from
0.06 to 0.2 gets the main country of 4 to 8 more articles right, and of none fewer.
"""
LEAD_FACTOR = 1.02
"""A country leads if its share is at least this many times the next one's; otherwise they are level."""
MAX_LEVEL_COUNTRIES = 2
"""Maximum number of level countries among which the first named is the main one; none leads among more.

If two countries are level, a story is usually about the one that it names first.
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Focus:
    """Location of a story: the columns of an article that this step fills in."""

    country: str | None
    region: str
    countries: tuple[Weighted, ...]
    subdivisions: tuple[Weighted, ...]
    places: tuple[Place, ...]


def focus(resolved: Sequence[ResolvedMention], settings: RegionSettings = DEFAULT_REGION_SETTINGS) -> Focus:
    """Weigh the places of an article."""
    countries: defaultdict[str, float] = defaultdict(float)
    subdivisions: defaultdict[str, float] = defaultdict(float)
    place_names = [name for name in resolved if name.link.role not in PUBLIC_LIFE]
    words = public_life_words(resolved)
    # If a text names no place, words of public life may determine its country.
    resolved = place_names or (resolved if sum(words.values()) >= MIN_PUBLIC_LIFE_WORDS else ())
    for name in resolved:
        weight = weight_of(name)
        countries[settings.counted_as.get(name.place.country, name.place.country)] += weight
        if name.place.subdivision:
            subdivisions[name.place.subdivision] += weight
    for (_, code), count in words.items():
        country = settings.counted_as.get(code, code)
        if place_names and country in countries:
            countries[country] += count * PUBLIC_LIFE_WEIGHT
    min_share = max(MIN_SHARE * min(1.0, MANY_NAMES / max(len(resolved), 1)) ** 2, LOWEST_MIN_SHARE)
    shares = shares_of(countries, min_share)
    main = main_country(shares)
    region = settings.region_of(main) if main else WORLD if shares else UNKNOWN
    return Focus(main, region, shares, shares_of(subdivisions, MIN_SUBDIVISION_SHARE), places_of(resolved))


def public_life_words(resolved: Sequence[ResolvedMention]) -> dict[tuple[str, str], int]:
    """Return the words of public life in a text, each with its country and how often it counts.

    A repeated word counts as one; a distinctive word counts as two.
    """
    return {
        (name.mention.surface.lower(), name.place.country): (
            2 if name.link.role is Role.DISTINCTIVE_PUBLIC_LIFE_WORD else 1
        )
        for name in resolved
        if name.link.role in PUBLIC_LIFE
    }


def weight_of(name: ResolvedMention) -> float:
    """Return the weight that a mention adds to its country."""
    weight = name.mention.trust * SEGMENT_WEIGHT[name.mention.segment]
    weight /= 1.0 + name.mention.part / PARAGRAPHS_TO_HALF
    return weight * ROLE_WEIGHT.get(name.link.role, 1.0)


def shares_of(weights: Mapping[str, float], min_share: float) -> tuple[Weighted, ...]:
    """Return weights as shares that sum to 1, largest first, equal ones in order of appearance.

    Shares below `min_share` are dropped, except the largest.
    """
    largest = max(weights.values(), default=0.0)
    min_weight = min(min_share * sum(weights.values()), largest)
    large = {code: weight for code, weight in weights.items() if weight >= min_weight and weight > 0}
    total = sum(large.values())
    shares = (Weighted(code, weight / total) for code, weight in large.items())
    return tuple(sorted(shares, key=lambda share: -share.weight))


def main_country(shares: tuple[Weighted, ...]) -> str | None:
    """Return the leading country; None if too many are level."""
    level = [share for share in shares if share.weight * LEAD_FACTOR > shares[0].weight]
    return level[0].code if 1 <= len(level) <= MAX_LEVEL_COUNTRIES else None


def places_of(resolved: Sequence[ResolvedMention]) -> tuple[Place, ...]:
    """Return the towns and subdivisions that are mentioned, the most mentioned first.

    Countries are in `countries`. Subdivisions without known coordinates are left out.
    """
    mentions: defaultdict[int, int] = defaultdict(int)
    trust: defaultdict[int, float] = defaultdict(float)
    known = {name.place.number: name.place for name in resolved if name.place.kind != COUNTRY}
    for name in resolved:
        mentions[name.place.number] += 1
        trust[name.place.number] += name.mention.trust
    places = [
        Place(
            place.name,
            place.country,
            place.subdivision or None,
            place.latitude,
            place.longitude,
            mentions[number],
        )
        for number, place in known.items()
        if place.latitude is not None and place.longitude is not None and trust[number] >= MIN_PLACE_TRUST
    ]
    return tuple(
        sorted(places, key=lambda place: (-place.mentions, place.name, place.country, place.latitude))
    )
