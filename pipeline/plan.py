"""The plan of a run, fixed before it begins: id, clock, due feeds, postponed entries."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from pipeline.config import Config
from pipeline.dataset.feeds import feeds_of
from pipeline.dataset.fencing import claim
from pipeline.dataset.layout import STAGING, STATE, Dataset
from pipeline.dataset.run_ids import new_run_id, run_number
from pipeline.dataset.state import Segment, State, load_state, recover_state
from pipeline.errors import ConfigError, DatasetError
from transforms.copies import CopyHistory
from transforms.feeds import due_feeds
from transforms.records import Clock, DueFeed, Entry, Postponed
from transforms.store.keys import KnownKeys
from transforms.store.tables import entry_of_row

INDEX = "_index"
"""Folder below a run's staging for its segment of the index."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """A run before it is executed."""

    run_id: str
    """Id with a higher number than all committed runs."""
    started_at: datetime
    clock: Clock
    config: Config
    previous: State
    feeds: tuple[DueFeed, ...]
    retries: tuple[Entry, ...]
    """Entries that earlier runs postponed until now."""
    still_postponed: tuple[dict[str, Any], ...]
    """Rows of entries that stay postponed."""
    warcs: tuple[str, ...]
    """WARC files to read pages from, instead of polling feeds."""
    extractors: int
    """Extraction processes per worker."""
    staging: str
    """Folder for the run's files before the commit."""
    seen: tuple[str, ...]
    """Paths of the segments of known entry keys."""
    filed: tuple[str, ...]
    """Paths of the segments of filed article ids."""
    history: CopyHistory
    """The index that copies are looked for in."""


def plan_run(
    config: Config,
    dataset: Dataset,
    now: datetime | None,
    extractors: int,
    warcs: tuple[str, ...] = (),
) -> Plan:
    """Plan a run over the newest state; `now` fixes its clock.

    With `warcs` the run reads these files, and neither polls feeds nor retries postponed entries.

    Raises OSError or BeamIOError if the output cannot be written, DatasetError if its state cannot be
    read.
    """
    clock = Clock(now)
    started_at = clock.now()
    state = recover_state(dataset)
    run_id = new_run_id(run_number(state.run_id) + 1 if state.run_id else 1, started_at)
    # The first write of a run shows whether the output is writable.
    dataset.write_json({"run_id": run_id, "started_at": started_at.isoformat()}, STAGING, run_id, "plan.json")
    staging = dataset.path(STAGING, run_id)
    still_postponed = tuple(row for row in state.postponed if warcs or row["next_try_at"] > started_at)
    return Plan(
        run_id=run_id,
        started_at=started_at,
        clock=clock,
        config=config,
        previous=state,
        feeds=() if warcs else due_feeds(feeds_of(config, state, started_at), started_at),
        retries=tuple(entry_of_row(row) for row in state.postponed if row not in still_postponed),
        still_postponed=still_postponed,
        warcs=warcs,
        extractors=extractors,
        staging=staging,
        seen=_paths(dataset, state.seen),
        filed=_paths(dataset, state.filed),
        history=CopyHistory(
            segments=_paths(dataset, state.index),
            not_before=started_at - config.copies.horizon,
            segment=f"{staging}/{INDEX}/{run_id}",
            filed_at=started_at,
        ),
    )


@dataclasses.dataclass(frozen=True)
class StreamPlan:
    """A streaming job before it begins."""

    job: str
    """The job's name in the dataset, until another job claims it."""
    config: Config
    every: timedelta
    """Time between two polls of a feed, and between two commits."""
    start: datetime
    """Time of the first poll."""
    feeds: tuple[DueFeed, ...]
    """All feeds of the config, with their last polls."""
    postponed: tuple[Postponed, ...]
    """Entries that earlier runs postponed, whether or not their next try is due."""
    extractors: int
    """Extraction processes per worker."""

    def seen(self) -> KnownKeys:
        """Load the known entry keys. Workers call it when they start, long after the plan."""
        dataset = Dataset(self.config.output)
        for last in (False, False, True):
            try:
                return KnownKeys.load(_paths(dataset, load_state(dataset).seen))
            except (DatasetError, OSError, BeamIOError):
                # A commit in between replaces the files that were about to be read.
                if last:
                    raise
        raise AssertionError


def plan_stream(config: Config, dataset: Dataset, every: timedelta, extractors: int) -> StreamPlan:
    """Plan a streaming job over the newest state, and claim the dataset for it.

    Raises OSError or BeamIOError if the output cannot be written, DatasetError if its state cannot be
    read.
    """
    start = Clock().now()
    state = recover_state(dataset)
    return StreamPlan(
        job=claim(dataset, start),
        config=config,
        every=every,
        start=start,
        feeds=tuple(feeds_of(config, state, start)),
        postponed=tuple(
            Postponed(entry_of_row(row), row["reason"], row["next_try_at"]) for row in state.postponed
        ),
        extractors=extractors,
    )


def _paths(dataset: Dataset, segments: Iterable[Segment]) -> tuple[str, ...]:
    return tuple(dataset.path(STATE, segment.name) for segment in segments)


def find_warcs(patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the WARC files that patterns match.

    A pattern is an http(s) URL, or a glob on any Beam filesystem. Raises ConfigError for a pattern without
    a match.
    """
    files: list[str] = []
    for pattern in patterns:
        if pattern.startswith(("http://", "https://")):
            files.append(pattern)
            continue
        try:
            paths = [item.path for item in FileSystems.match([pattern])[0].metadata_list]
        except (BeamIOError, ValueError) as error:
            raise ConfigError(f"--warc: {pattern}: cannot be listed: {error}") from None
        if not paths:
            raise ConfigError(f"--warc: {pattern}: expected at least one file")
        files += paths
    return tuple(sorted(set(files)))
