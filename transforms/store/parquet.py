"""Parquet and Arrow files on any Beam filesystem, for every step and the commit.

Nothing here starts pyarrow's threads. With versions 24 and 25 the interpreter aborts at exit after at least
a third of the reads with several threads, and once in some 250 runs that had only read ahead. Threads start
through use_threads, through pre_buffer (on by default), and when Arrow files are not opened from memory.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.io.filesystems import FileSystems


def open_parquet(file: Any) -> pq.ParquetFile:
    """Open a Parquet file for the calling thread alone; pass use_threads=False to every read."""
    return pq.ParquetFile(pa.PythonFile(file), pre_buffer=False)


def read_table(path: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Read one Parquet file."""
    with FileSystems.open(path) as file, open_parquet(file) as parquet:
        return parquet.read(columns=list(columns) if columns else None, use_threads=False)


def write_table(path: str, table: pa.Table, **options: object) -> int:
    """Write a table as one Parquet file, zstd, with statistics, and return its size in bytes."""
    with FileSystems.create(path, mime_type="application/octet-stream") as file:
        pq.write_table(table, file, compression="zstd", write_statistics=True, **options)
        return int(file.tell())


def open_arrow(path: str) -> Any:
    """Open an Arrow file; a local one is memory-mapped, so only what is used is read.

    Raises pyarrow.ArrowException if it is not an Arrow file.
    """
    options = pa.ipc.IpcReadOptions(use_threads=False)
    if "://" in path:
        return pa.ipc.open_file(pa.PythonFile(FileSystems.open(path), "r"), options=options)
    with Path(path).open("rb") as file:
        try:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise pa.ArrowInvalid(str(error)) from None
    return pa.ipc.open_file(pa.BufferReader(pa.py_buffer(content)), options=options)
