"""Parquet and Arrow files on any Beam filesystem, as every step and the commit read and write them.

Nothing here starts pyarrow's threads: with versions 24 and 25 the interpreter aborts at
its exit in a third and more of the cases where a file was read with several, and did
once in some 250 runs that had only let it read ahead. What starts them: use_threads,
pre_buffer, which is on by default, and Arrow files that are not opened from memory.
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
    """A Parquet file that is read by the calling thread alone; pass use_threads=False to what reads it."""
    return pq.ParquetFile(pa.PythonFile(file), pre_buffer=False)


def read_table(path: str, columns: Sequence[str] | None = None) -> pa.Table:
    """The table of one Parquet file."""
    with FileSystems.open(path) as file, open_parquet(file) as parquet:
        return parquet.read(columns=list(columns) if columns else None, use_threads=False)


def write_table(path: str, table: pa.Table, **options: object) -> int:
    """Writes a table as one Parquet file, zstd, with statistics; returns its size in bytes."""
    with FileSystems.create(path, mime_type="application/octet-stream") as file:
        pq.write_table(table, file, compression="zstd", write_statistics=True, **options)
        return int(file.tell())


def open_arrow(path: str) -> Any:
    """The reader of an Arrow file; of a local one, which is mapped, only what is looked at is read.

    Raises pyarrow.ArrowException where it is none.
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
