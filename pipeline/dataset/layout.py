"""A dataset on a local disk or an object store: its folders, and how files get into place.

    _runs/<run_id>.json              one manifest per committed run: the commit itself
    _state/<run_id>/...              what the next run needs, see pipeline/dataset/state.py
    _staging/<run_id>/...            files of a run that is not committed yet
    _stream.json                     the streaming job that owns the dataset, if any
    _lock, _locks/                   who is working on the dataset, see pipeline/dataset/lock.py

The manifest is written last; only the moves of the files that it lists come after it. `recover` finishes a
run that crashed after its manifest, and removes one that crashed before.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from pipeline.dataset.run_ids import run_number
from pipeline.dataset.swap import swap_all
from pipeline.errors import DatasetError
from transforms.store.parquet import read_table
from transforms.store.tables import Table

RUNS, STATE, STAGING = "_runs", "_state", "_staging"
STREAM = "_stream.json"
"""File that names the streaming job that owns the dataset."""


class Dataset:
    """The files below one output."""

    def __init__(self, output: str) -> None:
        self.output = output
        if output.startswith("s3://"):
            from pipeline.dataset.s3 import share_clients

            share_clients()

    def path(self, *parts: str) -> str:
        """Return an absolute path or URL below the output."""
        return "/".join((self.output, *parts))

    def files_below(self, *parts: str) -> list[str]:
        """Return the paths of all files below a folder, relative to it and sorted.

        A folder that does not exist has none. Raises DatasetError if it cannot be listed.
        """
        # A trailing ** matches files at any depth on every Beam filesystem.
        base = self.path(*parts)
        try:
            matches = FileSystems.match([f"{base}/**"])[0].metadata_list
        except BeamIOError as error:
            raise DatasetError(f"{base}: cannot be listed: {error}") from None
        return sorted(item.path[len(base) + 1 :] for item in matches)

    def exists(self, *parts: str) -> bool:
        """Return True if the file exists."""
        return bool(FileSystems.exists(self.path(*parts)))

    def newest_run(self) -> str | None:
        """Return the id of the newest committed run, or None.

        It is the newest run with both a state and a manifest. The folder of manifests is not listed,
        because it grows for years. Raises DatasetError if there are manifests and no state.
        """
        states = {name.split("/")[0] for name in self.files_below(STATE) if name.endswith("/state.json")}
        for run_id in sorted(states, key=run_number, reverse=True):
            if FileSystems.exists(self.path(RUNS, f"{run_id}.json")):
                return run_id
        orphans = [name for name in self.files_below(RUNS) if name.endswith(".json")]
        if orphans:
            path = self.path(STATE, max(orphans, key=run_number).removesuffix(".json"), "state.json")
            raise DatasetError(f"{path}: missing, expected the state after this run")
        return None

    def manifest(self, run_id: str) -> dict[str, Any]:
        """Read the manifest of a committed run."""
        return self.read_json(RUNS, f"{run_id}.json")

    def read_json(self, *parts: str) -> dict[str, Any]:
        """Read the object in a JSON file."""
        path = self.path(*parts)
        try:
            with FileSystems.open(path, mime_type="application/json") as file:
                value = json.loads(file.read())
        except (OSError, BeamIOError, ValueError) as error:
            raise DatasetError(f"{path}: expected JSON: {error}") from None
        if not isinstance(value, dict):
            raise DatasetError(f"{path}: expected a JSON object")
        return value

    def write_json(self, value: Any, *parts: str) -> None:
        """Write a JSON file; on a local disk it appears complete or not at all."""
        path = self.path(*parts)
        partial = path if "://" in path else f"{path}.partial"
        with FileSystems.create(partial, mime_type="application/json") as file:
            file.write(json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n")
        if partial != path:
            FileSystems.rename([partial], [path])

    def read_table(self, table: Table[Any], *parts: str) -> list[dict[str, Any]]:
        """Read the rows of one table's file, in a run's staging or state."""
        path = self.path(*parts)
        try:
            rows = read_table(path).to_pylist()
        except (OSError, BeamIOError, pa.ArrowException) as error:
            raise DatasetError(f"{path}: expected the table {table.name} as Parquet: {error}") from None
        # Columns that an earlier version did not write are null.
        return [{name: row.get(name) for name in table.schema.names} for row in rows]

    def promote(self, run_id: str) -> None:
        """Move the files of a committed run into place; can be repeated."""
        manifest = self.manifest(run_id)
        if manifest.get("replaces"):
            swap_all(self.output, self.path(STAGING, run_id), manifest)
            return
        staged = set(self.files_below(STAGING, run_id))
        for file in manifest["files"]:
            if file["path"] in staged:
                self.move((STAGING, run_id, file["path"]), file["path"])

    def move(self, source: Sequence[str], *target: str) -> None:
        """Rename a file; on a local disk this is atomic."""
        final = self.path(*target)
        if "://" not in final:
            Path(final).parent.mkdir(parents=True, exist_ok=True)
        FileSystems.rename([self.path(*source)], [final])

    def size(self, *parts: str) -> int:
        """Return the bytes of a file."""
        return int(FileSystems.match([self.path(*parts)])[0].metadata_list[0].size_in_bytes)

    def recover(self, newest: str | None, state_files: Container[str]) -> None:
        """Finish committed runs that were cut short, and remove the files of uncommitted runs."""
        if newest:
            self.promote(newest)
        for run_id in {name.split("/", 1)[0] for name in self.files_below(STAGING)}:
            if self.exists(RUNS, f"{run_id}.json"):
                self.promote(run_id)  # A compaction, which leaves no state.
            self.remove(STAGING, run_id)
        self.keep_state(state_files)

    def keep_state(self, state_files: Container[str]) -> None:
        """Delete all files below _state/ except `state_files`."""
        stale = [name for name in self.files_below(STATE) if name not in state_files]
        if stale:
            FileSystems.delete([self.path(STATE, name) for name in stale])
        if "://" not in self.output:
            for folder in Path(self.path(STATE)).glob("*/"):
                with contextlib.suppress(OSError):
                    folder.rmdir()

    def remove(self, *parts: str) -> None:
        """Delete one of the pipeline's own folders."""
        if "://" in self.output:
            files = [self.path(*parts, name) for name in self.files_below(*parts)]
            if files:
                FileSystems.delete(files)
        elif FileSystems.exists(self.path(*parts)):
            FileSystems.delete([self.path(*parts)])
