"""The gazetteer: places, and the automaton that matches their names.

The role of a name is the letter after the place's number in the file (build/gazetteer.py describes the
rest):

    m  a name as it is commonly written      a  another name or spelling
    d  a people or adjective, capitalised    l  the same, also in lower case
    i  an institution of a country: its parliament, its seat of government
    f  a country by one letter, the first of two: 美 of 美中      s  the second of them
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
from collections.abc import Iterator, Mapping
from pathlib import Path

from ahocorasick_rs import AhoCorasick, Implementation

from transforms.regions.lexicon import Lexicon

DATA_FILE = Path(__file__).parent / "data" / "gazetteer.tsv.gz"
LANGUAGES_FILE = DATA_FILE.with_name("languages.tsv")

_LINK = re.compile(r"(\d+)(\w)(?::(\S+))?")

COUNTRY, SUBDIVISION, TOWN, CAPITAL = "C", "S", "P", "K"


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


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """One meaning of a name: a place, in a role."""

    spot: GazetteerPlace
    role: str
    languages: frozenset[str]
    """Languages in which the meaning counts; empty for all."""


class Gazetteer:
    """Places and their names; immutable to its users, and safe to share between threads.

    Attributes:
        automaton: matches the patterns in a folded text, each by its number, which links() takes.
        lexicon: the words by which names are judged.
        spoken_in: the languages of each country, two letters each.
        packages: the sources of the file, as "name==version", separated by blanks.

    Args:
        data: the file's bytes, as build/gazetteer.py describes them.
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
        # Of its kinds, this one searches twice as fast as the default for 3 MB more.
        self.automaton = AhoCorasick(
            self._patterns(names), store_patterns=False, implementation=Implementation.ContiguousNFA
        )

    @classmethod
    def load(cls) -> Gazetteer:
        """Load the gazetteer that ships with the package, in about half a second."""
        lines = LANGUAGES_FILE.read_text(encoding="utf-8").splitlines()
        spoken = {code: frozenset(languages.split()) for code, _, languages in map(_parted, lines)}
        return cls(DATA_FILE.read_bytes(), Lexicon.load(), spoken)

    def _patterns(self, names: bytes) -> Iterator[str]:
        """Yield the patterns in order and keep their links. Line by line: the whole text takes 50 MB more."""
        start = 0
        while start < len(names):
            end = names.find(b"\n", start) % (len(names) + 1)
            pattern, _, links = names[start:end].partition(b"\t")
            self._links.append(links)
            yield pattern.decode("utf-8")
            start = end + 1

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self._places)

    def spot(self, number: int) -> GazetteerPlace:
        """Return the place on a line of the file."""
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
        """Return True if a meaning of the name may be written without a capital, in a script that has
        them."""
        found = self._lower.get(value)
        if found is None:
            found = self._lower[value] = any(link.role in "lvwx" for link in self.links(value))
        return found

    def links(self, value: int) -> tuple[Link, ...]:
        """Return the meanings of a name, by its pattern's number."""
        found = self._parsed.get(value)
        if found is None:
            links = _LINK.findall(self._links[value].decode("ascii"))
            found = self._parsed[value] = tuple(
                Link(self.spot(int(place)), role, frozenset(gate.split("+")) if gate else frozenset())
                for place, role, gate in links
            )
        return found


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition("\t")
