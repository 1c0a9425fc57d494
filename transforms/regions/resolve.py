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
from collections.abc import Container, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from transforms.regions.gazetteer import (
    CAPITAL,
    COUNTRY,
    DEMONYMS,
    PUBLIC_LIFE,
    SUBDIVISION,
    TOWN,
    GazetteerPlace,
    Link,
    Role,
)
from transforms.regions.layout import DATELINE, LEAD, TITLE, Text
from transforms.regions.names import fold
from transforms.regions.place_likelihood import OTHER_NAME_FACTOR
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
# Only towns that every reader knows stand in a dateline without their country or state, as The Associated
# Press Stylebook has it ("datelines"). On the same articles 0.5 to 3 give 1 to 2 more of the main country.
ALONE_IN_DATELINE = 2.0
# A name right before the name of the country or subdivision that it lies in is decided.
ADJACENT = 20.0
ROUNDS = 2
# A town of fewer people is not named in a language that its country does not speak unless something else is
# named of that country too; where nothing else is named at all, a trust of CUED will do. On the same articles
# F1 of the set is 0.912 without this, 0.914 with anything from 30,000 to 300,000.
KNOWN_ABROAD = 100_000
CUED = 0.4
_KNOWN_TO_ALL = frozenset({COUNTRY, CAPITAL})
SEGMENT_WEIGHT = {TITLE: 2.0, DATELINE: 1.5, LEAD: 1.5}
# What one mention more adds to the support of a country that has this much: half of it is full support.
HALF_SUPPORT = 1.5


@dataclasses.dataclass(frozen=True, slots=True)
class Resolved:
    """A mention and the place that it means."""

    mention: Mention
    link: Link

    @property
    def spot(self) -> GazetteerPlace:
        """The place."""
        return self.link.spot


class ScoreBreakdown(NamedTuple):
    """What speaks for one meaning of a name, and against it."""

    renown: float
    unlike_name: float
    its_country: float
    its_subdivision: float
    language_and_publisher: float
    unsupported: float
    named_beside: float


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
    choice = Choice(text, mentions, publisher_country, spoken_in)
    chosen = [
        mention.links[0] if len({link.spot.number for link in mention.links}) == 1 else None
        for mention in mentions
    ]
    for _ in range(ROUNDS):
        choice.hear(_votes(mentions, chosen))
        chosen = [
            choice.best(number) if len(mention.links) > 1 else mention.links[0]
            for number, mention in enumerate(mentions)
        ]
    found = [Resolved(mention, link) for mention, link in zip(mentions, chosen, strict=True) if link]
    return _likely(found, text.language, publisher_country, spoken_in)


def _likely(
    found: list[Resolved],
    language: str,
    publisher_country: str | None,
    spoken_in: Mapping[str, Container[str]],
) -> list[Resolved]:
    """What was found, without small towns abroad that stand alone: more often a word of the language."""
    if not any(language in spoken_in[country] for country in spoken_in):
        return found
    named: defaultdict[str, set[str]] = defaultdict(set)
    for one in found:
        if one.link.role not in PUBLIC_LIFE:
            named[one.spot.country].add(one.mention.surface)

    def is_likely(one: Resolved) -> bool:
        country = one.spot.country
        at_home = country == publisher_country or language in spoken_in.get(country, ())
        return at_home or not _is_obscure(one) or len(named[country]) > 1

    likely = [one for one in found if is_likely(one)]
    if any(one.link.role not in PUBLIC_LIFE for one in likely):
        return likely
    return [one for one in found if is_likely(one) or one.mention.trust >= CUED]


def _is_obscure(one: Resolved) -> bool:
    """Whether a name is that of a town which news abroad do not name without its country."""
    known_as = OTHER_NAME_FACTOR if one.link.role is Role.OTHER_NAME else 1.0
    return (
        one.spot.kind == TOWN
        and one.mention.segment != DATELINE
        and one.spot.people * known_as < KNOWN_ABROAD
    )


class Choice:
    """Between the meanings of the names of one text."""

    def __init__(
        self,
        text: Text,
        mentions: list[Mention],
        publisher_country: str | None,
        spoken_in: Mapping[str, Container[str]],
    ) -> None:
        self._mentions = mentions
        self._containers = [_container(text, mentions, number) for number in range(len(mentions))]
        self._words = _words_of(mentions)
        self._language, self._spoken_in, self._publisher = text.language, spoken_in, publisher_country

    def hear(self, votes: Votes) -> None:
        """Takes what the names say by now."""
        self._votes = votes
        self._support: dict[str, tuple[dict[str, float], dict[str, float]]] = {}

    def best(self, number: int) -> Link:
        """The link of a mention that fits best; of equals, the first place of the gazetteer."""
        weighed = self.weigh(number)
        return max(weighed, key=lambda one: (sum(one[1]), -one[0].spot.number))[0]

    def weigh(self, number: int) -> list[tuple[Link, ScoreBreakdown]]:
        """Each link of a mention with its points, given what the other names say."""
        mention, container = self._mentions[number], self._containers[number]
        if mention.surface not in self._support:
            self._support[mention.surface] = _support(self._votes, mention.surface)
        countries, subdivisions = self._support[mention.surface]
        words = max((self._words.get(link.spot.country, 0) for link in mention.links), default=0)
        local = min(1.0, words / FULL_OF_WORDS)
        first = fold(mention.surface)[0] if any(link.role is Role.MAIN_NAME for link in mention.links) else ""
        alone = ALONE_IN_DATELINE * (mention.segment == DATELINE and not container)
        weighed = []
        for link in mention.links:
            spot = link.spot
            unlike = first and link.role is Role.OTHER_NAME and fold(spot.name)[0] != first
            points = ScoreBreakdown(
                renown=_renown(link) + alone * (spot.people >= WELL_KNOWN or spot.kind in _KNOWN_TO_ALL),
                unlike_name=-UNLIKE_NAME_MALUS if unlike else 0.0,
                its_country=COUNTRY_SUPPORT * countries.get(spot.country, 0.0),
                its_subdivision=SUBDIVISION_SUPPORT * subdivisions.get(spot.subdivision, 0.0),
                language_and_publisher=self._home(spot.country),
                unsupported=0.0 if countries.get(spot.country) else -UNSUPPORTED_MALUS * local,
                named_beside=ADJACENT * any(_lies_in(spot, outer.spot) for outer in container),
            )
            weighed.append((link, points))
        return weighed

    def _home(self, country: str) -> float:
        spoken = LANGUAGE_SUPPORT * (self._language in self._spoken_in.get(country, ()))
        return spoken + PUBLISHER_SUPPORT * (country == self._publisher)


def weighed(
    text: Text,
    resolved: Sequence[Resolved],
    publisher_country: str | None = None,
    spoken_in: Mapping[str, Container[str]] = MappingProxyType({}),
) -> list[list[tuple[Link, ScoreBreakdown]]]:
    """For each name that was resolved, its meanings and what spoke for them, the best first."""
    mentions = [item.mention for item in resolved]
    choice = Choice(text, mentions, publisher_country, spoken_in)
    choice.hear(_votes(mentions, [item.link for item in resolved]))
    found = [choice.weigh(number) for number in range(len(mentions))]
    return [sorted(one, key=lambda pair: (-sum(pair[1]), pair[0].spot.number)) for one in found]


def _words_of(mentions: list[Mention]) -> Counter[str]:
    """How many different words of each country's public life the text has."""
    words = {
        (mention.surface, link.spot.country)
        for mention in mentions
        for link in mention.links
        if link.role in PUBLIC_LIFE
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
            link
            for link in after.links
            if link.spot.kind in {COUNTRY, SUBDIVISION} and link.role not in DEMONYMS
        )
    return ()


Votes = list[tuple[str, GazetteerPlace, float]]


def _votes(mentions: list[Mention], chosen: list[Link | None]) -> Votes:
    """What each decided name says: its surface, the place, and the weight of its mentions."""
    weights: defaultdict[tuple[str, int], float] = defaultdict(float)
    spots: dict[int, GazetteerPlace] = {}
    for mention, link in zip(mentions, chosen, strict=True):
        if link is not None:
            place = mention.surface, link.spot.number
            if link.role in PUBLIC_LIFE:  # Once, however often it is repeated.
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


def _renown(link: Link) -> float:
    spot = link.spot
    points = math.log10(spot.people + 1000)
    if spot.kind == COUNTRY:
        points += COUNTRY_BONUS
    elif spot.kind == CAPITAL:
        points += CAPITAL_BONUS
    elif spot.kind == SUBDIVISION and spot.people < LARGE:
        points -= 0.5
    if link.role is Role.OTHER_NAME:
        points -= WELL_KNOWN_MALUS if spot.people >= WELL_KNOWN or spot.kind == CAPITAL else OTHER_NAME_MALUS
    return points


def _lies_in(inner: GazetteerPlace, outer: GazetteerPlace) -> bool:
    if inner.number == outer.number or inner.country != outer.country:
        return False
    return outer.kind == COUNTRY or inner.subdivision == outer.subdivision
