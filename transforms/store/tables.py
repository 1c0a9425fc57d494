"""WriteDataset: what became of every entry, to Parquet files of one run.

A sink of our own: Beam's file sinks either leave nested partitions behind or
know none. Each partition of a table is one group, written to a name that
depends only on the run and the group, so a bundle that is repeated gives the
same file again.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from transforms.records import Article, Entry, FeedPoll, Filed, Postponed, Reject
from transforms.store import spill
from transforms.store.coders import pack, unpack
from transforms.store.parquet import write_table
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
# Files that were written before these were have none of them.
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
        pa.field("entry", pa.string(), nullable=False),  # All of it, as JSON.
    ]
)
ID_SCHEMA = pa.schema([pa.field("article_id", pa.string(), nullable=False)])
DUE_SCHEMA = pa.schema([("source", pa.string()), ("entries", pa.int64())])
FILE_SCHEMA = pa.schema([("path", pa.string()), ("rows", pa.int64()), ("bytes", pa.int64())])


@dataclasses.dataclass(frozen=True, slots=True)
class DataFile:
    """A file that a run wrote."""

    path: str
    """Relative to the dataset."""
    rows: int
    bytes: int


def has_columns(found: pa.Schema, expected: pa.Schema) -> bool:
    """Whether a file has the columns of its table, or those of an earlier version."""
    earlier = pa.schema([field for field in expected if field.name not in LATER_COLUMNS])
    return bool(found.equals(expected) or found.equals(earlier))


def _no_partition(_: object) -> str:
    return ""


@dataclasses.dataclass(frozen=True, slots=True)
class Table(Generic[Record]):
    """How the records of one table become rows and folders."""

    name: str
    folder: str
    """Below the dataset, or below a run's staging; those that begin with _ never leave it."""
    schema: pa.Schema
    row: Callable[[Any], dict[str, Any]]
    """Of what `load` gives; without run_id, which the sink adds where the schema has it."""
    sort_by: tuple[str, ...]
    partition: Callable[[Record], str] = _no_partition
    """The folder below the table's own: Hive style, '' for none."""
    load: Callable[[Iterable[Record]], Iterable[Any]] = iter
    """Fetches what the records only stand for."""


def load_articles(filed: Iterable[Filed]) -> Iterator[tuple[Filed, Article]]:
    """What was filed, each with its article, in the order the articles were written."""
    ordered = sorted(filed, key=lambda one: (one.slip.article.path, one.slip.article.offset))
    return zip(ordered, spill.load(one.slip.article for one in ordered), strict=True)


def article_row(loaded: tuple[Filed, Article]) -> dict[str, Any]:
    """A row of articles/ or copies/."""
    filed, article = loaded
    text = without_lines(article.text, filed.decision.house_lines)
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
    """A row of copies/ where the config keeps no text of copies; a later version of a story keeps its own."""
    filed, _ = loaded
    of_story = filed.version and filed.story_id == filed.slip.article_id
    return article_row(loaded) | ({} if of_story else {"text": None})


def article_partition(filed: Filed) -> str:
    """date=2021-07-04/region=southern-asia."""
    return f"date={_day(filed.slip.dated_at)}/region={filed.slip.region}"


def reject_partition(reject: Reject) -> str:
    """date=2021-07-04, the day of the last try."""
    return f"date={_day(reject.last_tried_at)}"


def postponed_row(postponed: Postponed) -> dict[str, Any]:
    """A row of the entries put off; `entry` holds the whole entry as JSON."""
    return {
        "url": postponed.entry.url,
        "reason": postponed.reason,
        "attempts": postponed.entry.attempts,
        "next_try_at": postponed.next_try_at,
        "entry": json.dumps(dataclasses.asdict(postponed.entry), default=datetime.isoformat),
    }


def entry_of_row(row: dict[str, Any]) -> Entry:
    """The entry that `postponed_row` wrote."""
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
    """The poll that a row of FEEDS tells of; what an earlier version did not write is as if unknown."""
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
TABLES: dict[str, Table[Any]] = {
    table.name: table
    for table in (ARTICLES, COPIES, COPIES_WITHOUT_TEXT, REJECTS, POLLS, POSTPONED, IDS, VERSIONS, DUE, FILES)
}


def write_rows(path: str, rows: list[dict[str, Any]], table: Table[Any]) -> int:
    """Writes rows as one Parquet file, sorted, zstd, with statistics; returns its size in bytes.

    The schema is the table's, whatever the rows lack: a column of nulls keeps its type.
    """
    data = pa.Table.from_pylist(rows, schema=table.schema)
    order = pc.sort_indices(data, sort_keys=[(column, "ascending") for column in table.sort_by])
    return write_table(path, data.take(order))


def write_group(
    table: Table[Any], partition: str, records: Iterable[Any], staging: str, run_id: str
) -> DataFile:
    """Writes the records of one partition below `staging`; the name tells run and partition."""
    rows = [table.row(loaded) | {"run_id": run_id} for loaded in table.load(records)]
    path = "/".join(filter(None, (table.folder, partition, f"{run_id}.parquet")))
    return DataFile(path, len(rows), write_rows(f"{staging}/{path}", rows, table))


class _WriteGroup(beam.DoFn):
    def __init__(self, staging: str, run_id: str) -> None:
        self.staging, self.run_id = staging, run_id

    def process(self, element: tuple[tuple[str, str], Iterable[bytes]]) -> Iterator[DataFile]:
        (name, partition), records = element
        yield write_group(TABLES[name], partition, map(unpack, records), self.staging, self.run_id)


class WriteTables(beam.PTransform):
    """Records by the name of their table, to the DataFiles they were written to below `staging`."""

    def __init__(self, staging: str, run_id: str) -> None:
        super().__init__()
        self.staging, self.run_id = staging, run_id

    def expand(self, records: dict[str, Any]) -> beam.PCollection[DataFile]:
        keyed = [
            collection
            | f"Key {name}" >> beam.Map(_keyed, name).with_output_types(tuple[tuple[str, str], bytes])
            for name, collection in records.items()
        ]
        return (
            keyed
            | beam.Flatten()
            | beam.GroupByKey()
            | beam.ParDo(_WriteGroup(self.staging, self.run_id)).with_output_types(DataFile)
        )


def _keyed(record: Any, name: str) -> tuple[tuple[str, str], bytes]:
    return (name, TABLES[name].partition(record)), pack(record)


class WriteDataset(beam.PTransform):
    """What became of every entry, to the files of a run below `staging`; the commit puts them in place.

    Takes PCollections by name: filed (Filed), rejects (Reject), postponed (Postponed),
    polls (FeedPoll) and due ((host or file, how many)). Beside the dataset's
    tables it writes those that the commit reads: what was polled and put off, the
    ids of what was filed and the keys of later versions' texts, how many entries were
    due, and the list of files.
    """

    def __init__(self, staging: str, run_id: str, *, keep_text: bool) -> None:
        super().__init__()
        self.staging, self.run_id = staging, run_id
        self.copies = COPIES.name if keep_text else COPIES_WITHOUT_TEXT.name

    def expand(self, outcomes: dict[str, Any]) -> beam.PCollection[DataFile]:
        filed = outcomes["filed"]
        stories, copies = filed | "IsCopy" >> beam.Partition(lambda row, _: int(row.copy_of is not None), 2)
        first, later = filed | "IsVersion" >> beam.Partition(lambda row, _: int(bool(row.version)), 2)
        ids = first | "ArticleIds" >> beam.Map(lambda row: row.slip.article_id).with_output_types(str)
        versions = later | "Versions" >> beam.Map(lambda row: row.version).with_output_types(str)
        plain = [table for table in (REJECTS, POLLS, POSTPONED, DUE) if table.name in outcomes]
        files = {
            ARTICLES.name: stories,
            self.copies: copies,
            IDS.name: ids,
            VERSIONS.name: versions,
            **{table.name: outcomes[table.name] for table in plain},
        } | WriteTables(self.staging, self.run_id)
        return {FILES.name: files} | "ListFiles" >> WriteTables(self.staging, self.run_id)
