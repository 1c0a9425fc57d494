"""The command line: copytaster run, copytaster demo."""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import (
    __version__,
    quiet,  # noqa: F401  Before anything that talks.
)
from pipeline.errors import ConfigError, RunError

EXIT_DONE, EXIT_FAILED, EXIT_USAGE = 0, 1, 2
DEMO_OUTPUT = "demo-news"
M_ARENA_MAX, M_TRIM_THRESHOLD = -8, -1  # Of <malloc.h>, see mallopt(3).


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit status: 0 committed, 1 failed, 2 wrong config or command line."""
    args = _parse(list(sys.argv[1:] if argv is None else argv))
    try:
        manifest, output = args.command(args)
    except ConfigError as error:
        return _fail(str(error), EXIT_USAGE)
    except RunError as error:
        if os.environ.get("COPYTASTER_DEBUG"):
            raise
        return _fail(f"the run failed: {error}", EXIT_FAILED)
    except KeyboardInterrupt:
        return _fail("stopped; nothing of this run is visible", EXIT_FAILED)
    if args.json:
        print(json.dumps(manifest, ensure_ascii=False))
    else:
        from pipeline.summary import summary

        print(summary(manifest, output))
    return EXIT_DONE


def _run(args: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from pipeline.config import load_config

    return _run_config(args, load_config(args.config, args.output))


def _demo(args: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from pipeline.config import load_config
    from pipeline.demo.newsroom import serve_newsroom, write_config

    with serve_newsroom() as newsroom, tempfile.TemporaryDirectory() as folder:
        return _run_config(args, load_config(write_config(Path(folder), newsroom, args.output)))


def _run_config(args: argparse.Namespace, config: Any) -> tuple[dict[str, Any], str]:
    # Beam takes most of a second to import: not before the config is known to be right.
    from pipeline.progress import Progress
    from pipeline.run import run

    _tune_memory()
    with Progress():
        return run(config, now=args.now, beam_args=args.beam), config.output


def _tune_memory() -> None:
    """Fits the collector and the allocator to a process that passes many pages from thread to thread."""
    import pyarrow as pa

    # What is imported now stays: collecting around it, and less often, saves 7% of a run over 123 pages.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    # glibc gives each thread an arena, and keeps what another thread frees in it: of 2,000 pages 80 MB.
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_TRIM_THRESHOLD, 128 * 1024)
    # Arrow's own pool keeps what the writing of files has freed.
    pa.set_memory_pool(pa.system_memory_pool())


def _parse(argv: list[str]) -> argparse.Namespace:
    beam: list[str] = []
    if "--" in argv:
        cut = argv.index("--")
        argv, beam = argv[:cut], argv[cut + 1 :]
    parser = argparse.ArgumentParser(
        prog="copytaster",
        description="News feeds to Parquet: each story once, its copies linked, its region tagged.",
        epilog="Exit status: 0 committed, 1 the run failed and left nothing, 2 wrong config or command line.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"copytaster {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run",
        help="poll every feed that is due and file what is new",
        usage="copytaster run CONFIG [--output DIR] [--now TIME] [--json] [-- BEAM OPTIONS]",
        allow_abbrev=False,
    )
    run.add_argument("config", metavar="CONFIG", help="a YAML file; see the README")
    run.add_argument("--output", metavar="DIR", help="write here instead of where the config says")
    run.add_argument("--now", metavar="TIME", type=_instant, help="the run's time, ISO 8601, default: now")
    run.set_defaults(command=_run)

    demo = commands.add_parser(
        "demo",
        help="the same over a sample newsroom on loopback; needs no network",
        usage="copytaster demo [--output DIR] [--json] [-- BEAM OPTIONS]",
        allow_abbrev=False,
    )
    demo.add_argument("--output", metavar="DIR", default=DEMO_OUTPUT, help=f"default: ./{DEMO_OUTPUT}")
    demo.set_defaults(command=_demo, now=None)

    for command in (run, demo):
        command.add_argument("--json", action="store_true", help="print the run's manifest, nothing else")
    args = parser.parse_args(argv)
    args.beam = beam
    return args


def _instant(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a time such as 2026-03-05T06:00:00Z, not {text!r}"
        ) from None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _fail(message: str, status: int) -> int:
    print(f"copytaster: {message}", file=sys.stderr)
    return status
