"""What the places of an article say of where its story is: weights, the main country, the region."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence

from transforms.records import Place, Weighted
from transforms.regions.gazetteer import COUNTRY, PUBLIC_LIFE, Role
from transforms.regions.layout import BODY, DATELINE, LEAD, TITLE
from transforms.regions.m49 import BY_THE_BOOK, UNKNOWN, WORLD, RegionSettings
from transforms.regions.resolve import Resolved

# Chosen among titles at 1.5 to 3, datelines at 2 to 4 and paragraphs at 10 to 40 by the main country of
# 1,281 labelled articles (benchmarks/studies/regions.py), which varied by no more than 0.012.
SEGMENT_WEIGHT = {TITLE: 2.0, DATELINE: 3.0, LEAD: 1.0, BODY: 1.0}
# A name in the n-th paragraph weighs 1 / (1 + n / this) of one at the start.
PARAGRAPHS_TO_HALF = 20.0
ROLE_WEIGHT = {Role.DEMONYM: 0.9, Role.LOWER_CASE_DEMONYM: 0.9, Role.INSTITUTION: 0.5}
# A country under this share is met in passing and dropped. In a text of many names one that is named
# once has a smaller share, so beyond NAMES the bar falls with the square of their number, to LOWEST. On the
# same articles F1 of the set is 0.787 with a bar of 0.03, 0.868 with 0.12 and 0.889 with 0.2.
LEAST_SHARE = 0.2
NAMES = 15
LOWEST_SHARE = 0.01
# The same for subdivisions, of which a story has more.
LEAST_SUBDIVISION_SHARE = 0.05
# A town is listed when its mentions together are trusted this much.
LEAST_TRUST = 0.25
# Where no place is named, so many words of a country's public life (v; w counts as two) tell the country.
LEAST_WORDS = 2
# Where places are named, such a word adds this to a country that is among them: it tells a county's news
# from the famous town of that name. On the same articles anything from 0.06 to 0.2 gives the main country
# of 4 to 8 articles more, none fewer.
WORD_WEIGHT = 0.1
# Countries of which the first has less than this many times the share are level with it. Where they are two,
# a story is as a rule that of the one named first; where more are, none leads.
LEAD_FACTOR = 1.02
FEW = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Focus:
    """Where a story is: the columns of an article that this step fills."""

    country: str | None
    region: str
    countries: tuple[Weighted, ...]
    subdivisions: tuple[Weighted, ...]
    places: tuple[Place, ...]


def focus(resolved: Sequence[Resolved], settings: RegionSettings = BY_THE_BOOK) -> Focus:
    """Weighs the places of an article."""
    countries: defaultdict[str, float] = defaultdict(float)
    subdivisions: defaultdict[str, float] = defaultdict(float)
    named = [item for item in resolved if item.link.role not in PUBLIC_LIFE]
    words = words_of(resolved)
    # Where no place is named, a country's own words tell whose public life it is.
    resolved = named or (resolved if sum(words.values()) >= LEAST_WORDS else ())
    for item in resolved:
        weight = weight_of(item)
        countries[settings.counted_as.get(item.spot.country, item.spot.country)] += weight
        if item.spot.subdivision:
            subdivisions[item.spot.subdivision] += weight
    for (_, code), times in words.items():
        counted = settings.counted_as.get(code, code)
        if named and counted in countries:
            countries[counted] += times * WORD_WEIGHT
    bar = max(LEAST_SHARE * min(1.0, NAMES / max(len(resolved), 1)) ** 2, LOWEST_SHARE)
    shares = shares_of(countries, bar)
    main = main_of(shares)
    region = settings.region_of(main) if main else WORLD if shares else UNKNOWN
    return Focus(main, region, shares, shares_of(subdivisions, LEAST_SUBDIVISION_SHARE), places_of(resolved))


def words_of(resolved: Sequence[Resolved]) -> dict[tuple[str, str], int]:
    """The words of a country's public life in a text, each with its country: how many words it counts as."""
    return {
        (item.mention.surface.lower(), item.spot.country): 2
        if item.link.role is Role.DISTINCTIVE_PUBLIC_LIFE_WORD
        else 1
        for item in resolved
        if item.link.role in PUBLIC_LIFE
    }


def weight_of(item: Resolved) -> float:
    """What one mention adds to its country."""
    weight = item.mention.trust * SEGMENT_WEIGHT[item.mention.segment]
    weight /= 1.0 + item.mention.part / PARAGRAPHS_TO_HALF
    return weight * ROLE_WEIGHT.get(item.link.role, 1.0)


def shares_of(weights: Mapping[str, float], bar: float) -> tuple[Weighted, ...]:
    """Weights as shares of one, greatest first, equal ones as they came; without those under the bar."""
    total = sum(weights.values())
    greatest = max(weights.values(), default=0.0)
    least = min(bar * total, greatest)
    kept = {code: weight for code, weight in weights.items() if weight >= least and weight > 0}
    total = sum(kept.values())
    shares = (Weighted(code, weight / total) for code, weight in kept.items())
    return tuple(sorted(shares, key=lambda share: -share.weight))


def main_of(shares: tuple[Weighted, ...]) -> str | None:
    """The country that leads, of two that are level the first; None where there is none or more are level."""
    level = [share for share in shares if share.weight * LEAD_FACTOR > shares[0].weight]
    return level[0].code if 1 <= len(level) <= FEW else None


def places_of(resolved: Sequence[Resolved]) -> tuple[Place, ...]:
    """The towns and subdivisions that are mentioned, the most mentioned first.

    Countries are in `countries`; a subdivision whose coordinates are not known is left out.
    """
    mentions: defaultdict[int, int] = defaultdict(int)
    trust: defaultdict[int, float] = defaultdict(float)
    spots = {item.spot.number: item.spot for item in resolved if item.spot.kind != COUNTRY}
    for item in resolved:
        mentions[item.spot.number] += 1
        trust[item.spot.number] += item.mention.trust
    places = [
        Place(
            spot.name, spot.country, spot.subdivision or None, spot.latitude, spot.longitude, mentions[number]
        )
        for number, spot in spots.items()
        if spot.latitude is not None and spot.longitude is not None and trust[number] >= LEAST_TRUST
    ]
    return tuple(
        sorted(places, key=lambda place: (-place.mentions, place.name, place.country, place.latitude))
    )
