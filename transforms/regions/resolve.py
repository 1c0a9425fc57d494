"""Decides which place each name means, over the whole article at once.

A candidate's score is how well known it is (the decimal logarithm of its people, with a bonus for
countries and capitals) plus what the rest of the article says for its country and its subdivision.
Names with one meaning speak first; the others are decided with what those said, twice, so that
they can speak for each other too.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Mapping
from types import MappingProxyType

from transforms.regions.gazetteer import CAPITAL, COUNTRY, SUBDIVISION, Link, Spot
from transforms.regions.layout import DATELINE, LEAD, TITLE, Text
from transforms.regions.names import fold
from transforms.regions.recognise import Mention

# Set by reasoning, then varied one at a time by up to double on 1,281 labelled articles: main country stays
# within 0.933 and 0.951 (0.950 as they stand).
COUNTRY_BONUS = 2.0
CAPITAL_BONUS = 1.2
# Another name of a well-known town may be its English one (Geneva for Genève); a small town's seldom is.
OTHER_NAME_MALUS = 1.5
WELL_KNOWN_MALUS = 0.5
WELL_KNOWN = 100_000
LARGE = 5_000_000
COUNTRY_SUPPORT = 4.0
SUBDIVISION_SUPPORT = 3.0
PUBLISHER_SUPPORT = 2.0
LANGUAGE_SUPPORT = 0.8
# A foreign name (Berea for Aleppo) is seldom meant where a town of that very name exists.
UNLIKE_NAME_MALUS = 2.5
VOCABULARY_WEIGHT = 0.8
# A famous name for which nothing else in the text speaks, where the text is full of the public life of
# another country that has a place of that name too: Paris, the county seat.
UNSUPPORTED_MALUS = 5.0
FULL_OF_WORDS = 4
# A name right before the name of the country or subdivision that it lies in is decided.
ADJACENT = 20.0
ROUNDS = 2
SEGMENT_WEIGHT = {TITLE: 2.0, DATELINE: 1.5, LEAD: 1.5}
# What one mention more adds to the support of a country that has this much: half of it is full support.
HALF_SUPPORT = 1.5


@dataclasses.dataclass(frozen=True, slots=True)
class Resolved:
    """A mention and the place that it means."""

    mention: Mention
    link: Link

    @property
    def spot(self) -> Spot:
        """The place."""
        return self.link.spot


def resolve(
    text: Text,
    mentions: list[Mention],
    publisher_country: str | None = None,
    spoken_in: Mapping[str, Container[str]] = MappingProxyType({}),
) -> list[Resolved]:
    """Each mention with the place that it means.

    Args:
        text: the text that the mentions are of.
        mentions: in order.
        publisher_country: ISO 3166-1 alpha-2 of the publisher, a weak prior.
        spoken_in: the languages of each country: a text more often tells of where its own is spoken.
    """
    words = _words_of(mentions)
    neighbours = [_container(text, mentions, number) for number in range(len(mentions))]
    chosen = [
        mention.links[0] if len({link.spot.number for link in mention.links}) == 1 else None
        for mention in mentions
    ]

    def home(country: str) -> float:
        local = LANGUAGE_SUPPORT * (text.language in spoken_in.get(country, ()))
        return local + PUBLISHER_SUPPORT * (country == publisher_country)

    for _ in range(ROUNDS):
        votes = _votes(mentions, chosen)
        chosen = [
            _best(mention, container, *_support(votes, mention.surface), home, words)
            if len(mention.links) > 1
            else mention.links[0]
            for mention, container in zip(mentions, neighbours, strict=True)
        ]
    return [Resolved(mention, link) for mention, link in zip(mentions, chosen, strict=True) if link]


def _words_of(mentions: list[Mention]) -> Counter[str]:
    """How many different words of each country's public life the text has."""
    words = {
        (mention.surface, link.spot.country)
        for mention in mentions
        for link in mention.links
        if link.role == "v"
    }
    return Counter(country for _, country in words)


def _container(text: Text, mentions: list[Mention], number: int) -> tuple[Link, ...]:
    """The links of the name that follows after a comma: Texas for Paris in "Paris, Texas"."""
    if number + 1 >= len(mentions):
        return ()
    here, after = mentions[number], mentions[number + 1]
    between = text.plain[here.end : after.start]
    if between.strip() in {",", "(", ", in"} and after.start - here.end <= 5 and "\n" not in between:
        return tuple(
            link for link in after.links if link.spot.kind in {COUNTRY, SUBDIVISION} and link.role not in "dl"
        )
    return ()


Votes = list[tuple[str, Spot, float]]


def _votes(mentions: list[Mention], chosen: list[Link | None]) -> Votes:
    """What each decided name says: its surface, the place, and the weight of its mentions."""
    weights: defaultdict[tuple[str, int], float] = defaultdict(float)
    spots: dict[int, Spot] = {}
    for mention, link in zip(mentions, chosen, strict=True):
        if link is not None:
            place = mention.surface, link.spot.number
            if link.role == "v":  # Once, however often it is repeated.
                weights[place] = VOCABULARY_WEIGHT
            else:
                weights[place] += mention.trust * SEGMENT_WEIGHT.get(mention.segment, 1.0)
            spots[link.spot.number] = link.spot
    return [(surface, spots[number], weight) for (surface, number), weight in weights.items()]


def _support(votes: Votes, surface: str) -> tuple[dict[str, float], dict[str, float]]:
    """What all other names than this one say for each country and subdivision, 0 to 1."""
    countries: defaultdict[str, float] = defaultdict(float)
    subdivisions: defaultdict[str, float] = defaultdict(float)
    for name, spot, weight in votes:
        if name != surface:
            countries[spot.country] += weight
            if spot.subdivision:
                subdivisions[spot.subdivision] += weight
    total = sum(countries.values()) + HALF_SUPPORT
    return (
        {code: weight / total for code, weight in countries.items()},
        {code: weight / (weight + HALF_SUPPORT) for code, weight in subdivisions.items()},
    )


def _best(
    mention: Mention,
    container: tuple[Link, ...],
    countries: dict[str, float],
    subdivisions: dict[str, float],
    home: Callable[[str], float],
    words: Mapping[str, int],
) -> Link:
    """The link that fits best; of equals, the first place of the gazetteer."""

    others = max((words.get(link.spot.country, 0) for link in mention.links), default=0)
    local = min(1.0, others / FULL_OF_WORDS)
    named_so = any(link.role == "m" for link in mention.links)

    def score(link: Link) -> tuple[float, int]:
        spot = link.spot
        points = _renown(link)
        if named_so and link.role == "a" and fold(spot.name)[0] != fold(mention.surface)[0]:
            points -= UNLIKE_NAME_MALUS
        points += COUNTRY_SUPPORT * countries.get(spot.country, 0.0)
        points += SUBDIVISION_SUPPORT * subdivisions.get(spot.subdivision, 0.0)
        points += home(spot.country)
        if not countries.get(spot.country):
            points -= UNSUPPORTED_MALUS * local
        points += ADJACENT * any(_lies_in(spot, outer.spot) for outer in container)
        return points, -spot.number

    return max(mention.links, key=score)


def _renown(link: Link) -> float:
    spot = link.spot
    points = math.log10(spot.people + 1000)
    if spot.kind == COUNTRY:
        points += COUNTRY_BONUS
    elif spot.kind == CAPITAL:
        points += CAPITAL_BONUS
    elif spot.kind == SUBDIVISION and spot.people < LARGE:
        points -= 0.5
    if link.role == "a":
        points -= WELL_KNOWN_MALUS if spot.people >= WELL_KNOWN or spot.kind == CAPITAL else OTHER_NAME_MALUS
    return points


def _lies_in(inner: Spot, outer: Spot) -> bool:
    if inner.number == outer.number or inner.country != outer.country:
        return False
    return outer.kind == COUNTRY or inner.subdivision == outer.subdivision
