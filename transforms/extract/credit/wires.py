"""The wire services of the world, from data/wires.tsv."""

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
    """Its name in capitals, if they identify it within a byline; '' if they are a common word as well."""
    names: tuple[str, ...]
    """Other names that it signs with, in the languages of its customers."""
    domains: tuple[str, ...]
    """Registrable domains of its own sites."""


def _read_wire(row: dict[str, str]) -> Wire:
    names, domains = (tuple(filter(None, row[column].split("; "))) for column in ("names", "domains"))
    return Wire(row["agency"], row["in_bylines"], names, domains)


WIRES = tuple(map(_read_wire, read_rows(DATA_FILE)))
AGENCY_OF = {name: wire.agency for wire in WIRES for name in (wire.agency, *wire.names)}
"""Agencies by their names as printed: `PA` is a wire, `Pa` is not."""
AGENCY_OF_DOMAIN = {domain: wire.agency for wire in WIRES for domain in wire.domains}
IN_CAPITALS = frozenset(wire.in_bylines for wire in WIRES if wire.in_bylines)
"""Names that identify a wire anywhere in a byline."""
NAMES = "|".join(sorted(map(re.escape, AGENCY_OF), key=len, reverse=True))
"""All names as part of a regular expression, the longest first."""
