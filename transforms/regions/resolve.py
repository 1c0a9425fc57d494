"""Decide which place each name means, for all names of an article together.

The score of a meaning is how well known the place is (the decimal logarithm of its population, with a bonus
for countries and capitals) plus the support of the rest of the article for its country and subdivision.
Names with a single meaning vote first. The others are then decided by these votes, in two rounds, so that
they can support each other too.
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
from transforms.regions.layout import DATELINE, LEAD, TITLE, ArticleLayout
from transforms.regions.names import fold
from transforms.regions.place_likelihood import OTHER_NAME_FACTOR
from transforms.regions.recognise import Mention

# Set by reasoning, then varied one at a time by up to double on 1,281 labelled articles: the main country
# stays between 0.933 and 0.951 (0.950 with these values).
COUNTRY_BONUS = 2.0
CAPITAL_BONUS = 1.2
# Another name of a well-known town may be its English one (Geneva for Genève); a small town's rarely is.
OTHER_NAME_PENALTY = 1.5
WELL_KNOWN_PENALTY = 0.5
MIN_WELL_KNOWN_POPULATION = 100_000
SMALL_SUBDIVISION_PENALTY = 0.5
MIN_LARGE_SUBDIVISION_POPULATION = 5_000_000
COUNTRY_SUPPORT = 4.0
SUBDIVISION_SUPPORT = 3.0
PUBLISHER_SUPPORT = 2.0
LANGUAGE_SUPPORT = 0.8
UNLIKE_NAME_PENALTY = 2.5
"""A foreign name (Berea for Aleppo) is rarely meant if a town of exactly that name exists."""
PUBLIC_LIFE_VOTE = 0.8
UNSUPPORTED_PENALTY = 5.0
"""Penalty of a famous place if nothing else in the text supports its country, as for Paris, the county seat.

It is full if the text has MANY_WORDS of public life of a country that has a place of the same name.
"""
MANY_WORDS = 4
ALONE_IN_DATELINE = 2.0
"""Bonus of a well-known place in a dateline that names neither its country nor its state.

Only towns that every reader knows appear alone (The Associated Press Stylebook, "datelines"). On the same
articles, 0.5 to 3 get the main country of 1 to 2 more articles right.
"""
ADJACENT = 20.0
"""Bonus of a name right before the name of its country or subdivision: it decides."""
ROUNDS = 2
MIN_POPULATION_ABROAD = 100_000
"""Minimum population of a town to be named alone in a language that its country does not speak.

A smaller town counts if the text names something else in its country. If the text names nothing else at
all, a trust of MIN_LONE_TRUST is enough. On the same articles, F1 of the set of countries is 0.912 without
this rule, 0.914 with anything from 30,000 to 300,000.
"""
MIN_LONE_TRUST = 0.4
_KNOWN_TO_ALL = frozenset({COUNTRY, CAPITAL})
SEGMENT_WEIGHT = {TITLE: 2.0, DATELINE: 1.5, LEAD: 1.5}
HALF_SUPPORT = 1.5
"""Weight of votes that gives a subdivision half of its full support; for countries, added to all votes."""


@dataclasses.dataclass(frozen=True, slots=True)
class ResolvedMention:
    """A mention and the place that it means."""

    mention: Mention
    link: Link

    @property
    def place(self) -> GazetteerPlace:
        """The place that the name means."""
        return self.link.place


class ScoreBreakdown(NamedTuple):
    """Points for and against one meaning of a name; their sum is its score."""

    renown: float
    unlike_name: float
    its_country: float
    its_subdivision: float
    language_and_publisher: float
    unsupported: float
    named_beside: float


class Vote(NamedTuple):
    """A name's support for the place that it is taken to mean."""

    surface: str
    place: GazetteerPlace
    weight: float


def resolve(
    layout: ArticleLayout,
    mentions: list[Mention],
    publisher_country: str | None = None,
    spoken_in: Mapping[str, Container[str]] = MappingProxyType({}),
) -> list[ResolvedMention]:
    """Return each mention with the place that it means.

    Args:
        layout: the text that contains the mentions.
        mentions: in order.
        publisher_country: ISO 3166-1 alpha-2 code of the publisher's country, a weak prior.
        spoken_in: the languages of each country; texts are mostly about countries that speak their language.
    """
    scorer = MeaningScorer(layout, mentions, publisher_country, spoken_in)
    chosen = [
        mention.links[0] if len({link.place.number for link in mention.links}) == 1 else None
        for mention in mentions
    ]
    for _ in range(ROUNDS):
        scorer.set_votes(_votes(mentions, chosen))
        chosen = [
            scorer.best(number) if len(mention.links) > 1 else mention.links[0]
            for number, mention in enumerate(mentions)
        ]
    resolved = [
        ResolvedMention(mention, link) for mention, link in zip(mentions, chosen, strict=True) if link
    ]
    return _without_unlikely_towns(resolved, layout.language, publisher_country, spoken_in)


def _without_unlikely_towns(
    resolved: list[ResolvedMention],
    language: str,
    publisher_country: str | None,
    spoken_in: Mapping[str, Container[str]],
) -> list[ResolvedMention]:
    """Drop small towns abroad whose country nothing else names: usually they are words of the language."""
    if not any(language in spoken_in[country] for country in spoken_in):
        return resolved
    names_in: defaultdict[str, set[str]] = defaultdict(set)
    for name in resolved:
        if name.link.role not in PUBLIC_LIFE:
            names_in[name.place.country].add(name.mention.surface)

    def is_likely(name: ResolvedMention) -> bool:
        country = name.place.country
        at_home = country == publisher_country or language in spoken_in.get(country, ())
        return at_home or not _is_obscure(name) or len(names_in[country]) > 1

    likely = [name for name in resolved if is_likely(name)]
    if any(name.link.role not in PUBLIC_LIFE for name in likely):
        return likely
    return [name for name in resolved if is_likely(name) or name.mention.trust >= MIN_LONE_TRUST]


def _is_obscure(name: ResolvedMention) -> bool:
    """Return True for a town that foreign news does not name without its country."""
    factor = OTHER_NAME_FACTOR if name.link.role is Role.OTHER_NAME else 1.0
    return (
        name.place.kind == TOWN
        and name.mention.segment != DATELINE
        and name.place.people * factor < MIN_POPULATION_ABROAD
    )


class MeaningScorer:
    """Scores the possible meanings of the names in one text."""

    def __init__(
        self,
        layout: ArticleLayout,
        mentions: list[Mention],
        publisher_country: str | None,
        spoken_in: Mapping[str, Container[str]],
    ) -> None:
        self._mentions = mentions
        self._containers = [_container(layout, mentions, number) for number in range(len(mentions))]
        self._word_counts = _public_life_word_counts(mentions)
        self._language, self._spoken_in, self._publisher = layout.language, spoken_in, publisher_country

    def set_votes(self, votes: list[Vote]) -> None:
        """Replace the votes of the names."""
        self._votes = votes
        self._support: dict[str, tuple[dict[str, float], dict[str, float]]] = {}

    def best(self, number: int) -> Link:
        """Return the best link of a mention; of equal ones, the first place of the gazetteer."""
        scored = self.score(number)
        return max(scored, key=lambda meaning: (sum(meaning[1]), -meaning[0].place.number))[0]

    def score(self, number: int) -> list[tuple[Link, ScoreBreakdown]]:
        """Return each link of a mention with its score, given the votes of the other names."""
        mention, container = self._mentions[number], self._containers[number]
        if mention.surface not in self._support:
            self._support[mention.surface] = _support(self._votes, mention.surface)
        countries, subdivisions = self._support[mention.surface]
        words = max((self._word_counts.get(link.place.country, 0) for link in mention.links), default=0)
        local = min(1.0, words / MANY_WORDS)
        has_main_name = any(link.role is Role.MAIN_NAME for link in mention.links)
        first = fold(mention.surface)[0] if has_main_name else ""
        alone = ALONE_IN_DATELINE * (mention.segment == DATELINE and not container)
        scored = []
        for link in mention.links:
            place = link.place
            unlike = first and link.role is Role.OTHER_NAME and fold(place.name)[0] != first
            well_known = place.people >= MIN_WELL_KNOWN_POPULATION or place.kind in _KNOWN_TO_ALL
            score = ScoreBreakdown(
                renown=_renown(link) + alone * well_known,
                unlike_name=-UNLIKE_NAME_PENALTY if unlike else 0.0,
                its_country=COUNTRY_SUPPORT * countries.get(place.country, 0.0),
                its_subdivision=SUBDIVISION_SUPPORT * subdivisions.get(place.subdivision, 0.0),
                language_and_publisher=self._home(place.country),
                unsupported=0.0 if countries.get(place.country) else -UNSUPPORTED_PENALTY * local,
                named_beside=ADJACENT * any(_lies_in(place, outer.place) for outer in container),
            )
            scored.append((link, score))
        return scored

    def _home(self, country: str) -> float:
        """Return the bonus of a country that speaks the text's language or is the publisher's."""
        spoken = LANGUAGE_SUPPORT * (self._language in self._spoken_in.get(country, ()))
        return spoken + PUBLISHER_SUPPORT * (country == self._publisher)


def score_meanings(
    layout: ArticleLayout,
    resolved: Sequence[ResolvedMention],
    publisher_country: str | None = None,
    spoken_in: Mapping[str, Container[str]] = MappingProxyType({}),
) -> list[list[tuple[Link, ScoreBreakdown]]]:
    """Return the possible meanings of each resolved name with their scores, the best first."""
    mentions = [name.mention for name in resolved]
    scorer = MeaningScorer(layout, mentions, publisher_country, spoken_in)
    scorer.set_votes(_votes(mentions, [name.link for name in resolved]))
    return [
        sorted(scorer.score(number), key=lambda meaning: (-sum(meaning[1]), meaning[0].place.number))
        for number in range(len(mentions))
    ]


def _public_life_word_counts(mentions: list[Mention]) -> Counter[str]:
    """Return how many different words of each country's public life the text has."""
    words = {
        (mention.surface, link.place.country)
        for mention in mentions
        for link in mention.links
        if link.role in PUBLIC_LIFE
    }
    return Counter(country for _, country in words)


def _container(layout: ArticleLayout, mentions: list[Mention], number: int) -> tuple[Link, ...]:
    """Return the links of the name after a comma: Texas for Paris in "Paris, Texas"."""
    if number + 1 >= len(mentions):
        return ()
    mention, following = mentions[number], mentions[number + 1]
    between = layout.plain[mention.end : following.start]
    is_close = following.start - mention.end <= 5 and "\n" not in between
    if is_close and between.strip() in {",", "(", ", in"}:
        return tuple(
            link
            for link in following.links
            if link.place.kind in {COUNTRY, SUBDIVISION} and link.role not in DEMONYMS
        )
    return ()


def _votes(mentions: list[Mention], chosen: list[Link | None]) -> list[Vote]:
    """Return one vote for each decided name and place, weighted by its mentions."""
    weights: defaultdict[tuple[str, int], float] = defaultdict(float)
    places: dict[int, GazetteerPlace] = {}
    for mention, link in zip(mentions, chosen, strict=True):
        if link is not None:
            key = mention.surface, link.place.number
            if link.role in PUBLIC_LIFE:  # A repeated word votes only once.
                weights[key] = PUBLIC_LIFE_VOTE
            else:
                weights[key] += mention.trust * SEGMENT_WEIGHT.get(mention.segment, 1.0)
            places[link.place.number] = link.place
    return [Vote(surface, places[number], weight) for (surface, number), weight in weights.items()]


def _support(votes: list[Vote], surface: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return the support of all other names for each country and each subdivision, 0 to 1."""
    countries: defaultdict[str, float] = defaultdict(float)
    subdivisions: defaultdict[str, float] = defaultdict(float)
    for name, place, weight in votes:
        if name != surface:
            countries[place.country] += weight
            if place.subdivision:
                subdivisions[place.subdivision] += weight
    total = sum(countries.values()) + HALF_SUPPORT
    return (
        {code: weight / total for code, weight in countries.items()},
        {code: weight / (weight + HALF_SUPPORT) for code, weight in subdivisions.items()},
    )


def _renown(link: Link) -> float:
    """Return how well known a place is by its size and kind, and by this name."""
    place = link.place
    renown = math.log10(place.people + 1000)
    if place.kind == COUNTRY:
        renown += COUNTRY_BONUS
    elif place.kind == CAPITAL:
        renown += CAPITAL_BONUS
    elif place.kind == SUBDIVISION and place.people < MIN_LARGE_SUBDIVISION_POPULATION:
        renown -= SMALL_SUBDIVISION_PENALTY
    if link.role is Role.OTHER_NAME:
        well_known = place.people >= MIN_WELL_KNOWN_POPULATION or place.kind == CAPITAL
        renown -= WELL_KNOWN_PENALTY if well_known else OTHER_NAME_PENALTY
    return renown


def _lies_in(inner: GazetteerPlace, outer: GazetteerPlace) -> bool:
    """Return True if a place is in a country or subdivision, and not that place itself."""
    if inner.number == outer.number or inner.country != outer.country:
        return False
    return outer.kind == COUNTRY or inner.subdivision == outer.subdivision
