"""A batch run: plan, execute, commit."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import (
    PipelineOptions,
    StandardOptions,
)
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from pipeline.commit.transaction import clear, commit, publish, read_results
from pipeline.config import Config
from pipeline.dataset.layout import Dataset
from pipeline.dataset.lock import Lock, hold
from pipeline.errors import RunError
from pipeline.graph import build
from pipeline.plan import Plan, find_warcs, plan_run
from pipeline.run.options import beam_options, extractors
from pipeline.run.planning import planning_errors
from transforms.extract import warm_up

LOG = logging.getLogger("copytaster.run")


def run(
    config: Config,
    *,
    now: datetime | None = None,
    beam_args: Sequence[str] = (),
    warcs: Sequence[str] = (),
) -> dict[str, Any]:
    """Poll every due feed, file new articles, and return the manifest.

    With `warcs`, patterns of WARC files, the run reads these instead of feeds.

    Raises ConfigError if the output cannot be written, and RunError if the run fails.
    """
    options = beam_options(beam_args)
    # Reads and writes outside of the pipeline use the same credentials and endpoints.
    FileSystems.set_options(options)
    dataset = Dataset(config.output)
    files = find_warcs(warcs)
    with contextlib.ExitStack() as stack:
        with planning_errors(config.output):
            lock = stack.enter_context(hold(config.output, "a run"))
            plan = plan_run(config, dataset, now, extractors(options), files)
        return _run(plan, dataset, options, lock)


def _run(plan: Plan, dataset: Dataset, options: PipelineOptions, lock: Lock) -> dict[str, Any]:
    try:
        execute(plan, options)
        manifest, state = commit(plan, dataset, lock, read_results(plan, dataset))
    except BaseException as error:
        clear(dataset, plan.run_id)
        if _interrupted(error):
            raise KeyboardInterrupt from None
        if isinstance(error, Exception) and not isinstance(error, RunError):
            raise RunError(f"{plan.run_id}: {type(error).__name__}: {error}") from error
        raise
    publish(dataset, plan.run_id, state)
    return manifest


def _interrupted(error: BaseException | None) -> bool:
    # Beam wraps whatever ends a bundle, Ctrl-C included.
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def execute(plan: Plan, options: PipelineOptions) -> None:
    """Run the graph; its files are in the plan's staging folder afterwards.

    Local runs name FnApiRunner. DirectRunner would first look for another runner on the network, and
    would move some graphs to a slow one.
    """
    warm_up("pipeline.cli.quiet")  # Importing it silences Beam in the extraction processes.
    named = options.view_as(StandardOptions).runner
    pipeline = beam.Pipeline(runner=named or FnApiRunner(), options=options)
    build(pipeline, plan)
    pipeline.run().wait_until_finish()
