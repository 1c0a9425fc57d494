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
    """A country by one character, the first of a pair: 美 in 美中."""
    SECOND_OF_PAIR = "s"
    """A country by one character, the second of a pair: 中 in 美中."""
    ABBREVIATION = "x"
    """An abbreviation in exactly this spelling: US, U.S."""
    POINTED_ABBREVIATION = "p"
    """An abbreviation with a point, after a place and a comma: Paris, Ill."""
    POSTAL_ABBREVIATION = "z"
    """A postal abbreviation, after a place and a comma: Paris, TX."""
    PUBLIC_LIFE_WORD = "v"
    """A word of a country's public life: school board, downtown. Not a name; it helps to choose a place."""
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
    """ISO 3166-2, or '' where unknown."""
    latitude: float | None
    longitude: float | None
    people: int


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """That a name means a place."""

    spot: GazetteerPlace
    role: Role
    languages: frozenset[str]
    """The languages in which it does; empty stands for all."""


class Gazetteer:
    """Places and their names; immutable to its users, and safe to share between threads.

    Attributes:
        automaton: finds the patterns in a folded text, each by its number, which goes to links().
        lexicon: the words by which names are judged.
        spoken_in: the languages of each country, two letters each.
        packages: what the file was made from, as "name==version", parted by blanks.

    Args:
        data: the file's bytes, as build.py describes them.
        lexicon: the words by which names are judged.
        spoken_in: as the attribute.

    Raises:
        ValueError: the data are not a gazetteer.
    """

    def __init__(
        self, data: bytes, lexicon: Lexicon, spoken_in: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        places, parted, names = gzip.decompress(data).partition(b"\n\n")
        if not parted:
            raise ValueError("not a gazetteer: no empty line between places and names")
        self.lexicon = lexicon
        self.spoken_in = spoken_in or {}
        packages, *self._places = places.split(b"\n")
        self.packages = packages.decode("utf-8")
        self._links: list[bytes] = []
        self._parsed: dict[int, tuple[Link, ...]] = {}
        self._spots: dict[int, GazetteerPlace] = {}
        self._lower: dict[int, bool] = {}
        # Of the kinds that it has, this searches twice as fast as the default for 3 MB more.
        self.automaton = AhoCorasick(
            self._patterns(names), store_patterns=False, implementation=Implementation.ContiguousNFA
        )

    @classmethod
    def load(cls) -> Gazetteer:
        """The gazetteer that ships with the package: about half a second."""
        lines = LANGUAGES_FILE.read_text(encoding="utf-8").splitlines()
        spoken = {code: frozenset(languages.split()) for code, _, languages in map(_parted, lines)}
        return cls(DATA_FILE.read_bytes(), Lexicon.load(), spoken)

    def _patterns(self, names: bytes) -> Iterator[str]:
        """The patterns in order; their links are kept. Line by line: whole, they take 50 MB more."""
        start = 0
        while start < len(names):
            end = names.find(b"\n", start) % (len(names) + 1)
            pattern, _, links = names[start:end].partition(b"\t")
            self._links.append(links)
            yield pattern.decode("utf-8")
            start = end + 1

    def __len__(self) -> int:
        """How many places there are."""
        return len(self._places)

    def spot(self, number: int) -> GazetteerPlace:
        """The place on a line of the file."""
        found = self._spots.get(number)
        if found is None:
            fields = self._places[number].decode("utf-8").split("\t")
            kind, name, country, code, latitude, longitude, people = fields
            north, east = (float(latitude), float(longitude)) if latitude else (None, None)
            found = self._spots[number] = GazetteerPlace(
                number, kind, name, country, code, north, east, int(people)
            )
        return found

    def in_lower_case(self, value: int) -> bool:
        """Whether what a name means may be written without a capital, in a script that has them."""
        found = self._lower.get(value)
        if found is None:
            found = self._lower[value] = any(link.role in LOWER_CASE_ROLES for link in self.links(value))
        return found

    def links(self, value: int) -> tuple[Link, ...]:
        """What a name means, by its pattern's number."""
        found = self._parsed.get(value)
        if found is None:
            links = _LINK.findall(self._links[value].decode("ascii"))
            found = self._parsed[value] = tuple(
                Link(self.spot(int(place)), Role(role), frozenset(gate.split("+")) if gate else frozenset())
                for place, role, gate in links
            )
        return found


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition("\t")
