"""Parquet files on any Beam filesystem, as every step and the commit read and write them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.io.filesystems import FileSystems


def read_table(path: str, columns: Sequence[str] | None = None) -> pa.Table:
    """The table of one Parquet file.

    In one thread: pyarrow 24 and 25 abort the interpreter at its exit in a third and
    more of the cases where a file was read with threads, and these files are small.
    """
    with FileSystems.open(path) as file, pq.ParquetFile(pa.PythonFile(file)) as parquet:
        return parquet.read(columns=list(columns) if columns else None, use_threads=False)


def write_table(path: str, table: pa.Table, **options: object) -> int:
    """Writes a table as one Parquet file, zstd, with statistics; returns its size in bytes."""
    with FileSystems.create(path, mime_type="application/octet-stream") as file:
        pq.write_table(table, file, compression="zstd", write_statistics=True, **options)
        return int(file.tell())
