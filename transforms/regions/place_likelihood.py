"""How likely a capitalised name is a place's, from how it stands in the text.

The rules look at the words beside the name: whether they make it a publication, a company or a
person, whether a preposition of place stands before it, whether a region follows after a comma.
No rule knows any one publisher, company or person.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from transforms.regions.gazetteer import CAPITAL, COUNTRY, PLACE_NAMES, SUBDIVISION, Link, Role
from transforms.regions.layout import DATELINE, TITLE, Text
from transforms.regions.lexicon import Lexicon
from transforms.regions.names import fold

NOT_A_PLACE, CERTAIN = 0.0, 1.0
# The larger the place, the more likely it is meant rather than another of its name: (people, trust).
BY_PEOPLE = ((1_000_000, 0.9), (200_000, 0.7), (50_000, 0.5), (0, 0.4))
SUBDIVISION_TRUST = 0.9
# Another spelling is as likely meant as the main name of a place this much smaller.
OTHER_NAME_FACTOR = 0.3
# What is left of the trust in a name that ...
IN_A_COMPANY = 0.5
A_COMMON_WORD = 0.5
# ... has no preposition of place before it, by whether the place is large,
BARE_LARGE, BARE_SMALL = 0.8, 0.5
# and stands before or after another capitalised word, as names of people and firms do.
BEFORE_LARGE, BEFORE_SMALL = 0.6, 0.2
AFTER_LARGE, AFTER_SMALL = 0.6, 0.1

_NEXT = re.compile(r"[ -]([\w'’&-]+)")
_LAST = re.compile(r"[\w'’&.-]+$")
_REGION_NEXT = re.compile(r", (?!Mr\.|Mrs\.|The\b)(?:[A-Z][a-z]+\.?|[A-Z]{2}|[A-Z]\.[A-Z]\.)[,. )]")
_IN_WORD = re.compile(r"\w")
_OPENING = "\"'“”‘’«(["


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """A capitalised name in a text, and what it may mean."""

    text: Text
    start: int
    end: int
    links: tuple[Link, ...]
    segment: str
    after_place: bool
    """Whether it follows another place and a comma."""


def trust_of(candidate: Candidate, lexicon: Lexicon) -> float:
    """How likely the candidate is a place's name, 0 to 1."""
    plain, start, end, links = candidate.text.plain, candidate.start, candidate.end, candidate.links
    following, previous = neighbour(plain, end, 1), neighbour(plain, start, -1)
    next_word = fold(following).strip() if following[:1].isupper() else ""
    if next_word in lexicon.publishers:
        return NOT_A_PLACE
    if all(link.role not in PLACE_NAMES for link in links):
        return IN_A_COMPANY if next_word in lexicon.companies else CERTAIN
    if candidate.segment == DATELINE or candidate.after_place or _REGION_NEXT.match(plain, end):
        return CERTAIN
    name, last_word = candidate.text.folded[start:end], fold(previous)
    if _is_person(plain, start, end, lexicon) or _is_organisation(candidate, lexicon):
        return NOT_A_PLACE
    size = _trust_of_size(links)
    trust = size * (IN_A_COMPANY if next_word in lexicon.companies else 1.0)
    cued = last_word in lexicon.cues
    surface, language = plain[start:end], candidate.text.language
    if lexicon.is_word(surface, name, language):
        word = name if language in {"", "en"} else surface.lower()
        doubtful = candidate.segment == TITLE or candidate.text.has_word(word) or not cued
        return NOT_A_PLACE if doubtful else trust * A_COMMON_WORD
    if cued or any(link.spot.kind == COUNTRY for link in links):
        return trust
    return trust * _bare_share(candidate, previous, following, lexicon, large=size > BY_PEOPLE[1][1])


def neighbour(plain: str, position: int, step: int) -> str:
    """The word after (step 1) or before (-1) a position, '' where more than a blank or hyphen is between."""
    if step > 0:
        found = _NEXT.match(plain, position)
        return found[1] if found else ""
    if plain[position - 1 : position] not in {" ", "-"}:
        return ""
    blank = plain.rfind(" ", max(0, position - 30), position - 1)
    found = _LAST.search(plain, max(0, position - 30, blank), position - 1)
    return found[0] if found else ""


def namesakes(text: Text, surfaces: set[str], lexicon: Lexicon) -> set[str]:
    """The names that stand somewhere in the text as a person's: Houston, where it has Sam Houston."""
    found = set()
    for surface in surfaces:
        if fold(surface) in lexicon.people:
            for start in _places_of(surface, text.plain):
                if _is_person(text.plain, start, start + len(surface), lexicon):
                    found.add(surface)
                    break
    return found


def _places_of(word: str, plain: str) -> Iterator[int]:
    """Where a word starts, each time that it stands by itself."""
    start = plain.find(word)
    while start >= 0:
        end = start + len(word)
        if not _IN_WORD.match(plain[start - 1 : start]) and not _IN_WORD.match(plain[end : end + 1]):
            yield start
        start = plain.find(word, end)


def _trust_of_size(links: tuple[Link, ...]) -> float:
    if any(link.spot.kind == COUNTRY for link in links):
        return CERTAIN
    if any(link.spot.kind in {SUBDIVISION, CAPITAL} and link.role is Role.MAIN_NAME for link in links):
        return SUBDIVISION_TRUST
    people = max(
        link.spot.people * (1.0 if link.role is Role.MAIN_NAME else OTHER_NAME_FACTOR) for link in links
    )
    return next(trust for least, trust in BY_PEOPLE if people >= least)


def _bare_share(
    candidate: Candidate, previous: str, following: str, lexicon: Lexicon, *, large: bool
) -> float:
    """What is left of the trust in a town or subdivision without a preposition of place before it."""
    if not large and fold(following) in lexicon.speaking:
        return 0.0
    share = BARE_LARGE if large else BARE_SMALL
    if candidate.segment == TITLE and not _stands_again(candidate, previous):
        # Headlines may capitalise every word.
        return share
    if following[:1].isupper() and fold(following) not in lexicon.places:
        share *= BEFORE_LARGE if large else BEFORE_SMALL
    opens = _opens_sentence(candidate.text.plain, candidate.start - len(previous) - 1)
    if previous[:1].isupper() and fold(previous) not in lexicon.places and not opens:
        share *= AFTER_LARGE if large else AFTER_SMALL
    return share


def _stands_again(candidate: Candidate, previous: str) -> bool:
    """Whether the word before a name of the headline is part of it: the text has both together, too."""
    name = candidate.text.plain[candidate.start : candidate.end]
    both = fold(f"{previous} {name}")
    return previous[:1].isupper() and candidate.text.folded.count(f" {both} ") > 1


def _opens_sentence(plain: str, position: int) -> bool:
    """Whether a word that starts at a position is the first of a sentence, which has a capital anyway."""
    before = plain[max(0, position - 10) : position].rstrip(" " + _OPENING)
    return not before or before.endswith((".", "\n", "!", "?", ":"))


def _is_person(plain: str, start: int, end: int, lexicon: Lexicon) -> bool:
    """Whether a name is part of a person's: a title or given name before it, a surname after it."""
    name, previous, following = fold(plain[start:end]), neighbour(plain, start, -1), neighbour(plain, end, 1)
    bare = previous.rstrip(".")
    called = name in lexicon.people
    before = fold(bare)
    if bare[:1].isupper() and (len(bare) == 1 or not bare.isupper()):
        if before in lexicon.people or _is_initial(plain, start, previous, lexicon):
            return True
        if before in lexicon.titles:
            return called or name in lexicon.words
        if called and before not in lexicon.places and not _opens_sentence(plain, start - len(previous) - 1):
            return True
    if not called or not following[:1].isupper() or following.isupper():
        return False
    return fold(following) not in lexicon.places and fold(following) not in lexicon.companies


def _is_initial(plain: str, start: int, previous: str, lexicon: Lexicon) -> bool:
    """Whether the word before a name is an initial, as in John F. Kennedy; in "O Brasil" it is a word."""
    if previous.endswith(".") or len(previous) > 1:
        return len(previous.rstrip(".")) == 1
    return fold(previous) not in lexicon.cues and not _opens_sentence(plain, start - len(previous) - 1)


def _is_organisation(candidate: Candidate, lexicon: Lexicon) -> bool:
    """Whether the name ends an organisation's: Bank of America. Bank of Japan is Japan's all the same."""
    plain, start = candidate.text.plain, candidate.start
    if plain[start - 4 : start] != " of " or candidate.text.folded[start : candidate.end] != "america":
        return False
    return fold(neighbour(plain, start - 3, -1)) in lexicon.organisations
