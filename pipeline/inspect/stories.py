"""The most carried stories of a dataset: who carried each, how soon, and how much of it they kept."""

from __future__ import annotations

import collections
import dataclasses
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dataset.layout import Dataset
from pipeline.dataset.rows import Row, article_of, signature_of
from pipeline.defaults import TOP_STORIES
from pipeline.inspect.query import data_files, find_rows, first_filed
from transforms.copies.diff import kept
from transforms.records import UPDATE

_STORY = ("article_id", "title", "publisher", "agency", "country", "published_at", "fetched_at", "url")
_COMPARED = (*_STORY, "story_id", "text", "publisher_domain")


@dataclasses.dataclass(frozen=True, slots=True)
class Carrier:
    """A copy of a story."""

    publisher: str | None
    url: str
    after_s: float
    """Seconds after the story's row. That row was filed first, so a copy may be dated earlier."""
    match: str
    kept: float | None
    """Share of the story's content words that the copy has in the same order; None if its text was not
    kept."""


@dataclasses.dataclass(frozen=True, slots=True)
class Story:
    """A story and the publishers that carried it."""

    story_id: str
    title: str
    publisher: str | None
    agency: str | None
    country: str | None
    published_at: datetime
    url: str
    carriers: tuple[Carrier, ...]
    """In order of time."""


def most_carried(
    dataset: Dataset, date: str | None = None, region: str | None = None, top: int = TOP_STORIES
) -> list[Story]:
    """Return the stories of a day and a region with the most copies; copies of any day and region count.

    Raises DatasetError if a file cannot be read.
    """
    copies: collections.Counter[str] = collections.Counter()
    for path in data_files(dataset, "copies"):
        copies.update(row["story_id"] for row in find_rows(dataset, path, ["story_id", "match"], first_filed))
    ids: list[str] = []
    files = list(data_files(dataset, "articles", date=date, region=region))
    for path in files:
        ids += [row["article_id"] for row in find_rows(dataset, path, ["article_id"], None)]
    carried_ids = (article_id for article_id in ids if copies[article_id])
    chosen = sorted(carried_ids, key=lambda article_id: (-copies[article_id], article_id))[:top]
    stories = _rows(dataset, files, "article_id", chosen)
    carried = collections.defaultdict(list)
    for row in _rows(dataset, list(data_files(dataset, "copies")), "story_id", chosen):
        if row["match"] != UPDATE:
            carried[row["story_id"]].append(row)
    by_id = {row["article_id"]: row for row in stories}
    return [_story(by_id[story_id], carried[story_id]) for story_id in chosen]


def _rows(dataset: Dataset, files: list[str], key: str, wanted: list[str]) -> list[Row]:
    values = pa.array(wanted, pa.string())
    rows: list[Row] = []
    for path in files:
        columns = [*_COMPARED, "match"] if path.startswith("copies/") else list(_COMPARED)
        if not find_rows(dataset, path, [key], lambda table: pc.is_in(table[key], value_set=values)):
            continue
        rows += find_rows(dataset, path, columns, lambda table: pc.is_in(table[key], value_set=values))
    return rows


def _story(row: Row, copies: list[Row]) -> Story:
    mine, dated_at = signature_of(row), article_of(row).dated_at
    carriers = [
        Carrier(
            publisher=copy["publisher"] or copy["publisher_domain"],
            url=copy["url"],
            after_s=(article_of(copy).dated_at - dated_at).total_seconds(),
            match=copy["match"],
            kept=None if copy["text"] is None else round(kept(mine, signature_of(copy)), 3),
        )
        for copy in copies
    ]
    return Story(
        story_id=row["article_id"],
        title=row["title"],
        publisher=row["publisher"] or row["publisher_domain"],
        agency=row["agency"] or _credited(copies),
        country=row["country"],
        published_at=dated_at,
        url=row["url"],
        carriers=tuple(sorted(carriers, key=lambda carrier: (carrier.after_s, carrier.url))),
    )


def _credited(copies: list[Row]) -> str | None:
    """Return the wire that the copies credit, if they agree; the story's row may lack it."""
    agencies = {copy["agency"] for copy in copies if copy["agency"]}
    return agencies.pop() if len(agencies) == 1 else None


def as_text(stories: list[Story]) -> str:
    """Format the stories for a terminal."""
    lines: list[str] = []
    for number, story in enumerate(stories, 1):
        about = ", ".join(filter(None, (story.publisher, story.agency, story.country)))
        lines += [
            f"{number:>3}. {story.title or '(no title)'}",
            f"     {about}; {story.published_at:%Y-%m-%d %H:%M}; {story.story_id}",
        ]
        for carrier in story.carriers:
            share = "     " if carrier.kept is None else f"{carrier.kept:5.0%}"
            name = carrier.publisher or "(unnamed)"
            lines.append(
                f"     {delay(carrier.after_s):>8}  {share}  {carrier.match:<8} {name}  {carrier.url}"
            )
        lines.append("")
    return "\n".join(lines).rstrip()


def delay(seconds: float) -> str:
    """Format a delay: +45 min, +3.2 h, +2.1 d; negative if earlier."""
    size = abs(seconds)
    sign = "-" if seconds < 0 else "+"
    if size < 3_600:
        return f"{sign}{size / 60:.0f} min"
    return f"{sign}{size / 3_600:.1f} h" if size < 86_400 else f"{sign}{size / 86_400:.1f} d"


def as_json(stories: list[Story]) -> list[dict[str, Any]]:
    """Return the stories as plain values."""
    return [dataclasses.asdict(story) | {"published_at": story.published_at.isoformat()} for story in stories]
