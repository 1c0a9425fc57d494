"""A run: plan, execute, commit."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import (
    DirectOptions,
    PipelineOptions,
    PrismRunnerOptions,
    StandardOptions,
)
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from pipeline import __version__
from pipeline.config import Config
from pipeline.dataset import RUNS, STAGING, STATE, Dataset
from pipeline.errors import ConfigError, DatasetError, RunError
from pipeline.graph import build
from pipeline.lock import Lock, hold
from pipeline.plan import Plan, find_warcs, plan_run
from pipeline.state import Learned, State, files_of, save_state
from transforms.extract import warm_up
from transforms.parquet import read_table
from transforms.store import DUE, FILES, IDS, POLLS, POSTPONED, REJECTS, Table

LOG = logging.getLogger("copytaster.run")


def run(
    config: Config,
    *,
    now: datetime | None = None,
    beam_args: Sequence[str] = (),
    warcs: Sequence[str] = (),
) -> dict[str, Any]:
    """One batch run: polls every feed that is due, files what is new; returns the manifest.

    With `warcs`, patterns of WARC files, it reads these instead of feeds.

    Raises ConfigError where the output cannot be written, and RunError where the
    run fails.
    """
    options = beam_options(beam_args)
    # What is read and written outside of the pipeline goes by the same credentials and endpoints.
    FileSystems.set_options(options)
    dataset = Dataset(config.output)
    files = find_warcs(warcs)
    with contextlib.ExitStack() as stack:
        try:
            lock = stack.enter_context(hold(config.output, "a run"))
            plan = plan_run(config, dataset, now, extractors(options), files)
        except (OSError, BeamIOError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ConfigError(f"output: {config.output}: cannot be written: {reason}") from None
        except DatasetError as error:
            raise RunError(f"{error}; `copytaster repair {config.output}` mends it") from error
        except (RunError, ConfigError):
            raise
        except Exception as error:  # Stores have errors of their own, which are no OSError.
            raise RunError(f"{config.output}: {type(error).__name__}: {error}") from error
        return _run(plan, dataset, options, lock)


def _run(plan: Plan, dataset: Dataset, options: PipelineOptions, lock: Lock) -> dict[str, Any]:
    try:
        execute(plan, options)
        manifest, state = commit(plan, dataset, lock)
    except BaseException as error:
        _clear(plan, dataset)
        if _interrupted(error):
            raise KeyboardInterrupt from None
        if isinstance(error, Exception) and not isinstance(error, RunError):
            raise RunError(f"{plan.run_id}: {type(error).__name__}: {error}") from error
        raise
    publish(plan, dataset, state)
    return manifest


def _clear(plan: Plan, dataset: Dataset) -> None:
    """Removes what a run that failed has written; what cannot be, the next run removes."""
    with contextlib.suppress(OSError, BeamIOError, DatasetError):
        # The manifest may have been written a moment before: then the run is committed.
        if not dataset.exists(RUNS, f"{plan.run_id}.json"):
            dataset.remove(STAGING, plan.run_id)
            dataset.remove(STATE, plan.run_id)


def _interrupted(error: BaseException | None) -> bool:
    # Beam wraps whatever ends a bundle, the person at the keyboard included.
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def beam_options(beam_args: Sequence[str]) -> PipelineOptions:
    """What stands after -- on the command line.

    Raises ConfigError for an option that Beam does not know, unless a runner is
    named: its job server may know more.
    """
    options = PipelineOptions(list(beam_args))
    _find_prism(options)
    if not options.view_as(StandardOptions).runner:
        known = options.get_all_options(drop_default=True)
        given = options.get_all_options(drop_default=True, retain_unknown_options=True)
        for name in given.keys() - known.keys():
            raise ConfigError(f"--{name}: not an option of Beam's; see its PipelineOptions")
    return options


def _find_prism(options: PipelineOptions) -> None:
    # Beam would download it; `make prism` puts it beside this interpreter.
    if options.view_as(StandardOptions).runner == "PrismRunner":
        prism = options.view_as(PrismRunnerOptions)
        folders = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        prism.prism_location = prism.prism_location or shutil.which("prism", path=folders)


def extractors(options: PipelineOptions) -> int:
    """Processes that extract for each worker: a local run's one worker uses all cores, others share them."""
    alone = options.view_as(DirectOptions).direct_num_workers == 1
    local = not options.view_as(StandardOptions).runner
    return (os.cpu_count() or 1) if local and alone else 1


def execute(plan: Plan, options: PipelineOptions) -> None:
    """Runs the graph; its files are in the plan's staging folder afterwards.

    Local runs name FnApiRunner: DirectRunner would first look for another runner on
    the network, and moves some graphs to a slow one.
    """
    warm_up("pipeline.quiet")
    named = options.view_as(StandardOptions).runner
    pipeline = beam.Pipeline(runner=named or FnApiRunner(), options=options)
    build(pipeline, plan)
    pipeline.run().wait_until_finish()


def commit(plan: Plan, dataset: Dataset, lock: Lock) -> tuple[dict[str, Any], State]:
    """Checks the run's accounts and writes its state, then its manifest: from then on it is committed."""

    def staged(table: Table[Any]) -> list[dict[str, Any]]:
        parts = (STAGING, plan.run_id, table.folder, f"{plan.run_id}.parquet")
        # A table without a row has no file.
        return dataset.read_table(table, *parts) if dataset.exists(*parts) else []

    polls, postponed = staged(POLLS), staged(POSTPONED)
    files = [file for file in staged(FILES) if not file["path"].startswith("_")]
    rejects = Counter(
        reason
        for file in files
        if file["path"].startswith(f"{REJECTS.folder}/")
        for reason in read_table(dataset.path(STAGING, plan.run_id, file["path"]), ["reason"])[0].to_pylist()
    )
    due = sum(row["entries"] for row in staged(DUE))
    counts = count(plan, polls, files, due, rejects, len(postponed))
    article_ids = [row["article_id"] for row in staged(IDS)]
    learned = Learned(
        polls, [*plan.waiting, *postponed], article_ids, plan.history.segment if article_ids else None
    )
    configured = {feed.url for feed in plan.config.feeds}
    state = save_state(
        dataset,
        plan.run_id,
        plan.started_at,
        plan.previous,
        learned,
        lambda row: row["url"] in configured or row["polled_at"] >= plan.started_at - plan.horizon,
        plan.horizon,
    )
    manifest = {
        "run_id": plan.run_id,
        "started_at": plan.started_at.isoformat(),
        "finished_at": (plan.clock.fixed or datetime.now(UTC)).isoformat(),
        "version": __version__,
        "config_sha256": plan.config.sha256,
        "files": files,
        "counts": counts,
    }
    lock.check()
    dataset.write_json(manifest, RUNS, f"{plan.run_id}.json")
    return manifest, state


def publish(plan: Plan, dataset: Dataset, state: State) -> None:
    """Moves the files of a committed run to their places; what fails here, the next run finishes."""
    try:
        dataset.promote(plan.run_id)
        dataset.remove(STAGING, plan.run_id)
        dataset.keep_state(files_of(state))
    except Exception as error:  # Stores have errors of their own, which are no OSError.
        raise RunError(
            f"{plan.run_id}: committed, but some of its files could not be moved to their places: {error}; "
            "the next run finishes this"
        ) from error


def count(
    plan: Plan,
    polls: list[dict[str, Any]],
    files: list[dict[str, Any]],
    due: int,
    rejects: Mapping[str, int],
    postponed: int,
) -> dict[str, Any]:
    """The manifest's counts. Raises RunError where an entry was lost, or came out twice."""
    rows: Counter[str] = Counter()
    for file in files:
        rows[file["path"].split("/", 1)[0]] += file["rows"]
    outcomes = rows.total() + postponed
    if due != outcomes:
        raise RunError(f"{plan.run_id}: {due} entries were due, {outcomes} came out")
    entries = sum(poll["entries"] for poll in polls)
    return {
        "feeds": len(polls),
        "feeds_unchanged": sum(poll["status"] == "unchanged" for poll in polls),
        "feeds_failed": sum(poll["status"] == "failed" for poll in polls),
        "entries": entries,
        "entries_known": entries - (due - len(plan.put_off)),
        "entries_due": due,
        "articles": rows["articles"],
        "copies": rows["copies"],
        "rejects": dict(sorted(rejects.items())),
        "postponed": postponed,
    }
