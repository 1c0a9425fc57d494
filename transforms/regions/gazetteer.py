"""The gazetteer: places, and the automaton that finds their names.

Roles of a name, the letter after the place's number in the file (build.py describes the rest):

    m  a name as it is commonly written      a  another name or spelling
    d  a people or adjective, capitalised    l  the same, also in lower case
    i  an institution of a country: its parliament, its seat of government
    x  an abbreviation, written exactly so (US, U.S.)
    p  an abbreviation with a point, after a place and a comma (Paris, Ill.)
    z  a postal abbreviation, after a place and a comma (Paris, TX)
    v  a word of a country's public life: school board, downtown. It names no place; it helps to choose
    w  the same, hardly used elsewhere: state trooper, crore
"""

from __future__ import annotations

import dataclasses
import gzip
import re
from collections.abc import Mapping
from pathlib import Path

import ahocorasick

from transforms.regions.lexicon import Lexicon

DATA_FILE = Path(__file__).parent / "data" / "gazetteer.tsv.gz"
LANGUAGES_FILE = DATA_FILE.with_name("languages.tsv")

_LINK = re.compile(r"(\d+)(\w)(?::(\S+))?")

COUNTRY, SUBDIVISION, TOWN, CAPITAL = "C", "S", "P", "K"


@dataclasses.dataclass(frozen=True, slots=True)
class Spot:
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

    spot: Spot
    role: str
    languages: frozenset[str]
    """The languages in which it does; empty stands for all."""


class Gazetteer:
    """Places and their names; immutable to its users, and safe to share between threads.

    Attributes:
        automaton: finds the patterns in a folded text; its values go to links() and length_of().
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
        places, parted, names = gzip.decompress(data).decode("utf-8").partition("\n\n")
        if not parted:
            raise ValueError("not a gazetteer: no empty line between places and names")
        self.lexicon = lexicon
        self.spoken_in = spoken_in or {}
        self.packages, *self._places = places.split("\n")
        self._links: list[str] = []
        self._parsed: dict[int, tuple[Link, ...]] = {}
        self._spots: dict[int, Spot] = {}
        self._lower: dict[int, bool] = {}
        # Numbers, not objects: an automaton of 130,000 names takes 60 MB less and half the time.
        self.automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        for number, line in enumerate(names.splitlines()):
            pattern, _, links = line.partition("\t")
            self.automaton.add_word(pattern, number << 8 | len(pattern))
            self._links.append(links)
        self.automaton.make_automaton()

    @classmethod
    def load(cls) -> Gazetteer:
        """The gazetteer that ships with the package: about half a second."""
        lines = LANGUAGES_FILE.read_text(encoding="utf-8").splitlines()
        spoken = {code: frozenset(languages.split()) for code, _, languages in map(_parted, lines)}
        return cls(DATA_FILE.read_bytes(), Lexicon.load(), spoken)

    def __len__(self) -> int:
        """How many places there are."""
        return len(self._places)

    def spot(self, number: int) -> Spot:
        """The place on a line of the file."""
        found = self._spots.get(number)
        if found is None:
            kind, name, country, code, latitude, longitude, people = self._places[number].split("\t")
            north, east = (float(latitude), float(longitude)) if latitude else (None, None)
            found = self._spots[number] = Spot(number, kind, name, country, code, north, east, int(people))
        return found

    def in_lower_case(self, value: int) -> bool:
        """Whether what a name means may be written without a capital, in a script that has them."""
        found = self._lower.get(value)
        if found is None:
            found = self._lower[value] = any(link.role in "lvwx" for link in self.links(value))
        return found

    def links(self, value: int) -> tuple[Link, ...]:
        """What a name means, by the value that the automaton gives for it."""
        found = self._parsed.get(value)
        if found is None:
            links = _LINK.findall(self._links[value >> 8])
            found = self._parsed[value] = tuple(
                Link(self.spot(int(place)), role, frozenset(gate.split("+")) if gate else frozenset())
                for place, role, gate in links
            )
        return found


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition("\t")


def length_of(value: int) -> int:
    """How many letters the pattern has that the automaton gave this value for."""
    return value & 0xFF
