"""Finds the names of places in an article: one pass over the text, the longest match at each point."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from transforms.regions.gazetteer import CAPITAL, COUNTRY, PUBLIC_LIFE, Gazetteer, Link, Role
from transforms.regions.layout import Text
from transforms.regions.names import has_case, is_unspaced, stands_free
from transforms.regions.place_likelihood import Candidate, namesakes, neighbour, trust_of

# A name that is less likely than this a place's is left out.
LEAST_TRUST = 0.1
# In a script with neither capitals nor unspaced words, only its length tells a town from a word.
LONG_NAME = 5
LONG_NAME_TRUST = 0.6
SHORT_NAME_TRUST = 0.3
# Lower-case adjectives of a text whose language is unknown count from this length.
LONG_ADJECTIVE = 6
# A line with more capitals than this is shouted: US in it may be the pronoun.
SHOUTED = 0.8


@dataclasses.dataclass(frozen=True, slots=True)
class Mention:
    """A name in the text that may be a place."""

    start: int
    end: int
    surface: str
    links: tuple[Link, ...]
    """What it may mean; at least one."""
    segment: str
    """The kind of part that it stands in."""
    part: int
    """The part's number."""
    trust: float
    """How likely it is a place's name at all, 0 to 1."""


def recognise(text: Text, gazetteer: Gazetteer) -> list[Mention]:
    """The mentions of places in the text, in order; of two that overlap, the longer."""
    mentions: list[Mention] = []
    for span in _longest(_spans(text, gazetteer)):
        before = mentions[-1].end if mentions else None
        mention = _mention(text, span, gazetteer, before)
        if mention:
            mentions.extend(_halves(mention))
    people = namesakes(text, {mention.surface for mention in mentions}, gazetteer.lexicon)
    return [mention for mention in mentions if mention.trust == 1.0 or mention.surface not in people]


def _halves(mention: Mention) -> Iterator[Mention]:
    """A mention, or the two of two countries that are written as one word."""
    first, second = (
        tuple(link for link in mention.links if link.role is role)
        for role in (Role.FIRST_OF_PAIR, Role.SECOND_OF_PAIR)
    )
    if not first or not second:
        yield mention
        return
    middle = (mention.start + mention.end) // 2
    for start, end, links in ((mention.start, middle, first), (middle, mention.end, second)):
        surface = mention.surface[start - mention.start : end - mention.start]
        yield dataclasses.replace(mention, start=start, end=end, surface=surface, links=links)


def _spans(text: Text, gazetteer: Gazetteer) -> list[tuple[int, int, int]]:
    """Start, end and number of every name that stands free; the blanks of its pattern left out."""
    folded = text.folded
    spans = []
    for number, start, end in gazetteer.automaton.find_matches_as_indexes(folded, overlapping=True):
        if folded[start] == " ":
            start += 1  # noqa: PLW2901  The hottest loop of the step.
        if folded[end - 1] == " ":
            spans.append((start, end - 1, number))
        elif stands_free(folded, start, end):
            spans.append((start, end, number))
    return spans


def _longest(spans: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Of spans that overlap, the longest, and of those as long the first."""
    spans.sort(key=lambda span: (span[0], -span[1]))
    kept: list[tuple[int, int, int]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
        elif span[1] - span[0] > kept[-1][1] - kept[-1][0]:
            kept[-1] = span
    return kept


def _mention(
    text: Text, span: tuple[int, int, int], gazetteer: Gazetteer, before: int | None
) -> Mention | None:
    """The mention at a span, or None where it is no place; `before` is where the last one ended."""
    start, end, number = span
    if text.plain[start].islower() and not gazetteer.in_lower_case(number):
        return None
    after_place = before is not None and _parted_by_comma(text.plain, before, start)
    links = gazetteer.links(number)
    links = tuple(link for link in links if _written_so(text, start, end, link, after_place=after_place))
    # A word is one only where it is no name: Sedan, sedan.
    links = tuple(link for link in links if link.role not in PUBLIC_LIFE) or links
    if links and text.plain.startswith(" County", end) and neighbour(text.plain, end, 1) == "County":
        # A county is not the country, nor the people, that it shares its name with.
        links = tuple(link for link in links if link.spot.kind != COUNTRY)
    if not links:
        return None
    surface, part = text.plain[start:end], text.part_of(start)
    if has_case(surface[0]):
        candidate = Candidate(text, start, end, links, text.kinds[part], after_place)
        trust = trust_of(candidate, gazetteer.lexicon)
    elif is_unspaced(surface) or any(link.spot.kind in {COUNTRY, CAPITAL} for link in links):
        trust = 1.0
    else:
        trust = LONG_NAME_TRUST if len(surface) >= LONG_NAME else SHORT_NAME_TRUST
    if trust < LEAST_TRUST:
        return None
    return Mention(start, end, surface, links, text.kinds[part], part, trust)


def _parted_by_comma(plain: str, end: int, start: int) -> bool:
    return start - end <= len(".,  ") and plain[end:start].strip(" \n") in {",", ".,", "(", ", ("}


def _written_so(text: Text, start: int, end: int, link: Link, *, after_place: bool) -> bool:
    """Whether the surface is one in which the link's role is written, in a language where it counts."""
    if link.languages and text.language and text.language not in link.languages:
        return False
    surface = text.plain[start:end]
    capital = surface[0].isupper()
    if link.role is Role.ABBREVIATION:
        if " " in text.folded[start:end]:
            return "." in surface
        return surface.isupper() and not _shouted(text, start)
    if link.role is Role.POINTED_ABBREVIATION:
        return after_place and capital and text.plain[end : end + 1] == "."
    if link.role is Role.POSTAL_ABBREVIATION:
        return after_place and surface.isupper()
    if link.role in PUBLIC_LIFE:
        return bool(text.language) or "en" in link.languages
    if link.role is Role.LOWER_CASE_DEMONYM:
        return capital or bool(text.language) or len(surface) >= LONG_ADJECTIVE
    return capital or not has_case(surface[0])


def _shouted(text: Text, position: int) -> bool:
    """Whether the line around a position is in capitals."""
    left = text.plain.rfind("\n", 0, position) + 1
    line = text.plain[max(left, position - 30) : position + 30].partition("\n")[0]
    letters = [letter for letter in line if has_case(letter)]
    return sum(letter.isupper() for letter in letters) > SHOUTED * len(letters)
