"""Rows keep the contract's schema, whatever the records lack; a repeated write gives the same file."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from transforms.records import Article, BlobRef, CopyOf, Decision, Entry, Filed, Place, Postponed, Weighted
from transforms.store.spill import SpillFile, article_ref
from transforms.store.tables import (
    ARTICLE_SCHEMA,
    ARTICLES,
    COPIES,
    COPIES_WITHOUT_TEXT,
    COPY_SCHEMA,
    Table,
    article_partition,
    entry_of_row,
    postponed_row,
)
from transforms.store.write import WriteTables, write_rows
from transforms.text.plain import line_key, without_lines

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
BARE = Article("a1", "u", "c", "f", "e", "T", "Some words here", NOW)
FULL = Article(
    "a2", "u", "c", "f", "e", "T", "Words", NOW,
    authors=("Ann",), published_at=datetime(2026, 3, 4, 23, tzinfo=UTC), country="CA",
    region="northern-america",
    countries=(Weighted("CA", 0.75), Weighted("US", 0.25)),
    places=(Place("Halifax", "CA", "CA-NS", 44.65, -63.57, 2),),
)  # fmt: skip


def spilled(article: Article, folder: Path, copy_of: CopyOf | None = None) -> Filed:
    file = SpillFile(f"{folder}/{article.article_id}.articles")
    ref = file.add(article)
    file.close()
    return Filed(article_ref(article, ref, ref), Decision(copy_of))


def row_of(table: Table[Filed], article: Article, copy_of: CopyOf | None = None) -> dict[str, Any]:
    nowhere = BlobRef("", 0, 0)
    return table.row((Filed(article_ref(article, nowhere, nowhere), Decision(copy_of)), article))


def test_a_column_of_nulls_keeps_its_type(tmp_path: Path) -> None:
    write_rows(str(tmp_path / "x.parquet"), [row_of(ARTICLES, BARE)], ARTICLES)
    assert pq.read_schema(tmp_path / "x.parquet").equals(ARTICLE_SCHEMA)


def test_an_empty_table_keeps_its_schema(tmp_path: Path) -> None:
    write_rows(str(tmp_path / "x.parquet"), [], COPIES)
    assert pq.read_schema(tmp_path / "x.parquet").equals(COPY_SCHEMA)


def test_a_row_holds_all_that_the_record_says() -> None:
    row = row_of(ARTICLES, FULL)
    assert (row["story_id"], row["word_count"], row["authors"]) == ("a2", 1, ("Ann",))
    assert row["countries"] == [{"code": "CA", "weight": 0.75}, {"code": "US", "weight": 0.25}]
    assert row["places"][0]["subdivision"] == "CA-NS"
    copy = row_of(COPIES, FULL, CopyOf("a1", 0.9, "near"))
    assert (copy["story_id"], copy["similarity"], copy["match"]) == ("a1", 0.9, "near")


def test_copies_lose_their_text_if_the_config_says_so() -> None:
    row = row_of(COPIES_WITHOUT_TEXT, FULL, CopyOf("a1", 0.9, "near"))
    assert (row["text"], row["word_count"]) == (None, 1)


def test_a_row_has_no_boilerplate_lines_and_has_the_credit_of_its_story() -> None:
    article = dataclasses.replace(BARE, text="The ferry sails.\n\nSign up here.\n\nFares rise.", agency=None)
    nowhere = BlobRef("", 0, 0)
    decision = Decision(agency="AP", boilerplate_lines=frozenset({line_key("Sign up here.")}))
    row = ARTICLES.row((Filed(article_ref(article, nowhere, nowhere), decision), article))
    assert (row["text"], row["word_count"], row["agency"]) == ("The ferry sails.\n\nFares rise.", 5, "AP")


def test_a_text_of_nothing_but_boilerplate_lines_stays() -> None:
    assert without_lines("Sign up here.", {line_key("sign up here.")}) == "Sign up here."


def test_a_row_lies_under_its_day_and_region(tmp_path: Path) -> None:
    assert article_partition(spilled(FULL, tmp_path)) == "date=2026-03-04/region=northern-america"
    assert article_partition(spilled(BARE, tmp_path)) == "date=2026-03-05/region=unknown"


def test_a_postponed_entry_comes_back_whole() -> None:
    entry = Entry("f", "e", ("k1", "k2"), "u", tags=("a",), published_at=NOW, first_seen_at=NOW, attempts=2)
    assert entry_of_row(postponed_row(Postponed(entry, "timeout", NOW))) == entry


def write(records: list[Filed], folder: Path) -> dict[str, bytes]:
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        _ = {"articles": pipeline | beam.Create(records).with_output_types(Filed)} | WriteTables(
            str(folder), "r000001"
        )
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")}


def test_partitions_are_files_whose_bytes_do_not_depend_on_the_order_of_records(tmp_path: Path) -> None:
    records = [spilled(FULL, tmp_path), spilled(BARE, tmp_path)]
    first = write(records, tmp_path / "one")
    assert set(first) == {
        "articles/date=2026-03-04/region=northern-america/r000001.parquet",
        "articles/date=2026-03-05/region=unknown/r000001.parquet",
    }
    assert write(records[::-1], tmp_path / "two") == first


def test_nothing_to_write_writes_nothing(tmp_path: Path) -> None:
    assert write([], tmp_path) == {}


def test_files_are_zstd_with_statistics_and_instants_in_utc(tmp_path: Path) -> None:
    write([spilled(FULL, tmp_path)], tmp_path)
    (path,) = tmp_path.rglob("*.parquet")
    with pq.ParquetFile(path) as file:
        column = file.metadata.row_group(0).column(0)
        assert column.compression == "ZSTD"
        assert column.statistics.has_min_max
        assert file.schema_arrow.field("published_at").type == pa.timestamp("us", tz="UTC")
        assert file.metadata.row_group(0).num_rows == 1
