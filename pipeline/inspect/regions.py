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
from transforms.regions.tagging import ExplainedMention, explain

COLUMNS = (
    *("article_id", "url", "title", "text", "dateline", "language", "publisher", "publisher_domain"),
    *("country", "countries", "fetched_at"),
)
MAX_MEANINGS = 4
"""Maximum number of meanings shown per name."""


def explain_region(dataset: Dataset, name: str) -> tuple[dict[str, Any], str, list[ExplainedMention]]:
    """Return an article's row, the text that was searched, and the names in it.

    The article is tagged again, without the config's country for its publisher. Raises ConfigError if
    the dataset has no such article, DatasetError if a file cannot be read.
    """
    row = find_article(dataset, name, COLUMNS)[1]
    return row, *explain(article_of(row), Gazetteer.load())


def as_text(row: dict[str, Any], text: str, marked: list[ExplainedMention]) -> str:
    """Format the explanation for a terminal: names are numbered in the text and explained below it."""
    shares = ", ".join(f"{share['code']} {share['weight']:.2f}" for share in row["countries"] or ())
    lines = [
        f"{row['title'] or '(no title)'}",
        f"{row['url']}",
        f"filed under {row['country']}: {shares or 'no place'}",
        "",
    ]
    numbered, last = "", 0
    for number, name in enumerate(marked, 1):
        numbered += f"{text[last : name.start]}[{number}:{text[name.start : name.end]}]"
        last = name.end
    for paragraph in filter(None, map(str.strip, (numbered + text[last:]).split("\n"))):
        lines += [*textwrap.wrap(paragraph, 100), ""]
    for number, name in enumerate(marked, 1):
        lines += _meanings(number, text[name.start : name.end], name)
    return "\n".join(lines)


def _meanings(number: int, surface: str, name: ExplainedMention) -> Iterator[str]:
    yield f"{number:>3}. {surface} ({name.segment}, trust {name.trust:.2f}, weight {name.weight:.2f})"
    for rank, (place, score) in enumerate(name.meanings[:MAX_MEANINGS]):
        sign = "=" if rank == 0 else "x"
        yield f"     {sign} {_label(place)}: {sum(score):.1f} of {_terms(score)}"
    if len(name.meanings) > MAX_MEANINGS:
        yield f"       and {len(name.meanings) - MAX_MEANINGS} more"


def _label(place: GazetteerPlace) -> str:
    return f"{place.name}, {place.subdivision or place.country}, {place.people:,} people"


def _terms(score: ScoreBreakdown) -> str:
    terms = ((term.replace("_", " "), value) for term, value in score._asdict().items())
    return ", ".join(f"{term} {value:+.1f}" for term, value in terms if value)


def as_json(row: dict[str, Any], text: str, marked: list[ExplainedMention]) -> dict[str, Any]:
    """Return the explanation as plain values."""
    names = [
        {
            "name": text[name.start : name.end],
            "segment": name.segment,
            "trust": name.trust,
            "weight": name.weight,
            "meanings": [
                {"name": place.name, "country": place.country, "subdivision": place.subdivision}
                | score._asdict()
                for place, score in name.meanings
            ],
        }
        for name in marked
    ]
    return {key: row[key] for key in ("article_id", "url", "title", "country", "countries")} | {
        "names": names
    }
