"""A streaming job: plan, start, watch and stop it."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions, PrismRunnerOptions, StandardOptions
from apache_beam.runners.runner import PipelineState

from pipeline.config import Config
from pipeline.dataset.fencing import cancel_previous, record_job, require_claim
from pipeline.dataset.layout import RUNS, Dataset
from pipeline.dataset.lock import hold
from pipeline.dataset.run_ids import run_number
from pipeline.errors import ConfigError, DatasetError, RunError
from pipeline.graph import build_stream
from pipeline.plan import StreamPlan, plan_stream
from pipeline.run.batch import run
from pipeline.run.options import beam_options, extractors
from pipeline.run.planning import planning_errors
from transforms.extract import warm_up

MIN_PAUSE_S, MAX_PAUSE_S = 0.5, 10.0
"""Seconds between two looks at the job and its commits; a quarter of the interval within these limits."""
CANNOT_STREAM = {
    "SparkRunner": "Spark's portable runner has no state in streaming",
    "FnApiRunner": "FnApiRunner fires all timers at once, and ends",
    "DirectRunner": "DirectRunner fires all timers at once, and ends",
}
ALTERNATIVES = (
    "PrismRunner (make prism), FlinkRunner and DataflowRunner can; --micro-batch needs none of them"
)

LOG = logging.getLogger("copytaster.stream")


def stream(
    config: Config,
    every: timedelta,
    on_commit: Callable[[dict[str, Any]], None],
    beam_args: Sequence[str] = (),
) -> None:
    """Poll feeds and commit new articles, one interval at a time, until SIGTERM or SIGINT.

    `on_commit` gets the manifest of each commit. Entries that are in flight at the end are not stored,
    so they come again.

    Raises ConfigError if the runner cannot stream or the output cannot be written, and RunError if the
    job fails.
    """
    options = streaming_options(beam_args)
    FileSystems.set_options(options)
    dataset = Dataset(config.output)
    plan = _plan(config, every, options, dataset)
    cancel_previous(dataset, options)
    warm_up("pipeline.cli.quiet")  # Importing it silences Beam in the extraction processes.
    pipeline = beam.Pipeline(options=options)
    build_stream(pipeline, plan)
    with Stop() as stop:
        result = pipeline.run()
        try:
            record_job(dataset, plan.job, options, result)
            newest = dataset.newest_run()
            while not (stop.wait(_pause_s(every)) or _ended(result)):
                newest = _pass_on(dataset, newest, on_commit)
            _pass_on(dataset, newest, on_commit)
        finally:
            if not _ended(result):
                _silence_threads()
                result.cancel()
    require_claim(dataset, plan.job)
    if result.state == PipelineState.FAILED:
        raise RunError(f"the job failed on {options.view_as(StandardOptions).runner}; see its log")


def micro_batches(
    config: Config,
    every: timedelta,
    on_commit: Callable[[dict[str, Any]], None],
    beam_args: Sequence[str] = (),
) -> None:
    """Do the work of `stream` as batch runs at the same pace, in this process.

    A signal to stop lets the current run finish.

    Raises ConfigError if the output cannot be written. A run that fails is logged, and the next one
    tries again.
    """
    with Stop() as stop:
        while not stop.is_set():
            started = time.monotonic()
            try:
                on_commit(run(config, beam_args=beam_args))
            except RunError as error:
                LOG.warning("%s; the next run tries again", error)
            stop.wait(max(0.0, every.total_seconds() - (time.monotonic() - started)))


def streaming_options(beam_args: Sequence[str]) -> PipelineOptions:
    """Return the options of a streaming job, on Prism unless a runner is named.

    Raises ConfigError for a runner that cannot stream.
    """
    named = PipelineOptions(list(beam_args)).view_as(StandardOptions).runner
    options = beam_options([*beam_args, "--streaming", *([] if named else ["--runner=PrismRunner"])])
    runner = (named or "PrismRunner").rpartition(".")[2]
    if runner in CANNOT_STREAM:
        raise ConfigError(f"--runner={named}: cannot stream: {CANNOT_STREAM[runner]}; {ALTERNATIVES}")
    if runner == "PrismRunner" and not options.view_as(PrismRunnerOptions).prism_location:
        raise ConfigError(
            "cannot find the program prism: build it with `make prism` (needs Go), or use --micro-batch"
        )
    return options


class Stop(threading.Event):
    """Event that SIGTERM and SIGINT set; a second signal acts as usual."""

    def __enter__(self) -> Stop:
        self._before = {number: signal.signal(number, self._on) for number in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on(self, number: int, _: object) -> None:
        signal.signal(number, self._before[signal.Signals(number)])
        self.set()


def _plan(config: Config, every: timedelta, options: PipelineOptions, dataset: Dataset) -> StreamPlan:
    with planning_errors(config.output), hold(config.output, "the start of a stream"):
        return plan_stream(config, dataset, every, extractors(options))


def _silence_threads() -> None:
    """Silence the threads of this process's worker, which lose their runner at the end."""
    if not os.environ.get("COPYTASTER_DEBUG"):
        threading.excepthook = lambda _: None  # Replaces the hook of the whole process.


def _pause_s(every: timedelta) -> float:
    return min(max(every.total_seconds() / 4, MIN_PAUSE_S), MAX_PAUSE_S)


def _ended(result: Any) -> bool:
    return bool(PipelineState.is_terminal(result.state))


def _pass_on(dataset: Dataset, since: str | None, on_commit: Callable[[dict[str, Any]], None]) -> str | None:
    """Pass on the manifests committed since a run, and return the newest run."""
    try:
        newest = dataset.newest_run()
        if newest is None or newest == since:
            return since
        last, names = run_number(since) if since else 0, [newest]
        if run_number(newest) > last + 1:  # Rare, so the folder is rarely listed: it grows for years.
            names = [name.removesuffix(".json") for name in dataset.files_below(RUNS)]
        for name in sorted(names, key=run_number):
            if run_number(name) > last:
                on_commit(dataset.manifest(name))
        return newest
    except (DatasetError, BeamIOError) as error:  # The job may be moving files right now.
        LOG.debug("%s", error)
        return since
