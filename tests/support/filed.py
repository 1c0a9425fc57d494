"""Datasets for tests, filed without a pipeline: rows, manifest and state of each run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipeline.dataset.layout import Dataset
from pipeline.dataset.manifest import Manifest
from pipeline.dataset.run_ids import new_run_id
from pipeline.dataset.state import State, files_of, write_state
from transforms.store.tables import ARTICLES, COPIES, REJECTS, DataFile
from transforms.store.write import write_rows

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
TABLES = {table.folder: table for table in (ARTICLES, COPIES, REJECTS)}
LATER = datetime(2026, 3, 20, 9, tzinfo=UTC)
COMPACTED = "r000004-20260320T090000Z"
"""Id of a compaction of three runs at that time."""
Row = dict[str, Any]


def run_id_of(number: int) -> str:
    return new_run_id(number, NOON + timedelta(minutes=number))


def story(number: int, at: datetime = NOON, **changes: Any) -> Row:
    """Return a row of articles/, fetched an hour after `at`; the number decides its id and texts."""
    article_id = hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()
    return {
        "article_id": article_id,
        "story_id": article_id,
        "url": f"https://gazette.example/{number}",
        "title": f"Report number {number}",
        "authors": ["Ellen Vick"],
        "tags": [],
        "published_at": at,
        "fetched_at": at + timedelta(hours=1),
        "text": "\n\n".join(f"Paragraph {n} of report {number} from the harbour." for n in range(5)),
        "word_count": 40,
        "country": "CA",
        "countries": [{"code": "CA", "weight": 0.75}, {"code": "US", "weight": 0.25}],
        "places": [],
        **changes,
    }


def copy_of(number: int, of: Row, **changes: Any) -> Row:
    """Return a row of copies/."""
    return story(number, story_id=of["story_id"], similarity=0.9, match="near") | changes


def reject(number: int, tried_at: datetime = NOON) -> Row:
    """Return a row of rejects/."""
    return {
        "url": f"https://gazette.example/{number}",
        "feed_url": "https://gazette.example/rss",
        "stage": "fetch",
        "reason": "http-404",
        "attempts": 1,
        "first_seen_at": tried_at,
        "last_tried_at": tried_at,
    }


def folder_of(table: str, day: str = "2026-03-05", region: str = "northern-america") -> str:
    return f"{table}/date={day}" + ("" if table == "rejects" else f"/region={region}")


HERE, ABROAD = folder_of("articles"), folder_of("articles", region="southern-asia")


def file_run(output: Path, number: int, rows: Mapping[str, Iterable[Row]]) -> dict[str, Any]:
    """File rows by folder, as run `number`, and return its manifest."""
    run_id, dataset = run_id_of(number), Dataset(str(output))
    row_counts = dict.fromkeys(TABLES, 0)
    files = []
    for folder, folder_rows in rows.items():
        table = folder.split("/", 1)[0]
        complete = [row | {"run_id": run_id} for row in folder_rows]
        path = f"{folder}/{run_id}.parquet"
        size = write_rows(f"{output}/{path}", complete, TABLES[table])
        row_counts[table] += len(complete)
        files.append(DataFile(path, len(complete), size))
    state = State(run_id)
    write_state(dataset, state)
    at = (NOON + timedelta(minutes=number)).isoformat()
    manifest = Manifest(
        run_id=run_id,
        started_at=at,
        finished_at=at,
        files=tuple(files),
        counts={
            "feeds": 1,
            "feeds_unchanged": 0,
            "feeds_failed": 0,
            "entries": sum(row_counts.values()),
            "entries_known": 0,
            "entries_due": sum(row_counts.values()),
            "articles": row_counts["articles"],
            "copies": row_counts["copies"],
            "rejects": {"http-404": row_counts["rejects"]} if row_counts["rejects"] else {},
            "postponed": 0,
        },
        config_sha256="0" * 64,
        version="0",
    )
    dataset.keep_state(files_of(state))
    return manifest.write(dataset)


def file_three_runs(output: Path) -> Path:
    """File three runs into the same partitions, and the second run into one more."""
    for number in (1, 2, 3):
        stories = [story(10 * number + n, NOON - timedelta(minutes=7 * n + number)) for n in range(3)]
        filed = {
            HERE: stories,
            folder_of("copies"): [copy_of(100 + number, stories[0])],
            folder_of("rejects"): [reject(number)],
        }
        if number == 2:
            filed[ABROAD] = [story(77)]
        file_run(output, number, filed)
    return output


def all_rows(output: Path, table: str) -> list[tuple[Any, ...]]:
    """Return all rows as DuckDB reads them, with the columns of their folders."""
    if not list(output.glob(f"{table}/**/*.parquet")):
        return []
    pattern = f"{output}/{table}/**/*.parquet"
    query = f"select * from read_parquet('{pattern}', hive_partitioning=true)"
    return sorted(map(repr, duckdb.connect().sql(query).fetchall()))  # type: ignore[arg-type]


def data_files(output: Path) -> set[str]:
    """Return the paths of all files of tables."""
    return {str(path.relative_to(output)) for path in output.glob("[!_]*/**/*") if path.is_file()}


def everything(output: Path) -> dict[str, list[Any]]:
    """Return the rows of all tables."""
    return {table: all_rows(output, table) for table in TABLES}


def contents(output: Path) -> dict[str, bytes]:
    """Return every file except the lock, which names its holder."""
    files = (path for path in output.rglob("*") if path.is_file() and path.name != "_lock")
    return {str(path.relative_to(output)): path.read_bytes() for path in files}
