"""A dataset on a local disk or an object store: its runs, its state, and how files get to their places.

    _runs/<run_id>.json              one manifest a committed run: the commit itself
    _state/<run_id>/*.parquet        what the run after it needs
    _staging/<run_id>/...            files of a run that is not committed yet

A manifest is written last but for the moves it lists: what a crash cuts short,
`recover` finishes from the manifest, or removes where there is none.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from pipeline.errors import DatasetError
from transforms.memory import SeenKeys
from transforms.parquet import read_table
from transforms.store import POLLS, POSTPONED, Table, write_rows

RUNS, STATE, STAGING = "_runs", "_state", "_staging"


@dataclasses.dataclass(frozen=True)
class State:
    """What a committed run left for the next: rows as in transforms.store."""

    run_id: str | None
    seen_path: str | None
    """A SeenKeys file: keys of entries and article ids; None before the first run."""
    feeds: dict[str, dict[str, Any]]
    """The last poll of each feed, by URL."""
    put_off: list[dict[str, Any]]


class Dataset:
    """The files below one output."""

    def __init__(self, output: str) -> None:
        self.output = output

    def path(self, *parts: str) -> str:
        """An absolute path or URL below the output."""
        return "/".join((self.output, *parts))

    def files_below(self, *parts: str) -> list[str]:
        """All files below a folder, relative to it, sorted; [] where there is none."""
        # A trailing ** finds files at any depth on every Beam filesystem.
        base = self.path(*parts)
        try:
            found = FileSystems.match([f"{base}/**"])[0].metadata_list
        except BeamIOError as error:
            raise DatasetError(f"{base}: cannot be listed: {error}") from None
        return sorted(item.path[len(base) + 1 :] for item in found)

    def newest_run(self) -> str | None:
        """The run that was committed last; run ids sort in the order of commits."""
        manifests = [name for name in self.files_below(RUNS) if name.endswith(".json")]
        return manifests[-1].removesuffix(".json") if manifests else None

    def manifest(self, run_id: str) -> dict[str, Any]:
        """The manifest of a committed run."""
        path = self.path(RUNS, f"{run_id}.json")
        try:
            with FileSystems.open(path, mime_type="application/json") as file:
                manifest: dict[str, Any] = json.loads(file.read())
        except (OSError, BeamIOError, ValueError) as error:
            raise DatasetError(f"{path}: expected the manifest of a run: {error}") from None
        return manifest

    def write_json(self, value: Any, *parts: str) -> None:
        """Writes a JSON file; on a local disk it is there whole or not at all."""
        path = self.path(*parts)
        partial = path if "://" in path else f"{path}.partial"
        with FileSystems.create(partial, mime_type="application/json") as file:
            file.write(json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n")
        if partial != path:
            FileSystems.rename([partial], [path])

    def read_table(self, table: Table[Any], *parts: str) -> list[dict[str, Any]]:
        """The rows that a run wrote of one table into its staging, or its state; [] where it wrote none."""
        path = self.path(*parts)
        if not FileSystems.exists(path):
            return []
        try:
            rows: list[dict[str, Any]] = read_table(path).to_pylist()
        except (OSError, BeamIOError, pa.ArrowException) as error:
            raise DatasetError(f"{path}: expected the table {table.name} as Parquet: {error}") from None
        return rows

    def state(self) -> State:
        """What the newest committed run left behind."""
        run_id = self.newest_run()
        if run_id is None:
            return State(None, None, {}, [])
        feeds = self.read_table(POLLS, STATE, run_id, "feeds.parquet")
        put_off = self.read_table(POSTPONED, STATE, run_id, "put_off.parquet")
        seen_path = self.path(STATE, run_id, "seen.parquet")
        return State(run_id, seen_path, {row["url"]: row for row in feeds}, put_off)

    def save_state(self, state: State, seen: SeenKeys) -> None:
        """Writes the state of a run that is about to be committed."""
        assert state.run_id and state.seen_path
        seen.save(state.seen_path)
        write_rows(self.path(STATE, state.run_id, "feeds.parquet"), list(state.feeds.values()), POLLS)
        write_rows(self.path(STATE, state.run_id, "put_off.parquet"), state.put_off, POSTPONED)

    def promote(self, run_id: str) -> None:
        """Moves the files that a committed run's manifest lists to their places; can be repeated."""
        staged = set(self.files_below(STAGING, run_id))
        for file in self.manifest(run_id)["files"]:
            if file["path"] in staged:
                final = self.path(file["path"])
                with contextlib.suppress(OSError, BeamIOError):
                    FileSystems.mkdirs(str(PurePosixPath(final).parent) if "://" not in final else final)
                FileSystems.rename([self.path(STAGING, run_id, file["path"])], [final])

    def recover(self) -> None:
        """Finishes or removes what a run that was cut short left behind."""
        newest = self.newest_run()
        if newest:
            self.promote(newest)
        for folder in (STAGING, STATE):
            for run_id in {name.split("/", 1)[0] for name in self.files_below(folder)}:
                if folder == STAGING or run_id != newest:
                    self.remove(folder, run_id)

    def remove(self, *parts: str) -> None:
        """Deletes a folder of the pipeline's own and all below it."""
        if "://" in self.output:
            files = [self.path(*parts, name) for name in self.files_below(*parts)]
            if files:
                FileSystems.delete(files)
        elif FileSystems.exists(self.path(*parts)):
            FileSystems.delete([self.path(*parts)])
