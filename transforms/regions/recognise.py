"""Find the names of places in an article: one pass over the text, the longest match at each point."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from transforms.regions.gazetteer import CAPITAL, COUNTRY, PUBLIC_LIFE, Gazetteer, Link, Role
from transforms.regions.layout import ArticleLayout
from transforms.regions.names import has_case, is_unspaced, is_whole_word
from transforms.regions.place_likelihood import Candidate, namesakes, neighbour, trust_of

MIN_TRUST = 0.1
"""Minimum likelihood that a name is a place's; other names are left out."""
# In a script that has neither capitals nor unspaced words, only its length distinguishes a town from a word.
MIN_LONG_NAME_CHARS = 5
LONG_NAME_TRUST = 0.6
SHORT_NAME_TRUST = 0.3
MIN_LOWER_CASE_DEMONYM_CHARS = 6
"""Minimum length of a lower-case demonym in a text whose language is unknown."""
MAX_CAPITALS_SHARE = 0.8
"""Maximum share of capitals in a line; beyond it, US may be the pronoun in a line all in capitals."""


@dataclasses.dataclass(frozen=True, slots=True)
class Mention:
    """A name in the text that may be a place."""

    start: int
    end: int
    surface: str
    links: tuple[Link, ...]
    """The possible meanings of the name; at least one."""
    segment: str
    """The kind of the part that contains the name: TITLE, DATELINE, LEAD or BODY."""
    part: int
    """The number of that part."""
    trust: float
    """Likelihood that the name is a place's name at all, 0 to 1."""


def recognise(layout: ArticleLayout, gazetteer: Gazetteer) -> list[Mention]:
    """Return the mentions of places in order; of overlapping names, only the longest."""
    mentions: list[Mention] = []
    for span in _longest(_spans(layout, gazetteer)):
        previous_end = mentions[-1].end if mentions else None
        mention = _mention(layout, span, gazetteer, previous_end)
        if mention:
            mentions.extend(_halves(mention))
    people = namesakes(layout, {mention.surface for mention in mentions}, gazetteer.lexicon)
    return [mention for mention in mentions if mention.trust == 1.0 or mention.surface not in people]


def _halves(mention: Mention) -> Iterator[Mention]:
    """Yield the mention, or its two halves if it is a pair of countries written as one word."""
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


def _spans(layout: ArticleLayout, gazetteer: Gazetteer) -> list[tuple[int, int, int]]:
    """Return start, end and pattern number of every name that is a whole word.

    The spans do not include the spaces of the pattern.
    """
    folded = layout.folded
    spans = []
    for pattern, start, end in gazetteer.automaton.find_matches_as_indexes(folded, overlapping=True):
        if folded[start] == " ":
            start += 1  # noqa: PLW2901  The hottest loop of the step.
        if folded[end - 1] == " ":
            spans.append((start, end - 1, pattern))
        elif is_whole_word(folded, start, end):
            spans.append((start, end, pattern))
    return spans


def _longest(spans: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return the longest of spans that overlap, the first of equally long ones."""
    spans.sort(key=lambda span: (span[0], -span[1]))
    longest: list[tuple[int, int, int]] = []
    for span in spans:
        if not longest or span[0] >= longest[-1][1]:
            longest.append(span)
        elif span[1] - span[0] > longest[-1][1] - longest[-1][0]:
            longest[-1] = span
    return longest


def _mention(
    layout: ArticleLayout, span: tuple[int, int, int], gazetteer: Gazetteer, previous_end: int | None
) -> Mention | None:
    """Return the mention at a span, or None if the name is not a place.

    `previous_end` is the end of the mention before it.
    """
    start, end, pattern = span
    if layout.plain[start].islower() and not gazetteer.in_lower_case(pattern):
        return None
    after_place = previous_end is not None and _separated_by_comma(layout.plain, previous_end, start)
    links = gazetteer.links(pattern)
    links = tuple(link for link in links if _fits(layout, start, end, link, after_place=after_place))
    # Sedan, sedan: if it can be a name, the name wins over the word of public life.
    links = tuple(link for link in links if link.role not in PUBLIC_LIFE) or links
    if links and layout.plain.startswith(" County", end) and neighbour(layout.plain, end, 1) == "County":
        # A county is neither the country nor the people of the same name.
        links = tuple(link for link in links if link.place.kind != COUNTRY)
    if not links:
        return None
    surface, part = layout.plain[start:end], layout.part_of(start)
    if has_case(surface[0]):
        candidate = Candidate(layout, start, end, links, layout.kinds[part], after_place)
        trust = trust_of(candidate, gazetteer.lexicon)
    elif is_unspaced(surface) or any(link.place.kind in {COUNTRY, CAPITAL} for link in links):
        trust = 1.0
    else:
        trust = LONG_NAME_TRUST if len(surface) >= MIN_LONG_NAME_CHARS else SHORT_NAME_TRUST
    if trust < MIN_TRUST:
        return None
    return Mention(start, end, surface, links, layout.kinds[part], part, trust)


def _separated_by_comma(plain: str, end: int, start: int) -> bool:
    """Return True if only a comma or an opening bracket separates two names."""
    return start - end <= len(".,  ") and plain[end:start].strip(" \n") in {",", ".,", "(", ", ("}


def _fits(layout: ArticleLayout, start: int, end: int, link: Link, *, after_place: bool) -> bool:
    """Return True if the spelling fits the link's role and the text's language fits the link."""
    if link.languages and layout.language and layout.language not in link.languages:
        return False
    surface = layout.plain[start:end]
    capital = surface[0].isupper()
    if link.role is Role.ABBREVIATION:
        if " " in layout.folded[start:end]:
            return "." in surface
        return surface.isupper() and not _is_in_capitals(layout, start)
    if link.role is Role.POINTED_ABBREVIATION:
        return after_place and capital and layout.plain[end : end + 1] == "."
    if link.role is Role.POSTAL_ABBREVIATION:
        return after_place and surface.isupper()
    if link.role in PUBLIC_LIFE:
        return bool(layout.language) or "en" in link.languages
    if link.role is Role.LOWER_CASE_DEMONYM:
        return capital or bool(layout.language) or len(surface) >= MIN_LOWER_CASE_DEMONYM_CHARS
    return capital or not has_case(surface[0])


def _is_in_capitals(layout: ArticleLayout, position: int) -> bool:
    """Return True if the line around a position is in capitals."""
    line_start = layout.plain.rfind("\n", 0, position) + 1
    line = layout.plain[max(line_start, position - 30) : position + 30].partition("\n")[0]
    letters = [letter for letter in line if has_case(letter)]
    return sum(letter.isupper() for letter in letters) > MAX_CAPITALS_SHARE * len(letters)
