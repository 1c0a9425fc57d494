"""Tables: their schemas, and how records become rows and partition folders."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import pyarrow as pa

from transforms.records import Article, Entry, FeedPoll, Filed, Postponed, Reject
from transforms.store import spill
from transforms.text.plain import count_words, without_lines

Record = TypeVar("Record")

_INSTANT = pa.timestamp("us", tz="UTC")
_WEIGHTED = pa.list_(pa.struct([("code", pa.string()), ("weight", pa.float32())]))
_PLACES = pa.list_(
    pa.struct(
        [
            ("name", pa.string()),
            ("country", pa.string()),
            ("subdivision", pa.string()),
            ("latitude", pa.float32()),
            ("longitude", pa.float32()),
            ("mentions", pa.int32()),
        ]
    )
)
ARTICLE_SCHEMA = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("story_id", pa.string(), nullable=False),
        ("url", pa.string()),
        ("canonical_url", pa.string()),
        ("feed_url", pa.string()),
        ("entry_id", pa.string()),
        ("title", pa.string()),
        ("summary", pa.string()),
        ("authors", pa.list_(pa.string())),
        ("tags", pa.list_(pa.string())),
        ("publisher", pa.string()),
        ("publisher_domain", pa.string()),
        ("agency", pa.string()),
        ("dateline", pa.string()),
        ("published_at", _INSTANT),
        ("updated_at", _INSTANT),
        ("fetched_at", _INSTANT),
        ("language", pa.string()),
        ("text", pa.string()),
        ("word_count", pa.int32()),
        ("extraction", pa.string()),
        ("image_url", pa.string()),
        ("paywalled", pa.bool_()),
        ("truncated", pa.bool_()),
        ("country", pa.string()),
        ("countries", _WEIGHTED),
        ("subdivisions", _WEIGHTED),
        ("places", _PLACES),
        ("run_id", pa.string()),
    ]
)
# Files of earlier versions lack these columns.
LATER_COLUMNS = frozenset({"paywalled", "truncated"})
COPY_SCHEMA = pa.schema([*ARTICLE_SCHEMA, ("similarity", pa.float32()), ("match", pa.string())])
REJECT_SCHEMA = pa.schema(
    [
        ("url", pa.string()),
        ("feed_url", pa.string()),
        ("entry_id", pa.string()),
        ("title", pa.string()),
        ("stage", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("attempts", pa.int32()),
        ("first_seen_at", _INSTANT),
        ("last_tried_at", _INSTANT),
        ("run_id", pa.string()),
    ]
)
POLL_SCHEMA = pa.schema(
    [
        pa.field("url", pa.string(), nullable=False),
        ("polled_at", _INSTANT),
        ("status", pa.string()),
        ("entries", pa.int32()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("failures", pa.int32()),
        ("points", pa.float64()),
        ("etag", pa.string()),
        ("last_modified", pa.string()),
        ("body_key", pa.string()),
        ("entries_key", pa.string()),
        ("quiet", pa.int32()),
        ("read_at", _INSTANT),
        ("whole_at", _INSTANT),
        ("succeeded_at", _INSTANT),
        ("next_poll_at", _INSTANT),
        ("asks_s", pa.float64()),
        ("entries_a_day", pa.float64()),
        ("window_s", pa.float64()),
        ("moved_to", pa.string()),
        ("moved_since", _INSTANT),
        ("hub", pa.string()),
        ("listed", pa.binary()),
    ]
)
FEED_SCHEMA = pa.schema([field for field in POLL_SCHEMA if field.name != "listed"])
POSTPONED_SCHEMA = pa.schema(
    [
        ("url", pa.string()),
        ("reason", pa.string()),
        ("attempts", pa.int32()),
        ("next_try_at", _INSTANT),
        pa.field("entry", pa.string(), nullable=False),  # The whole entry, as JSON.
    ]
)
ID_SCHEMA = pa.schema([pa.field("article_id", pa.string(), nullable=False)])
DUE_SCHEMA = pa.schema([("source", pa.string()), ("entries", pa.int64())])
FILE_SCHEMA = pa.schema([("path", pa.string()), ("rows", pa.int64()), ("bytes", pa.int64())])


@dataclasses.dataclass(frozen=True, slots=True)
class DataFile:
    """A file that a run wrote."""

    path: str
    """Path below the dataset."""
    rows: int
    bytes: int


def has_columns(written: pa.Schema, expected: pa.Schema) -> bool:
    """Return True if a file has the columns of its table, in this or an earlier version."""
    earlier = pa.schema([field for field in expected if field.name not in LATER_COLUMNS])
    return bool(written.equals(expected) or written.equals(earlier))


def _no_partition(_: object) -> str:
    return ""


@dataclasses.dataclass(frozen=True, slots=True)
class Table(Generic[Record]):
    """How the records of one table become rows and folders."""

    name: str
    folder: str
    """Folder below the dataset, or below a run's staging; a folder that begins with _ never leaves
    staging."""
    schema: pa.Schema
    row: Callable[[Any], dict[str, Any]]
    """Makes a row of a loaded record; the sink adds run_id if the schema has it."""
    sort_by: tuple[str, ...]
    partition: Callable[[Record], str] = _no_partition
    """Names the folder below the table's own, Hive style; '' for none."""
    load: Callable[[Iterable[Record]], Iterable[Any]] = iter
    """Loads the values that records only refer to."""


def load_articles(filed: Iterable[Filed]) -> Iterator[tuple[Filed, Article]]:
    """Yield filed records with their articles, in the order in which the articles were spilled."""
    ordered = sorted(filed, key=lambda item: (item.ref.article.path, item.ref.article.offset))
    return zip(ordered, spill.load(item.ref.article for item in ordered), strict=True)


def article_row(loaded: tuple[Filed, Article]) -> dict[str, Any]:
    """Return a row of articles/ or copies/."""
    filed, article = loaded
    text = without_lines(article.text, filed.decision.boilerplate_lines)
    row = {
        name: getattr(article, name)
        for name in ARTICLE_SCHEMA.names
        if name not in ("story_id", "word_count", "run_id", "countries", "subdivisions", "places")
    }
    row |= {
        "story_id": filed.story_id,
        "agency": article.agency or filed.decision.agency,
        "text": text,
        "word_count": count_words(text),
        "countries": [dataclasses.asdict(item) for item in article.countries],
        "subdivisions": [dataclasses.asdict(item) for item in article.subdivisions],
        "places": [dataclasses.asdict(item) for item in article.places],
    }
    if filed.copy_of:
        row |= {"similarity": filed.copy_of.similarity, "match": filed.copy_of.match}
    return row


def copy_row_without_text(loaded: tuple[Filed, Article]) -> dict[str, Any]:
    """Return a row of copies/ for a config that keeps no text of copies; later versions of a story keep
    theirs."""
    filed, _ = loaded
    of_story = filed.version and filed.story_id == filed.ref.article_id
    return article_row(loaded) | ({} if of_story else {"text": None})


def article_partition(filed: Filed) -> str:
    """Return the folder, such as date=2021-07-04/region=southern-asia."""
    return f"date={_day(filed.ref.dated_at)}/region={filed.ref.region}"


def reject_partition(reject: Reject) -> str:
    """Return the folder of the last attempt's day, such as date=2021-07-04."""
    return f"date={_day(reject.last_tried_at)}"


def postponed_row(postponed: Postponed) -> dict[str, Any]:
    """Return the row of a postponed entry; `entry` holds the whole entry as JSON."""
    return {
        "url": postponed.entry.url,
        "reason": postponed.reason,
        "attempts": postponed.entry.attempts,
        "next_try_at": postponed.next_try_at,
        "entry": json.dumps(dataclasses.asdict(postponed.entry), default=datetime.isoformat),
    }


def entry_of_row(row: dict[str, Any]) -> Entry:
    """Return the entry that `postponed_row` wrote."""
    values = json.loads(row["entry"])
    for field in dataclasses.fields(Entry):
        value = values.get(field.name)
        if isinstance(value, list):
            values[field.name] = tuple(value)
        elif value and field.name.endswith("_at"):
            values[field.name] = datetime.fromisoformat(value)
    return Entry(**values)


def _day(instant: datetime) -> str:
    return instant.astimezone(UTC).date().isoformat()


def _due_row(due: tuple[str, int]) -> dict[str, Any]:
    return {"source": due[0], "entries": due[1]}


def poll_of(row: dict[str, Any]) -> FeedPoll:
    """Return the poll of a row of FEEDS; columns that an earlier version did not write stay at their
    defaults."""
    fields = (field.name for field in dataclasses.fields(FeedPoll))
    return FeedPoll(**{name: row[name] for name in fields if row.get(name) is not None})


def _id_row(key: str) -> dict[str, Any]:
    return {"article_id": key}


ARTICLES: Table[Filed] = Table(
    "articles",
    "articles",
    ARTICLE_SCHEMA,
    article_row,
    ("published_at", "article_id"),
    article_partition,
    load_articles,
)
COPIES: Table[Filed] = dataclasses.replace(ARTICLES, name="copies", folder="copies", schema=COPY_SCHEMA)
COPIES_WITHOUT_TEXT: Table[Filed] = dataclasses.replace(
    COPIES, name="copies_without_text", row=copy_row_without_text
)
REJECTS: Table[Reject] = Table(
    "rejects",
    "rejects",
    REJECT_SCHEMA,
    dataclasses.asdict,
    ("feed_url", "url", "entry_id"),
    reject_partition,
)
POLLS: Table[FeedPoll] = Table("polls", "_polls", POLL_SCHEMA, dataclasses.asdict, ("url",))
FEEDS: Table[FeedPoll] = dataclasses.replace(POLLS, name="feeds", folder="_feeds", schema=FEED_SCHEMA)
POSTPONED: Table[Postponed] = Table(
    "postponed", "_postponed", POSTPONED_SCHEMA, postponed_row, ("url", "entry")
)
IDS: Table[str] = Table("ids", "_ids", ID_SCHEMA, _id_row, ("article_id",))
VERSIONS: Table[str] = dataclasses.replace(IDS, name="versions", folder="_versions")
DUE: Table[tuple[str, int]] = Table("due", "_due", DUE_SCHEMA, _due_row, ("source",))
FILES: Table[DataFile] = Table("files", "_files", FILE_SCHEMA, dataclasses.asdict, ("path",))
DATA_TABLES: dict[str, Table[Any]] = {table.folder: table for table in (ARTICLES, COPIES, REJECTS)}
"""The public tables of a dataset, by folder."""
STORY_TABLES = (ARTICLES.folder, COPIES.folder)
"""Folders of the tables with one row per article."""
TABLES: dict[str, Table[Any]] = {
    table.name: table
    for table in (ARTICLES, COPIES, COPIES_WITHOUT_TEXT, REJECTS, POLLS, POSTPONED, IDS, VERSIONS, DUE, FILES)
}
