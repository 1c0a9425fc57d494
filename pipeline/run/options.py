"""Beam options, as the command line takes them after --."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from apache_beam.options.pipeline_options import (
    DirectOptions,
    PipelineOptions,
    PrismRunnerOptions,
    StandardOptions,
)

from pipeline.errors import ConfigError


def beam_options(beam_args: Sequence[str]) -> PipelineOptions:
    """Parse the arguments after --.

    Raises ConfigError for an option that Beam does not know, unless a runner is named: its job server
    may know more.
    """
    options = PipelineOptions(list(beam_args))
    _find_prism(options)
    if not options.view_as(StandardOptions).runner:
        known = options.get_all_options(drop_default=True)
        given = options.get_all_options(drop_default=True, retain_unknown_options=True)
        for name in given.keys() - known.keys():
            raise ConfigError(f"--{name}: unknown Beam option, expected one of Beam's PipelineOptions")
    return options


def _find_prism(options: PipelineOptions) -> None:
    # Beam would download it; `make prism` puts it next to this interpreter.
    if options.view_as(StandardOptions).runner == "PrismRunner":
        prism = options.view_as(PrismRunnerOptions)
        folders = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        prism.prism_location = prism.prism_location or shutil.which("prism", path=folders)


def extractors(options: PipelineOptions) -> int:
    """Return the number of extraction processes per worker: a single local worker uses all cores."""
    alone = options.view_as(DirectOptions).direct_num_workers == 1
    local = not options.view_as(StandardOptions).runner
    return (os.cpu_count() or 1) if local and alone else 1
