"""Estimate how likely a capitalised name is a place's, from the words around it.

The estimate is called trust, from 0 to 1. The rules check whether the neighbouring words make the name a
publication, a company or a person, whether it follows a preposition of place, and whether a region
follows after a comma. No rule knows a particular publisher, company or person.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from transforms.regions.gazetteer import CAPITAL, COUNTRY, PLACE_NAMES, SUBDIVISION, Link, Role
from transforms.regions.layout import DATELINE, TITLE, ArticleLayout
from transforms.regions.lexicon import Lexicon
from transforms.regions.names import fold

NOT_A_PLACE, CERTAIN = 0.0, 1.0
TRUST_BY_POPULATION = ((1_000_000, 0.9), (200_000, 0.7), (50_000, 0.5), (0, 0.4))
"""Minimum population and trust: the larger a place, the likelier that a name means it."""
SUBDIVISION_TRUST = 0.9
MIN_LARGE_TRUST = 0.9
"""Minimum trust by size of a large place: a subdivision, or a town of a million people."""
OTHER_NAME_FACTOR = 0.3
"""A place's other spelling gets the trust of a place with this share of its population."""
# Factors by which trust is multiplied if the name
# comes before a word for companies,
IN_A_COMPANY = 0.5
# is also a common word,
A_COMMON_WORD = 0.5
# follows no preposition of place,
BARE_LARGE, BARE_SMALL = 0.8, 0.5
# comes before or after another capitalised word, as in names of people and firms.
BEFORE_LARGE, BEFORE_SMALL = 0.6, 0.2
AFTER_LARGE, AFTER_SMALL = 0.6, 0.1

_NEXT = re.compile(r"[ -]([\w'’&-]+)")
_LAST = re.compile(r"[\w'’&.-]+$")
_REGION_NEXT = re.compile(r", (?!Mr\.|Mrs\.|The\b)(?:[A-Z][a-z]+\.?|[A-Z]{2}|[A-Z]\.[A-Z]\.)[,. )]")
_IN_WORD = re.compile(r"\w")
_OPENING = "\"'“”‘’«(["


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """A capitalised name in a text, and its possible meanings."""

    layout: ArticleLayout
    start: int
    end: int
    links: tuple[Link, ...]
    segment: str
    after_place: bool
    """True if the name follows another place and a comma."""


def trust_of(candidate: Candidate, lexicon: Lexicon) -> float:
    """Return the likelihood that the candidate is a place's name, 0 to 1."""
    plain, start, end, links = candidate.layout.plain, candidate.start, candidate.end, candidate.links
    following, previous = neighbour(plain, end, 1), neighbour(plain, start, -1)
    next_word = fold(following).strip() if following[:1].isupper() else ""
    if next_word in lexicon.publishers:
        return NOT_A_PLACE
    if all(link.role not in PLACE_NAMES for link in links):
        return IN_A_COMPANY if next_word in lexicon.companies else CERTAIN
    if candidate.segment == DATELINE or candidate.after_place or _REGION_NEXT.match(plain, end):
        return CERTAIN
    name, last_word = candidate.layout.folded[start:end], fold(previous)
    if _is_person(plain, start, end, lexicon) or _is_organisation(candidate, lexicon):
        return NOT_A_PLACE
    size_trust = _trust_of_size(links)
    trust = size_trust * (IN_A_COMPANY if next_word in lexicon.companies else 1.0)
    after_preposition = last_word in lexicon.cues
    surface, language = plain[start:end], candidate.layout.language
    if lexicon.is_word(surface, name, language):
        word = name if language in {"", "en"} else surface.lower()
        doubtful = candidate.segment == TITLE or candidate.layout.has_word(word) or not after_preposition
        return NOT_A_PLACE if doubtful else trust * A_COMMON_WORD
    if after_preposition or any(link.place.kind == COUNTRY for link in links):
        return trust
    large = size_trust >= MIN_LARGE_TRUST
    return trust * _bare_factor(candidate, previous, following, lexicon, large=large)


def neighbour(plain: str, position: int, step: int) -> str:
    """Return the word after (step 1) or before (step -1) a position.

    Returns '' if they are separated by more than a space or hyphen.
    """
    if step > 0:
        match = _NEXT.match(plain, position)
        return match[1] if match else ""
    if plain[position - 1 : position] not in {" ", "-"}:
        return ""
    space = plain.rfind(" ", max(0, position - 30), position - 1)
    match = _LAST.search(plain, max(0, position - 30, space), position - 1)
    return match[0] if match else ""


def namesakes(layout: ArticleLayout, surfaces: set[str], lexicon: Lexicon) -> set[str]:
    """Return the names that are a person's anywhere in the text: Houston, if it mentions Sam Houston."""
    return {
        surface
        for surface in surfaces
        if fold(surface) in lexicon.people
        and any(
            _is_person(layout.plain, start, start + len(surface), lexicon)
            for start in _occurrences(surface, layout.plain)
        )
    }


def _occurrences(word: str, plain: str) -> Iterator[int]:
    """Yield the start of each occurrence of a word, except inside longer words."""
    start = plain.find(word)
    while start >= 0:
        end = start + len(word)
        if not _IN_WORD.match(plain[start - 1 : start]) and not _IN_WORD.match(plain[end : end + 1]):
            yield start
        start = plain.find(word, end)


def _trust_of_size(links: tuple[Link, ...]) -> float:
    """Return the trust in the largest place that a name may mean."""
    if any(link.place.kind == COUNTRY for link in links):
        return CERTAIN
    if any(link.place.kind in {SUBDIVISION, CAPITAL} and link.role is Role.MAIN_NAME for link in links):
        return SUBDIVISION_TRUST
    population = max(
        link.place.people * (1.0 if link.role is Role.MAIN_NAME else OTHER_NAME_FACTOR) for link in links
    )
    return next(trust for minimum, trust in TRUST_BY_POPULATION if population >= minimum)


def _bare_factor(
    candidate: Candidate, previous: str, following: str, lexicon: Lexicon, *, large: bool
) -> float:
    """Return the factor for a town or subdivision that follows no preposition of place."""
    if not large and fold(following) in lexicon.speaking:
        return 0.0
    factor = BARE_LARGE if large else BARE_SMALL
    if candidate.segment == TITLE and not _is_repeated(candidate, previous):
        # Headlines may capitalise every word.
        return factor
    if following[:1].isupper() and fold(following) not in lexicon.places:
        factor *= BEFORE_LARGE if large else BEFORE_SMALL
    opens = _opens_sentence(candidate.layout.plain, candidate.start - len(previous) - 1)
    if previous[:1].isupper() and fold(previous) not in lexicon.places and not opens:
        factor *= AFTER_LARGE if large else AFTER_SMALL
    return factor


def _is_repeated(candidate: Candidate, previous: str) -> bool:
    """Return True if the text repeats the previous word together with the name.

    Then that word of the headline is part of the name.
    """
    name = candidate.layout.plain[candidate.start : candidate.end]
    both = fold(f"{previous} {name}")
    return previous[:1].isupper() and candidate.layout.folded.count(f" {both} ") > 1


def _opens_sentence(plain: str, position: int) -> bool:
    """Return True if a word at this position is capitalised because it opens a sentence."""
    before = plain[max(0, position - 10) : position].rstrip(" " + _OPENING)
    return not before or before.endswith((".", "\n", "!", "?", ":"))


def _is_person(plain: str, start: int, end: int, lexicon: Lexicon) -> bool:
    """Return True if a title or given name precedes the name, or a surname follows it."""
    name, previous, following = fold(plain[start:end]), neighbour(plain, start, -1), neighbour(plain, end, 1)
    previous_bare = previous.rstrip(".")
    may_be_person = name in lexicon.people
    before = fold(previous_bare)
    if previous_bare[:1].isupper() and (len(previous_bare) == 1 or not previous_bare.isupper()):
        if before in lexicon.people or _is_initial(plain, start, previous, lexicon):
            return True
        if before in lexicon.titles:
            return may_be_person or name in lexicon.words
        opens = _opens_sentence(plain, start - len(previous) - 1)
        if may_be_person and before not in lexicon.places and not opens:
            return True
    if not may_be_person or not following[:1].isupper() or following.isupper():
        return False
    return fold(following) not in lexicon.places and fold(following) not in lexicon.companies


def _is_initial(plain: str, start: int, previous: str, lexicon: Lexicon) -> bool:
    """Return True if the word before a name is an initial, as in John F. Kennedy.

    In "O Brasil" it is a word.
    """
    if previous.endswith(".") or len(previous) > 1:
        return len(previous.rstrip(".")) == 1
    return fold(previous) not in lexicon.cues and not _opens_sentence(plain, start - len(previous) - 1)


def _is_organisation(candidate: Candidate, lexicon: Lexicon) -> bool:
    """Return True if the name ends an organisation's, as in Bank of America.

    The Bank of Japan still counts for Japan.
    """
    plain, start = candidate.layout.plain, candidate.start
    if plain[start - 4 : start] != " of " or candidate.layout.folded[start : candidate.end] != "america":
        return False
    return fold(neighbour(plain, start - 3, -1)) in lexicon.organisations
