"""Rows of a dataset by id, URL or partition, for commands, not for runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.io.filesystem import BeamIOError

from pipeline.dataset.layout import Dataset
from pipeline.dataset.rows import Row
from pipeline.errors import ConfigError, DatasetError
from transforms.records import UPDATE
from transforms.store.parquet import read_table
from transforms.store.tables import STORY_TABLES
from transforms.text.urls import clean_url


def data_files(dataset: Dataset, table: str, **partition: str | None) -> Iterator[str]:
    """Yield a table's files, relative to the dataset, of the given partitions (date, region)."""
    wanted = {f"{name}={value}" for name, value in partition.items() if value is not None}
    for name in dataset.files_below(table):
        if name.endswith(".parquet") and not name.startswith("_") and wanted <= set(name.split("/")):
            yield f"{table}/{name}"


def find_rows(
    dataset: Dataset, path: str, columns: Sequence[str], select: Callable[[pa.Table], pa.ChunkedArray] | None
) -> list[Row]:
    """Return the rows of a file that `select` marks, or all of them.

    Raises DatasetError if the file cannot be read.
    """
    try:
        table = read_table(dataset.path(path), columns)
    except (OSError, BeamIOError, pa.ArrowException) as error:
        raise DatasetError(
            f"{dataset.path(path)}: expected a Parquet file; run `copytaster verify`: {error}"
        ) from None
    rows: list[Row] = (table.filter(select(table)) if select else table).to_pylist()
    return rows


def first_filed(table: pa.Table) -> pa.ChunkedArray:
    """Select rows of copies/ that are not later versions of an article, for find_rows."""
    return pc.invert(pc.fill_null(pc.equal(table["match"], UPDATE), False))


def find_article(dataset: Dataset, name: str, columns: Sequence[str]) -> tuple[str, Row]:
    """Find an article by id or URL; return its table and its row, the first of several versions.

    Raises ConfigError if there is none.
    """
    names = pa.array(list(dict.fromkeys((name, clean_url(name)))))

    def has_name(table: pa.Table) -> pa.ChunkedArray:
        by_id, by_url, by_canonical_url = (
            pc.is_in(table[key], value_set=names) for key in ("article_id", "url", "canonical_url")
        )
        return pc.or_(pc.or_(by_id, by_url), by_canonical_url)

    needed = list(dict.fromkeys(("article_id", "url", "canonical_url", *columns)))
    later: tuple[str, Row] | None = None
    for table in STORY_TABLES:
        for path in data_files(dataset, table):
            if not find_rows(dataset, path, ["article_id", "url", "canonical_url"], has_name):
                continue
            optional = ["similarity", "match"] if table == "copies" else []
            for row in find_rows(dataset, path, [*needed, *optional], has_name):
                if row.get("match") != UPDATE:
                    return table, row
                later = later or (table, row)
    if later:
        return later
    raise ConfigError(
        f"{name}: no article of {dataset.output} has this id or URL; "
        "expected an article_id, or a URL as the dataset has it"
    )
