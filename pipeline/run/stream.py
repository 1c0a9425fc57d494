"""An endless job: planned, started on a runner that can do it, watched, stopped."""

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
from pipeline.dataset.fencing import cancel_previous, is_fenced, record_job
from pipeline.dataset.layout import RUNS, Dataset, number_of
from pipeline.dataset.lock import hold
from pipeline.errors import ConfigError, DatasetError, RunError
from pipeline.graph import build_stream
from pipeline.plan import StreamPlan, plan_stream
from pipeline.run.batch import run
from pipeline.run.options import beam_options, extractors
from transforms.extract import warm_up

LEAST_PAUSE_S, MOST_PAUSE_S = 0.5, 10.0
"""Seconds between two looks at the job and at what it has committed."""
CANNOT = {
    "SparkRunner": "Spark's portable runner has no state in streaming",
    "FnApiRunner": "FnApiRunner fires all timers at once, and ends",
    "DirectRunner": "DirectRunner fires all timers at once, and ends",
}
INSTEAD = "PrismRunner (make prism), FlinkRunner and DataflowRunner can; --micro-batch needs none of them"

LOG = logging.getLogger("copytaster.stream")


def stream(
    config: Config,
    every: timedelta,
    on_commit: Callable[[dict[str, Any]], None],
    beam_args: Sequence[str] = (),
) -> None:
    """Polls feeds and files what is new, a window at a time, until it is told to stop by SIGTERM or SIGINT.

    `on_commit` is given the manifest of each window. What is in flight at the end is
    remembered nowhere, so it comes again.

    Raises ConfigError where the runner cannot do it or the output cannot be written, and
    RunError where the job fails.
    """
    options = streaming_options(beam_args)
    FileSystems.set_options(options)
    dataset = Dataset(config.output)
    plan = _plan(config, every, options, dataset)
    cancel_previous(dataset, options)
    warm_up("pipeline.cli.quiet")
    pipeline = beam.Pipeline(options=options)
    build_stream(pipeline, plan)
    with Stop() as stop:
        result = pipeline.run()
        try:
            record_job(dataset, plan.job, options, result)
            told = dataset.newest_run()
            while not (stop.wait(_pause_s(every)) or _ended(result)):
                told = _tell(dataset, told, on_commit)
            _tell(dataset, told, on_commit)
        finally:
            if not _ended(result):
                _hush()
                result.cancel()
    if is_fenced(dataset, plan.job):
        raise RunError(f"{config.output}: another stream has taken over")
    if result.state == PipelineState.FAILED:
        raise RunError(f"the job failed on {options.view_as(StandardOptions).runner}; see its log")


def micro_batches(
    config: Config,
    every: timedelta,
    on_commit: Callable[[dict[str, Any]], None],
    beam_args: Sequence[str] = (),
) -> None:
    """Does what `stream` does by one committed run after another, at the same pace, in this process.

    When it is told to stop it finishes the run that it is at.

    Raises ConfigError where the output cannot be written; a run that fails is told, and
    the next one tries again.
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
    """The options of an endless job: on Prism, where no runner is named.

    Raises ConfigError for a runner that cannot do it.
    """
    named = PipelineOptions(list(beam_args)).view_as(StandardOptions).runner
    options = beam_options([*beam_args, "--streaming", *([] if named else ["--runner=PrismRunner"])])
    runner = (named or "PrismRunner").rpartition(".")[2]
    if runner in CANNOT:
        raise ConfigError(f"--runner={named}: cannot stream: {CANNOT[runner]}; {INSTEAD}")
    if runner == "PrismRunner" and not options.view_as(PrismRunnerOptions).prism_location:
        raise ConfigError("no program prism was found: `make prism` builds it with Go; or use --micro-batch")
    return options


class Stop(threading.Event):
    """Is set by SIGTERM and SIGINT while the block runs; a second one ends the process as ever."""

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
    try:
        with hold(config.output, "the start of a stream"):
            return plan_stream(config, dataset, every, extractors(options))
    except (OSError, BeamIOError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"output: {config.output}: cannot be written: {reason}") from None
    except DatasetError as error:
        raise RunError(f"{error}; `copytaster repair {config.output}` mends it") from error


def _hush() -> None:
    """Lets threads end without a word: those of a worker in this process lose their runner, and say so."""
    if not os.environ.get("COPYTASTER_DEBUG"):
        threading.excepthook = lambda _: None


def _pause_s(every: timedelta) -> float:
    return min(max(every.total_seconds() / 4, LEAST_PAUSE_S), MOST_PAUSE_S)


def _ended(result: Any) -> bool:
    return bool(PipelineState.is_terminal(result.state))


def _tell(dataset: Dataset, told: str | None, on_commit: Callable[[dict[str, Any]], None]) -> str | None:
    """Gives what was committed after a run; returns the newest, up to which all is told now."""
    try:
        newest = dataset.newest_run()
        if newest is None or newest == told:
            return told
        last, names = number_of(told) if told else 0, [newest]
        if number_of(newest) > last + 1:  # Seldom, so that the folder is seldom listed: it grows for years.
            names = [name.removesuffix(".json") for name in dataset.files_below(RUNS)]
        for name in sorted(names, key=number_of):
            if number_of(name) > last:
                on_commit(dataset.manifest(name))
        return newest
    except (DatasetError, BeamIOError) as error:  # The job may be exchanging files at this moment.
        LOG.debug("%s", error)
        return told
