"""The commit of a run or an interval: check the counts, write state and manifest, move files."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from apache_beam.io.filesystem import BeamIOError

from pipeline.dataset.layout import RUNS, STAGING, STATE, Dataset
from pipeline.dataset.lock import Lock
from pipeline.dataset.manifest import Manifest, rows_by_table
from pipeline.dataset.state import State, StateDelta, files_of, save_state
from pipeline.errors import DatasetError, RunError
from pipeline.plan import Plan
from transforms.store.parquet import read_table
from transforms.store.tables import DUE, FILES, IDS, POLLS, POSTPONED, REJECTS, VERSIONS, DataFile, Table


@dataclasses.dataclass(frozen=True)
class Results:
    """The results of a run. Its rows are in files of the plan's staging folder."""

    files: Sequence[DataFile]
    polls: Sequence[dict[str, Any]]
    """Rows of transforms.store.tables.POLLS."""
    postponed: Sequence[dict[str, Any]]
    """Rows of transforms.store.tables.POSTPONED."""
    rejects: Mapping[str, int]
    """Number of rejects by reason."""
    due: int
    """Number of entries that needed an outcome."""
    known: int
    """Number of listed entries that earlier runs had decided."""
    article_ids: Sequence[str]
    """Ids of articles filed for the first time. If it is empty, no index segment was written."""
    listed: Sequence[tuple[str, bytes, datetime]]
    """Entries to keep known, as in pipeline.dataset.state.StateDelta."""
    versions: Sequence[str] = ()
    """Keys of the texts of filed later versions."""


def read_results(plan: Plan, dataset: Dataset) -> Results:
    """Read the results that a run left in its staging folder."""

    def staged(table: Table[Any]) -> list[dict[str, Any]]:
        parts = (STAGING, plan.run_id, table.folder, f"{plan.run_id}.parquet")
        # A table without rows has no file.
        return dataset.read_table(table, *parts) if dataset.exists(*parts) else []

    polls = staged(POLLS)
    files = [DataFile(**row) for row in staged(FILES) if not row["path"].startswith("_")]
    rejects = Counter(
        reason
        for file in files
        if file.path.startswith(f"{REJECTS.folder}/")
        for reason in read_table(dataset.path(STAGING, plan.run_id, file.path), ["reason"])[0].to_pylist()
    )
    due = sum(row["entries"] for row in staged(DUE))
    return Results(
        files=files,
        polls=polls,
        postponed=staged(POSTPONED),
        rejects=rejects,
        due=due,
        known=sum(poll["entries"] for poll in polls) - (due - len(plan.retries)),
        article_ids=[row["article_id"] for row in staged(IDS)],
        listed=[(poll["url"], poll["listed"] or b"", poll["polled_at"]) for poll in polls],
        versions=[row["article_id"] for row in staged(VERSIONS)],
    )


def commit(plan: Plan, dataset: Dataset, lock: Lock, results: Results) -> tuple[dict[str, Any], State]:
    """Check the counts, then write the state and the manifest.

    The manifest is the commit: once it is written, the run's rows count. Raises RunError if an entry was
    lost or has two outcomes, or if the lock was lost.
    """
    counts = count(plan.run_id, results)
    delta = StateDelta(
        results.polls,
        results.listed,
        [*plan.still_postponed, *results.postponed],
        results.article_ids,
        plan.history.segment if results.article_ids else None,
        results.versions,
    )
    configured, horizon = {feed.url for feed in plan.config.feeds}, plan.config.copies.horizon
    state = save_state(
        dataset,
        plan.run_id,
        plan.started_at,
        plan.previous,
        delta,
        lambda row: row["url"] in configured or row["polled_at"] >= plan.started_at - horizon,
        horizon,
    )
    manifest = Manifest(
        run_id=plan.run_id,
        started_at=plan.started_at.isoformat(),
        finished_at=(plan.clock.fixed or datetime.now(UTC)).isoformat(),
        files=tuple(results.files),
        counts=counts,
        config_sha256=plan.config.sha256,
    )
    lock.check()
    return manifest.write(dataset), state


def publish(dataset: Dataset, run_id: str, state: State) -> None:
    """Move the files of a committed run into place.

    Raises RunError if a move fails; the next run finishes it.
    """
    try:
        dataset.promote(run_id)
        dataset.remove(STAGING, run_id)
        dataset.keep_state(files_of(state))
    except Exception as error:  # Stores have their own errors, which are not OSErrors.
        raise RunError(
            f"{run_id}: committed, but some of its files could not be moved into place: {error}; "
            "the next run finishes this"
        ) from error


def clear(dataset: Dataset, run_id: str) -> None:
    """Remove the files of a failed run, as far as possible; the next run removes the rest."""
    with contextlib.suppress(OSError, BeamIOError, DatasetError):
        # The manifest may have been written just before: then the run is committed.
        if not dataset.exists(RUNS, f"{run_id}.json"):
            dataset.remove(STAGING, run_id)
            dataset.remove(STATE, run_id)


def count(run_id: str, results: Results) -> dict[str, Any]:
    """Return the manifest's counts.

    Raises RunError if an entry was lost or has two outcomes.
    """
    polls, rejects, postponed = results.polls, results.rejects, len(results.postponed)
    rows = rows_by_table(results.files)
    outcomes = rows.total() + postponed
    if results.due != outcomes:
        raise RunError(
            f"{run_id}: {results.due} entries due, {outcomes} outcomes written; nothing was committed"
        )
    return {
        "feeds": len(polls),
        "feeds_unchanged": sum(poll["status"] == "unchanged" for poll in polls),
        "feeds_failed": sum(poll["status"] == "failed" for poll in polls),
        "entries": sum(poll["entries"] for poll in polls),
        "entries_known": results.known,
        "entries_due": results.due,
        "articles": rows["articles"],
        "copies": rows["copies"],
        "rejects": dict(sorted(rejects.items())),
        "postponed": postponed,
    }
