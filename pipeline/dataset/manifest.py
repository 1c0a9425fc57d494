"""Manifests: the files and counts of committed runs, and which files are live."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.dataset.layout import RUNS, Dataset
from pipeline.dataset.run_ids import is_run_id, run_number
from pipeline.errors import ConfigError, RunError
from transforms.store.tables import DataFile

COMPACT, REPAIR = "compact", "repair"
COUNTS = (
    "feeds", "feeds_unchanged", "feeds_failed", "entries", "entries_known",
    "entries_due", "articles", "copies", "postponed",
)  # fmt: skip
"""Keys of the counts that are numbers; `rejects` maps reasons to numbers."""
NO_COUNTS = {**dict.fromkeys(COUNTS, 0), "rejects": {}}
_TEXTS = ("run_id", "started_at", "finished_at", "version", "config_sha256")
_FOLDER = re.compile(
    r"(?:articles|copies)/date=(\d{4}-\d\d-\d\d)/region=[a-z]+(?:-[a-z]+)*|rejects/date=(\d{4}-\d\d-\d\d)"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """A fault that verify found."""

    where: str
    """A path below the dataset."""
    problem: str
    expected: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}; expected {self.expected}"


@dataclasses.dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a committed run."""

    run_id: str
    started_at: str
    finished_at: str
    files: tuple[DataFile, ...]
    counts: Mapping[str, Any]
    kind: str = ""
    """'' for a run, else compact or repair."""
    replaces: tuple[str, ...] = ()
    """Paths of earlier files that its own files replace."""
    config_sha256: str = ""
    version: str = __version__

    @property
    def path(self) -> str:
        """Path of the manifest below the dataset."""
        return f"{RUNS}/{self.run_id}.json"

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as it is written, with `kind` and `replaces` only if they are set."""
        value = {
            "run_id": self.run_id,
            "kind": self.kind,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "version": self.version,
            "config_sha256": self.config_sha256,
            "files": [dataclasses.asdict(file) for file in self.files],
            "replaces": list(self.replaces),
            "counts": dict(self.counts),
        }
        optional = ("kind", "replaces")
        return {name: part for name, part in value.items() if part or name not in optional}

    def write(self, dataset: Dataset) -> dict[str, Any]:
        """Write the manifest, which commits the run; return it as written.

        Raises RunError if the manifest is invalid; nothing is written then.
        """
        value = self.to_json()
        fault = read_manifest(f"{self.run_id}.json", value)
        if isinstance(fault, Finding):
            raise RunError(f"{fault}; nothing was committed")
        dataset.write_json(value, RUNS, f"{self.run_id}.json")
        return value


def require_dataset(output: str) -> Dataset:
    """Return the dataset at a folder or URL.

    Raises ConfigError if there is none.
    """
    remote = "://" in output
    dataset = Dataset(output.rstrip("/") if remote else str(Path(output).expanduser().absolute()))
    if any(character in dataset.output for character in "*?["):
        raise ConfigError(f"{output}: expected a path without * ? or [")
    try:
        # On an object store a folder exists only through its files.
        if dataset.files_below(RUNS) if remote else dataset.exists(RUNS):
            return dataset
    except ValueError as error:
        raise ConfigError(f"{output}: {error}") from None
    raise ConfigError(f"{output}: not a dataset, expected a folder with {RUNS}/ as runs write it")


def day_of(path: str) -> date | None:
    """Return the day in the path of a data file, or None if its folder is not a partition."""
    matched = _FOLDER.fullmatch(path.rpartition("/")[0])
    try:
        return date.fromisoformat(matched[1] or matched[2]) if matched else None
    except ValueError:
        return None


def _may_write(run_id: str, path: str) -> bool:
    name = path.rpartition("/")[2]
    return day_of(path) is not None and bool(re.fullmatch(rf"{re.escape(run_id)}(-\d+)?\.parquet", name))


def read_manifest(name: str, value: Mapping[str, Any]) -> Manifest | Finding:
    """Parse a manifest, or return the first fault in its keys and types.

    `name` is the name of its file, `value` the JSON in it.
    """
    where = f"{RUNS}/{name}"
    for key in _TEXTS:
        if not isinstance(value.get(key), str):
            return Finding(where, f"{key} is {value.get(key)!r}", "a string")
    if name != f"{value['run_id']}.json" or not is_run_id(value["run_id"]):
        return Finding(where, f"run_id is {value['run_id']!r}", "the name of its file, such as r000001-…")
    for key in ("started_at", "finished_at"):
        if not _is_instant(value[key]):
            return Finding(where, f"{key} is {value[key]!r}", "an ISO 8601 instant with its zone")
    files, counts, replaces = value.get("files"), value.get("counts"), value.get("replaces", [])
    if not isinstance(files, list) or not all(_is_file(file) for file in files):
        return Finding(where, "files is invalid", "a list of objects with path, rows and bytes")
    if not isinstance(counts, dict) or not _are_counts(counts):
        return Finding(where, "counts is invalid", f"numbers: {', '.join(COUNTS)}; rejects by reason")
    if not isinstance(replaces, list) or not all(isinstance(path, str) for path in replaces):
        return Finding(where, "replaces is invalid", "a list of paths")
    listed = tuple(DataFile(file["path"], file["rows"], file["bytes"]) for file in files)
    return Manifest(
        run_id=value["run_id"],
        started_at=value["started_at"],
        finished_at=value["finished_at"],
        files=listed,
        counts=counts,
        kind=str(value.get("kind", "")),
        replaces=tuple(replaces),
        config_sha256=value["config_sha256"],
        version=value["version"],
    )


def live_files(manifests: Iterable[Manifest]) -> dict[str, DataFile]:
    """Return the files of all runs by path, except those that a compaction replaced."""
    manifests = list(manifests)
    replaced = {path for manifest in manifests for path in manifest.replaces}
    return {file.path: file for manifest in manifests for file in manifest.files if file.path not in replaced}


def check_accounts(manifests: Iterable[Manifest], whole: bool) -> Iterator[Finding]:
    """Yield the contradictions within and between manifests.

    `whole` says that these are all manifests of the dataset.
    """
    manifests = sorted(manifests, key=lambda manifest: run_number(manifest.run_id))
    files: dict[str, DataFile] = {}
    for manifest in manifests:
        for file in manifest.files:
            if file.path in files:
                yield Finding(manifest.path, f"lists {file.path}", "no file of another run")
            if not _may_write(manifest.run_id, file.path):
                yield Finding(
                    manifest.path,
                    f"lists {file.path}",
                    f"a file such as articles/date=2021-07-04/region=southern-asia/{manifest.run_id}.parquet",
                )
            files[file.path] = file
        yield from _check_counts(manifest)
    repaired = any(manifest.kind == REPAIR for manifest in manifests)
    replaced_by: dict[str, str] = {}
    for manifest in manifests:
        unknown = [path for path in manifest.replaces if path not in files]
        # A repair rebuilds a manifest from the existing files, which lack the replaced ones.
        if unknown and whole and not repaired:
            yield Finding(manifest.path, f"replaces {unknown[0]}", "files that an earlier run lists")
        if not unknown:
            yield from _check_replaced(manifest, files)
        for path in manifest.replaces:
            if path in replaced_by:
                yield Finding(
                    manifest.path, f"replaces {path}, as {replaced_by[path]} does", "each file replaced once"
                )
            replaced_by[path] = manifest.run_id


def rows_by_table(files: Iterable[DataFile]) -> Counter[str]:
    """Return the number of rows of each table."""
    rows: Counter[str] = Counter()
    for file in files:
        rows[file.path.split("/", 1)[0]] += file.rows
    return rows


def _check_counts(manifest: Manifest) -> Iterator[Finding]:
    counts = manifest.counts
    rejects = sum(counts["rejects"].values())
    outcomes = counts["articles"] + counts["copies"] + rejects + counts["postponed"]
    if counts["entries_due"] != outcomes:
        yield Finding(
            manifest.path,
            f"{counts['entries_due']} entries due, {outcomes} outcomes",
            "entries_due = articles + copies + rejects + postponed",
        )
    if manifest.replaces:
        return
    rows = rows_by_table(manifest.files)
    for table, counted in (
        ("articles", counts["articles"]),
        ("copies", counts["copies"]),
        ("rejects", rejects),
    ):
        if rows[table] != counted:
            yield Finding(
                manifest.path,
                f"files in {table}/ with {rows[table]} rows",
                f"{counted}, as its counts say",
            )


def _check_replaced(manifest: Manifest, files: Mapping[str, DataFile]) -> Iterator[Finding]:
    """Yield the folders in which a compaction lost or added rows."""
    if not manifest.replaces:
        return
    written, replaced = Counter[str](), Counter[str]()
    for file in manifest.files:
        written[file.path.rpartition("/")[0]] += file.rows
    for path in manifest.replaces:
        replaced[path.rpartition("/")[0]] += files[path].rows
    for folder in sorted(written.keys() | replaced.keys()):
        if written[folder] != replaced[folder]:
            yield Finding(
                manifest.path,
                f"files in {folder} with {written[folder]} rows",
                f"{replaced[folder]}, as the files that they replace",
            )


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_file(file: object) -> bool:
    return (
        isinstance(file, dict)
        and isinstance(file.get("path"), str)
        and _is_number(file.get("rows"))
        and _is_number(file.get("bytes"))
    )


def _are_counts(counts: Mapping[str, Any]) -> bool:
    rejects = counts.get("rejects")
    return (
        all(_is_number(counts.get(key)) for key in COUNTS)
        and isinstance(rejects, dict)
        and all(_is_number(number) for number in rejects.values())
    )
