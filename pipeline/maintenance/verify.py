"""copytaster verify: check a dataset by its manifests, Parquet footers and id columns alone.

Reads no text and changes nothing. A run that is working meanwhile is not a finding.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from pipeline.dataset.layout import RUNS, STAGING, STATE, STREAM, Dataset
from pipeline.dataset.lock import FILE as LOCK
from pipeline.dataset.lock import FOLDER as LOCKS
from pipeline.dataset.manifest import (
    COMPACT,
    Finding,
    Manifest,
    check_accounts,
    live_files,
    read_manifest,
    require_dataset,
)
from pipeline.errors import DatasetError
from pipeline.maintenance.checks import check_file, duplicates, orphaned_copies, orphaned_versions
from pipeline.wording import counted
from transforms.store.tables import DATA_TABLES, DataFile

OWN_NAMES = {RUNS, STATE, STAGING, LOCK, LOCKS, STREAM}
REMOTE_READERS = 16
"""Files of an object store read at once: each needs 2 ms of work and waits for a few responses of 30 ms."""
ATTEMPTS = 3
"""Maximum number of passes over a dataset that runs change meanwhile."""


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """The extent of a check, and its findings."""

    runs: int
    files: int
    rows: int
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    """Remarks that are not faults."""


def verify(output: str) -> list[Finding]:
    """Return the findings of `examine`, which also documents the errors."""
    return list(examine(output).findings)


def examine(output: str) -> Report:
    """Check a whole dataset, again if a run has changed it in the meantime.

    Raises ConfigError if there is no dataset, DatasetError if it cannot be listed.
    """
    dataset = require_dataset(output)
    listing = _listing(dataset)
    for _ in range(ATTEMPTS - 1):
        report = _examine(dataset, listing)
        before, listing = listing, _listing(dataset)
        if not report.findings or _committed_files(before) == _committed_files(listing):
            return report
    return _examine(dataset, listing)


def _examine(dataset: Dataset, listing: Mapping[str, int]) -> Report:
    manifests, findings = _read_manifests(dataset, listing)
    # A manifest that cannot be read may list or replace any file.
    complete = not findings
    findings += check_accounts(manifests, complete)
    live = live_files(manifests)
    places = dict(_places(manifests, live, listing))
    findings += _misplaced(manifests, live, places, listing, complete)
    findings += _strays(manifests, listing, complete)
    with ThreadPoolExecutor(REMOTE_READERS if "://" in dataset.output else 1) as pool:
        tasks = [
            pool.submit(check_file, dataset, live[path], place, listing[place])
            for path, place in places.items()
        ]
        checked = [task.result() for task in tasks]
    findings += [finding for problems, _ in checked for finding in problems]
    ids = [file_ids for _, file_ids in checked if file_ids]
    findings += duplicates(dataset, ids)
    notes = list(_leftovers(manifests, listing))
    if complete and sum(_is_story(path) for path in places) == sum(_is_story(file.path) for file in ids):
        findings += orphaned_copies(dataset, ids)
        # A file of copies that cannot be read may hold the missing rows.
        if len(ids) == sum(not path.startswith("rejects/") for path in places):
            findings += orphaned_versions(ids)
    else:
        unchecked = "orphaned copies" if complete else "orphaned copies, missing files and stray files"
        notes.append(f"fix the findings above and run verify again: {unchecked} could not be checked")
    rows = sum(file.rows for file in live.values())
    return Report(len(manifests), len(live), rows, tuple(findings), tuple(notes))


def _is_story(path: str) -> bool:
    return path.startswith("articles/")


def _listing(dataset: Dataset) -> dict[str, int]:
    """Return the bytes of all files of a dataset, without hidden ones."""
    try:
        listed = FileSystems.match([f"{dataset.output}/**"])[0].metadata_list
    except BeamIOError as error:
        raise DatasetError(f"{dataset.output}: cannot be listed: {error}") from None
    cut = len(dataset.output) + 1
    sizes = {item.path[cut:]: int(item.size_in_bytes) for item in sorted(listed, key=lambda item: item.path)}
    return {
        path: size
        for path, size in sizes.items()
        if not any(part.startswith(".") for part in path.split("/"))
    }


def _committed_files(listing: Mapping[str, int]) -> dict[str, int]:
    """Return everything that only a commit, or a move after it, changes."""
    return {path: size for path, size in listing.items() if path.startswith(f"{RUNS}/") or path[0] != "_"}


def _read_manifests(dataset: Dataset, listing: Mapping[str, int]) -> tuple[list[Manifest], list[Finding]]:
    manifests, findings = [], []
    for path in listing:
        if not (path.startswith(f"{RUNS}/") and path.endswith(".json")):
            continue
        name = path[len(RUNS) + 1 :]
        try:
            manifest = read_manifest(name, dataset.read_json(RUNS, name))
        except DatasetError:
            manifest = Finding(
                path, "cannot be read", "a manifest as a JSON object; `copytaster repair` rebuilds it"
            )
        if isinstance(manifest, Finding):
            findings.append(manifest)
        else:
            manifests.append(manifest)
    return manifests, findings


def _places(
    manifests: Iterable[Manifest], live: Mapping[str, DataFile], listing: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Yield the existing live files with their place: their path, or still their run's staging."""
    for manifest in manifests:
        for file in manifest.files:
            staged = f"{STAGING}/{manifest.run_id}/{file.path}"
            if file.path in live and file.path.split("/", 1)[0] in DATA_TABLES:
                if file.path in listing:
                    yield file.path, file.path
                elif staged in listing:
                    yield file.path, staged


def _misplaced(
    manifests: Iterable[Manifest],
    live: Mapping[str, DataFile],
    places: Mapping[str, str],
    listing: Mapping[str, int],
    complete: bool,
) -> Iterator[Finding]:
    """Yield live files out of place, and replaced files that still exist."""
    for path, place in places.items():
        if place != path:
            yield Finding(place, "not in place", f"{path}; the next run or compaction moves it")
    for path in sorted(live.keys() - places.keys()) if complete else ():
        yield Finding(
            path, "missing", f"a file of {counted(live[path].rows, 'row')}; restore it from a backup"
        )
    # Until the new file is in place, the old ones must stay.
    waiting = {_folder(path) for path, place in places.items() if place != path}
    for manifest in manifests:
        for path in manifest.replaces:
            if path in listing and _folder(path) not in waiting:
                problem = "replaced but still there: readers see its rows twice"
                yield Finding(path, problem, f"no file, since {manifest.run_id} has its rows")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _strays(manifests: Iterable[Manifest], listing: Mapping[str, int], complete: bool) -> Iterator[Finding]:
    """Yield files that no run wrote; inside the tables only if all manifests can be read."""
    known = {path for run in manifests for path in (*(file.path for file in run.files), *run.replaces)}
    others: Counter[str] = Counter()
    for path in listing:
        top = path.split("/", 1)[0]
        if top in DATA_TABLES and "/" in path:
            if path not in known and complete:
                yield Finding(path, "stray file", "only files that a manifest lists; move it elsewhere")
        elif top not in OWN_NAMES:
            others[top] += 1
    for top, number in others.items():
        problem = f"stray folder of {counted(number, 'file')}" if number > 1 else "stray file or folder"
        expected = f"only {', '.join([*DATA_TABLES, *sorted(OWN_NAMES)])}; move it elsewhere"
        yield Finding(top, problem, expected)


def _leftovers(manifests: Iterable[Manifest], listing: Mapping[str, int]) -> Iterator[str]:
    committed = {manifest.run_id: manifest for manifest in manifests}
    staged = Counter(path.split("/")[1] for path in listing if path.startswith(f"{STAGING}/"))
    for run_id, number in sorted(staged.items()):
        files = counted(number, "file")
        if run_id not in committed:
            yield f"{STAGING}/{run_id}: {files} of a run that is working or was interrupted"
        elif committed[run_id].kind == COMPACT:
            yield f"{STAGING}/{run_id}: {files} of a compaction; the next run finishes or removes them"
