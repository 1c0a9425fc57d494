"""Why an article got its country: its text with every place marked, and other meanings of the names."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from pipeline.dataset.layout import Dataset
from pipeline.dataset.rows import article_of
from pipeline.inspect.query import find_article
from transforms.regions import Gazetteer
from transforms.regions.gazetteer import GazetteerPlace
from transforms.regions.resolve import ScoreBreakdown
from transforms.regions.tagging import Marked, explain

COLUMNS = (
    *("article_id", "url", "title", "text", "dateline", "language", "publisher", "publisher_domain"),
    *("country", "countries", "fetched_at"),
)
MOST_MEANINGS = 4
"""Maximum number of meanings shown per name."""


def explain_region(dataset: Dataset, name: str) -> tuple[dict[str, Any], str, list[Marked]]:
    """Return an article's row, the text that was searched, and the names in it.

    The article is tagged again, without the config's country for its publisher. Raises ConfigError if
    the dataset has no such article, DatasetError if a file cannot be read.
    """
    row = find_article(dataset, name, COLUMNS)[1]
    return row, *explain(article_of(row), Gazetteer.load())


def as_text(row: dict[str, Any], text: str, marked: list[Marked]) -> str:
    """Format the explanation for a terminal: names are numbered in the text and explained below it."""
    shares = ", ".join(f"{share['code']} {share['weight']:.2f}" for share in row["countries"] or ())
    lines = [
        f"{row['title'] or '(no title)'}",
        f"{row['url']}",
        f"filed under {row['country']}: {shares or 'no place'}",
        "",
    ]
    numbered, last = "", 0
    for number, one in enumerate(marked, 1):
        numbered += f"{text[last : one.start]}[{number}:{text[one.start : one.end]}]"
        last = one.end
    for paragraph in filter(None, map(str.strip, (numbered + text[last:]).split("\n"))):
        lines += [*textwrap.wrap(paragraph, 100), ""]
    for number, one in enumerate(marked, 1):
        lines += _told(number, text[one.start : one.end], one)
    return "\n".join(lines)


def _told(number: int, surface: str, one: Marked) -> Iterator[str]:
    yield f"{number:>3}. {surface} ({one.segment}, trust {one.trust:.2f}, weight {one.weight:.2f})"
    for place, (spot, points) in enumerate(one.meanings[:MOST_MEANINGS]):
        sign = "=" if place == 0 else "x"
        yield f"     {sign} {_named(spot)}: {sum(points):.1f} of {_reasons(points)}"
    if len(one.meanings) > MOST_MEANINGS:
        yield f"       and {len(one.meanings) - MOST_MEANINGS} more"


def _named(spot: GazetteerPlace) -> str:
    return f"{spot.name}, {spot.subdivision or spot.country}, {spot.people:,} people"


def _reasons(points: ScoreBreakdown) -> str:
    told = ((name.replace("_", " "), value) for name, value in points._asdict().items())
    return ", ".join(f"{name} {value:+.1f}" for name, value in told if value)


def as_json(row: dict[str, Any], text: str, marked: list[Marked]) -> dict[str, Any]:
    """Return the explanation as plain values."""
    names = [
        {
            "name": text[one.start : one.end],
            "segment": one.segment,
            "trust": one.trust,
            "weight": one.weight,
            "meanings": [
                {"name": spot.name, "country": spot.country, "subdivision": spot.subdivision}
                | points._asdict()
                for spot, points in one.meanings
            ],
        }
        for one in marked
    ]
    return {key: row[key] for key in ("article_id", "url", "title", "country", "countries")} | {
        "names": names
    }
