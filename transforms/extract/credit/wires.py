"""The wire services of the world: the name in `agency`, other names that they sign with, their sites."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from transforms.text.word_tables import read_rows

DATA_FILE = Path(__file__).parents[1] / "data" / "wires.tsv"


class Wire(NamedTuple):
    """A wire service."""

    agency: str
    """Its name in the dataset."""
    in_bylines: str
    """The name in capitals by which a byline names it; '' if its capitals are a common word."""
    names: tuple[str, ...]
    """Other names that it signs with, in the languages of its customers."""
    domains: tuple[str, ...]
    """Registrable domains of its own sites."""


def _wire(row: dict[str, str]) -> Wire:
    names, domains = (tuple(filter(None, row[column].split("; "))) for column in ("names", "domains"))
    return Wire(row["agency"], row["in_bylines"], names, domains)


WIRES = tuple(map(_wire, read_rows(DATA_FILE)))
AGENCY_OF = {name: wire.agency for wire in WIRES for name in (wire.agency, *wire.names)}
"""Agencies by their names as printed: `PA` is a wire, `Pa` is not."""
AGENCY_OF_DOMAIN = {domain: wire.agency for wire in WIRES for domain in wire.domains}
IN_CAPITALS = frozenset(wire.in_bylines for wire in WIRES if wire.in_bylines)
"""Names recognised within a byline by their capitals; shorter ones are common words as well."""
NAMES = "|".join(sorted(map(re.escape, AGENCY_OF), key=len, reverse=True))
"""All names as part of a regular expression, the longest first."""
