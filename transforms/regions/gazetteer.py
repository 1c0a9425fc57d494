"""The gazetteer: places, and the automaton that finds their names."""

from __future__ import annotations

import dataclasses
import enum
import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ahocorasick_rs import AhoCorasick, Implementation

from transforms.regions.lexicon import Lexicon

DATA_FILE = Path(__file__).parent / "data" / "gazetteer.tsv.gz"
LANGUAGES_FILE = DATA_FILE.with_name("languages.tsv")

_LINK = re.compile(r"(\d+)(\w)(?::(\S+))?")

COUNTRY, SUBDIVISION, TOWN, CAPITAL = "C", "S", "P", "K"


class Role(enum.StrEnum):
    """How a name refers to its place. The value is the role's letter in the gazetteer file."""

    MAIN_NAME = "m"
    """The name as it is commonly written."""
    OTHER_NAME = "a"
    """Another name or spelling."""
    DEMONYM = "d"
    """A people or an adjective, always capitalised: Peruvian."""
    LOWER_CASE_DEMONYM = "l"
    """A people or an adjective, capitalised or not: peruano."""
    INSTITUTION = "i"
    """A country's parliament, party or seat of government: Downing Street."""
    FIRST_OF_PAIR = "f"
    """A country named by one character, the first of a pair: 美 in 美中."""
    SECOND_OF_PAIR = "s"
    """A country named by one character, the second of a pair: 中 in 美中."""
    ABBREVIATION = "x"
    """An abbreviation in exactly this spelling: US, U.S."""
    POINTED_ABBREVIATION = "p"
    """An abbreviation with a point, after a place and a comma: Paris, Ill."""
    POSTAL_ABBREVIATION = "z"
    """A postal abbreviation, after a place and a comma: Paris, TX."""
    PUBLIC_LIFE_WORD = "v"
    """A word of a country's public life: school board, downtown.

    It names no place, but it helps to choose between places.
    """
    DISTINCTIVE_PUBLIC_LIFE_WORD = "w"
    """A word of public life that is hardly used in other countries: state trooper, crore."""


PLACE_NAMES = frozenset({Role.MAIN_NAME, Role.OTHER_NAME})
DEMONYMS = frozenset({Role.DEMONYM, Role.LOWER_CASE_DEMONYM})
PUBLIC_LIFE = frozenset({Role.PUBLIC_LIFE_WORD, Role.DISTINCTIVE_PUBLIC_LIFE_WORD})
LOWER_CASE_ROLES = PUBLIC_LIFE | {Role.LOWER_CASE_DEMONYM, Role.ABBREVIATION}
"""Roles of names that may be written without a capital."""


@dataclasses.dataclass(frozen=True, slots=True)
class GazetteerPlace:
    """A place of the gazetteer."""

    number: int
    kind: str
    """COUNTRY, SUBDIVISION, TOWN or CAPITAL (a national one)."""
    name: str
    country: str
    """ISO 3166-1 alpha-2."""
    subdivision: str
    """ISO 3166-2, or '' if unknown."""
    latitude: float | None
    longitude: float | None
    people: int
    """Population, 0 if unknown."""


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """One possible meaning of a name: a place, and how the name refers to it."""

    place: GazetteerPlace
    role: Role
    languages: frozenset[str]
    """The languages in which the name has this meaning; empty for all languages."""


class Gazetteer:
    """Places and their names; read-only, and safe to share between threads.

    Attributes:
        automaton: finds names in a folded text and returns their numbers, which `links` takes.
        lexicon: the words by which names are judged.
        spoken_in: the languages of each country, two letters each.
        packages: the packages that the file was built from, as "name==version", separated by spaces.

    Args:
        data: the bytes of the file; transforms/regions/build/gazetteer.py describes the format.
        lexicon: as the attribute.
        spoken_in: as the attribute.

    Raises:
        ValueError: the data are not a gazetteer.
    """

    def __init__(
        self, data: bytes, lexicon: Lexicon, spoken_in: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        places, separator, names = gzip.decompress(data).partition(b"\n\n")
        if not separator:
            raise ValueError(
                "not a gazetteer: expected an empty line between places and names; run make gazetteer"
            )
        self.lexicon = lexicon
        self.spoken_in = spoken_in or {}
        packages, *self._place_lines = places.split(b"\n")
        self.packages = packages.decode("utf-8")
        self._link_lines: list[bytes] = []
        self._links: dict[int, tuple[Link, ...]] = {}
        self._places: dict[int, GazetteerPlace] = {}
        self._in_lower_case: dict[int, bool] = {}
        # This implementation searches twice as fast as the default and takes 3 MB more.
        self.automaton = AhoCorasick(
            self._patterns(names), store_patterns=False, implementation=Implementation.ContiguousNFA
        )

    @classmethod
    def load(cls) -> Gazetteer:
        """Load the gazetteer that ships with the package; takes about half a second."""
        lines = LANGUAGES_FILE.read_text(encoding="utf-8").splitlines()
        rows = (line.partition("\t") for line in lines)
        spoken_in = {country: frozenset(languages.split()) for country, _, languages in rows}
        return cls(DATA_FILE.read_bytes(), Lexicon.load(), spoken_in)

    def _patterns(self, names: bytes) -> Iterator[str]:
        """Yield the patterns in order, and keep their links.

        Reads line by line: splitting the whole text takes 50 MB more.
        """
        start = 0
        while start < len(names):
            end = names.find(b"\n", start) % (len(names) + 1)
            pattern, _, links = names[start:end].partition(b"\t")
            self._link_lines.append(links)
            yield pattern.decode("utf-8")
            start = end + 1

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self._place_lines)

    def place(self, number: int) -> GazetteerPlace:
        """Return the place on a line of the file, counted from 0."""
        place = self._places.get(number)
        if place is None:
            fields = self._place_lines[number].decode("utf-8").split("\t")
            kind, name, country, code, latitude, longitude, people = fields
            north, east = (float(latitude), float(longitude)) if latitude else (None, None)
            place = self._places[number] = GazetteerPlace(
                number, kind, name, country, code, north, east, int(people)
            )
        return place

    def in_lower_case(self, pattern: int) -> bool:
        """Return True if the name may be written without a capital in a script that has capitals."""
        allowed = self._in_lower_case.get(pattern)
        if allowed is None:
            allowed = any(link.role in LOWER_CASE_ROLES for link in self.links(pattern))
            self._in_lower_case[pattern] = allowed
        return allowed

    def links(self, pattern: int) -> tuple[Link, ...]:
        """Return the possible meanings of a name, given the number of its pattern."""
        links = self._links.get(pattern)
        if links is None:
            parsed = _LINK.findall(self._link_lines[pattern].decode("ascii"))
            links = self._links[pattern] = tuple(
                Link(
                    self.place(int(number)),
                    Role(letter),
                    frozenset(languages.split("+")) if languages else frozenset(),
                )
                for number, letter, languages in parsed
            )
        return links
