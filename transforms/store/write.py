"""WriteDataset: the outcome of every entry, as Parquet files of one run.

Beam's own file sinks leave nested partitions behind or have no partitions. This sink writes each partition
of a table as one group, to a name that depends only on the run and the group, so a repeated bundle writes
the same file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from transforms.store.coders import pack, unpack
from transforms.store.parquet import write_table
from transforms.store.tables import (
    ARTICLES,
    COPIES,
    COPIES_WITHOUT_TEXT,
    DUE,
    FILES,
    IDS,
    POLLS,
    POSTPONED,
    REJECTS,
    TABLES,
    VERSIONS,
    DataFile,
    Table,
)


def write_rows(path: str, rows: list[dict[str, Any]], table: Table[Any]) -> int:
    """Write rows as one sorted Parquet file, zstd, with statistics, and return its size in bytes.

    The schema is always the table's, so a column of nulls keeps its type.
    """
    data = pa.Table.from_pylist(rows, schema=table.schema)
    order = pc.sort_indices(data, sort_keys=[(column, "ascending") for column in table.sort_by])
    return write_table(path, data.take(order))


def write_group(
    table: Table[Any], partition: str, records: Iterable[Any], staging: str, run_id: str
) -> DataFile:
    """Write the records of one partition below `staging`, named after run and partition."""
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
    """PCollections of records by table name, to the DataFiles written below `staging`."""

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
    """The outcomes of all entries, to the files of a run below `staging`; the commit moves them into
    place.

    Takes PCollections by name: filed (Filed), rejects (Reject), postponed (Postponed), polls (FeedPoll)
    and due ((host or file, count)). Next to the dataset's tables it writes tables for the commit:
    polls, postponed entries, ids of filed articles, keys of later versions' texts, the number of due
    entries, and the list of files.
    """

    def __init__(self, staging: str, run_id: str, *, keep_text: bool) -> None:
        super().__init__()
        self.staging, self.run_id = staging, run_id
        self.copies = COPIES.name if keep_text else COPIES_WITHOUT_TEXT.name

    def expand(self, outcomes: dict[str, Any]) -> beam.PCollection[DataFile]:
        filed = outcomes["filed"]
        stories, copies = filed | "IsCopy" >> beam.Partition(lambda row, _: int(row.copy_of is not None), 2)
        first, later = filed | "IsVersion" >> beam.Partition(lambda row, _: int(bool(row.version)), 2)
        ids = first | "ArticleIds" >> beam.Map(lambda row: row.ref.article_id).with_output_types(str)
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
