"""The focus of a story from the places in it: weights, the main country, the region."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence

from transforms.records import Place, Weighted
from transforms.regions.gazetteer import COUNTRY
from transforms.regions.layout import BODY, DATELINE, LEAD, TITLE
from transforms.regions.m49 import BY_THE_BOOK, UNKNOWN, WORLD, RegionSettings
from transforms.regions.resolve import Resolved

# Chosen among titles at 1.5 to 3, datelines at 2 to 4 and paragraphs at 10 to 40, by the main country of
# 1,281 labelled articles (benchmarks/studies/regions.py), which varied by at most 0.012.
SEGMENT_WEIGHT = {TITLE: 2.0, DATELINE: 3.0, LEAD: 1.0, BODY: 1.0}
# A name in the n-th paragraph weighs 1 / (1 + n / this) of a name at the start.
PARAGRAPHS_TO_HALF = 20.0
ROLE_WEIGHT = {"d": 0.9, "l": 0.9, "i": 0.5}
# A country below this share is mentioned in passing and dropped. In a text of many names a single mention has
# a smaller share, so beyond NAMES the bar falls with the square of their number, down to LOWEST. On the same
# articles, F1 of the set is 0.787 with a bar of 0.03, 0.868 with 0.12 and 0.889 with 0.2.
LEAST_SHARE = 0.2
NAMES = 15
LOWEST_SHARE = 0.01
# The same for subdivisions, which are more numerous in a story.
LEAST_SUBDIVISION_SHARE = 0.05
# Minimum likelihood of all mentions of a town together for it to be listed.
LEAST_TRUST = 0.25
# Without a named place, this many words of a country's public life decide on the country (a distinctive one
# counts as two).
LEAST_WORDS = 2
# If places are named, such a word adds this to a country among them: it separates a county's news from the
# famous town of that name. On the same articles, anything from 0.06 to 0.2 gets the main country of 4 to 8
# more articles right, and none fewer.
WORD_WEIGHT = 0.1
# Countries are level if the first has less than this many times the share of the second. Of two level
# countries, the one named first usually leads; of more, none does.
LEAD_FACTOR = 1.02
FEW = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Focus:
    """The focus of a story: the columns that this step fills."""

    country: str | None
    region: str
    countries: tuple[Weighted, ...]
    subdivisions: tuple[Weighted, ...]
    places: tuple[Place, ...]


def focus(resolved: Sequence[Resolved], settings: RegionSettings = BY_THE_BOOK) -> Focus:
    """Weigh the places of an article."""
    countries: defaultdict[str, float] = defaultdict(float)
    subdivisions: defaultdict[str, float] = defaultdict(float)
    named = [item for item in resolved if item.link.role not in "vw"]
    words = words_of(resolved)
    # Without a named place, words of public life reveal the country.
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
    """Return the words of public life in a text, each with its country and its count."""
    return {
        (item.mention.surface.lower(), item.spot.country): 2 if item.link.role == "w" else 1
        for item in resolved
        if item.link.role in "vw"
    }


def weight_of(item: Resolved) -> float:
    """Return the weight that one mention adds to its country."""
    weight = item.mention.trust * SEGMENT_WEIGHT[item.mention.segment]
    weight /= 1.0 + item.mention.part / PARAGRAPHS_TO_HALF
    return weight * ROLE_WEIGHT.get(item.link.role, 1.0)


def shares_of(weights: Mapping[str, float], bar: float) -> tuple[Weighted, ...]:
    """Return weights as shares of one, greatest first, ties in order, without those below the bar."""
    total = sum(weights.values())
    greatest = max(weights.values(), default=0.0)
    least = min(bar * total, greatest)
    kept = {code: weight for code, weight in weights.items() if weight >= least and weight > 0}
    total = sum(kept.values())
    shares = (Weighted(code, weight / total) for code, weight in kept.items())
    return tuple(sorted(shares, key=lambda share: -share.weight))


def main_of(shares: tuple[Weighted, ...]) -> str | None:
    """Return the leading country, the first of two level ones; None if there is none or more are level."""
    level = [share for share in shares if share.weight * LEAD_FACTOR > shares[0].weight]
    return level[0].code if 1 <= len(level) <= FEW else None


def places_of(resolved: Sequence[Resolved]) -> tuple[Place, ...]:
    """Return the mentioned towns and subdivisions, most mentioned first.

    Countries are in `countries`; a subdivision without coordinates is left out.
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
