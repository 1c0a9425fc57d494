"""The commands: what each does, and how it ends."""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import dataclasses
import gc
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli import quiet  # noqa: F401  Before anything that talks.
from pipeline.cli.arguments import parse
from pipeline.errors import ConfigError, DatasetError, RunError

if TYPE_CHECKING:
    from pipeline.config import Config

EXIT_DONE, EXIT_FAILED, EXIT_USAGE = 0, 1, 2
M_ARENA_MAX, M_TRIM_THRESHOLD = -8, -1  # From <malloc.h>, see mallopt(3).


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 failed or found something, 2 wrong usage."""
    args = parse(sys.argv[1:] if argv is None else argv)
    command, action, stopped = COMMANDS[args.name]
    try:
        return command(args)
    except ConfigError as error:
        return _fail(str(error), EXIT_USAGE)
    except (RunError, DatasetError) as error:
        if os.environ.get("COPYTASTER_DEBUG"):
            raise
        return _fail(f"{action} failed: {error}", EXIT_FAILED)
    except Exception as error:  # Unforeseen errors end in one line too.
        if os.environ.get("COPYTASTER_DEBUG"):
            raise
        return _fail(f"{action} failed: {type(error).__name__}: {error}", EXIT_FAILED)
    except KeyboardInterrupt:
        return _fail(f"stopped; {stopped}", EXIT_FAILED)


def _run(args: argparse.Namespace) -> int:
    from pipeline.config import load_config

    return _run_config(args, load_config(args.config, args.output))


def _demo(args: argparse.Namespace) -> int:
    from pipeline.config import load_config
    from pipeline.demo.newsroom import serve_newsroom, write_config

    with serve_newsroom() as newsroom, tempfile.TemporaryDirectory() as folder:
        return _run_config(args, load_config(write_config(Path(folder), newsroom, args.output)))


def _run_config(args: argparse.Namespace, config: Config) -> int:
    # Beam takes most of a second to import, so check the config first.
    from pipeline.cli.progress import Progress
    from pipeline.run.batch import run

    _tune_memory()
    with Progress():
        manifest = run(config, now=args.now, beam_args=args.beam, warcs=getattr(args, "warc", ()))
    if args.json:
        _print_json(manifest)
    else:
        from pipeline.cli.summary import summary

        print(summary(manifest, config.output))
    return EXIT_DONE


def _stream(args: argparse.Namespace) -> int:
    from pipeline.config import load_config

    config = load_config(args.config, args.output)
    from pipeline.cli.progress import Progress
    from pipeline.run.stream import micro_batches, stream

    _tune_memory()

    def show(manifest: dict[str, Any]) -> None:
        if args.json:
            print(json.dumps(manifest, ensure_ascii=False), flush=True)
        else:
            from pipeline.cli.summary import headline

            print(headline(manifest), flush=True)

    with Progress():
        (micro_batches if args.micro_batch else stream)(config, args.every, show, args.beam)
    return EXIT_DONE


def _verify(args: argparse.Namespace) -> int:
    from pipeline.maintenance.verify import examine

    _set_options(args)
    report = examine(args.dataset)
    if args.json:
        _print_json(dataclasses.asdict(report))
    else:
        for finding in report.findings:
            print(finding)
        for note in report.notes:
            print(f"note: {note}")
        print(
            f"{args.dataset}: {len(report.findings) or 'no'} findings in {report.rows:,} rows, "
            f"{report.files:,} files, {report.runs:,} runs"
        )
    return EXIT_FAILED if report.findings else EXIT_DONE


def _compact(args: argparse.Namespace) -> int:
    from pipeline.maintenance.compact import compact

    _set_options(args)
    _tune_memory()
    manifest = compact(args.dataset, args.older_than)
    if args.json:
        _print_json(manifest)
    elif manifest is None:
        print(f"{args.dataset}: nothing to merge")
    else:
        rows = sum(file["rows"] for file in manifest["files"])
        print(
            f"{manifest['run_id']}: {len(manifest['replaces']):,} files with {rows:,} rows "
            f"merged into {len(manifest['files']):,}"
        )
    return EXIT_DONE


def _repair(args: argparse.Namespace) -> int:
    from pipeline.maintenance.repair import repair

    _set_options(args)
    done = repair(args.dataset, datetime.now(UTC), timedelta(days=args.horizon))
    if args.json:
        _print_json(done)
    else:
        print("\n".join(done) or f"{args.dataset}: nothing to repair")
    return EXIT_DONE


def _explain(args: argparse.Namespace) -> int:
    from pipeline.dataset.manifest import require_dataset
    from pipeline.inspect.copies import as_html, as_json, as_text, explain

    _set_options(args)
    if args.html and args.json:
        raise ConfigError("explain: expected --html or --json, not both")
    explanation = explain(require_dataset(args.dataset), args.a, args.b)
    if args.json:
        _print_json(as_json(explanation))
    elif args.html:
        try:
            Path(args.html).write_text(as_html(explanation), encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"--html: {args.html}: cannot be written: {error.strerror}") from None
    else:
        print(as_text(explanation, shutil.get_terminal_size((120, 40)).columns, colour=sys.stdout.isatty()))
    return EXIT_DONE


def _explain_region(args: argparse.Namespace) -> int:
    from pipeline.dataset.manifest import require_dataset
    from pipeline.inspect.regions import as_json, as_text, explain_region

    _set_options(args)
    explanation = explain_region(require_dataset(args.dataset), args.article)
    if args.json:
        _print_json(as_json(*explanation))
    else:
        print(as_text(*explanation))
    return EXIT_DONE


def _stories(args: argparse.Namespace) -> int:
    from pipeline.dataset.manifest import require_dataset
    from pipeline.inspect.stories import as_json, as_text, most_carried

    _set_options(args)
    stories = most_carried(require_dataset(args.dataset), args.date, args.region, args.top)
    if args.json:
        _print_json(as_json(stories))
    else:
        print(as_text(stories) or f"{args.dataset}: no story with a copy")
    return EXIT_DONE


def _feeds(args: argparse.Namespace) -> int:
    from pipeline.config import load_config

    if args.target in ("check", "discover", "import"):
        if args.what is None:
            wanted = "the path of an OPML file" if args.target == "import" else "a URL"
            raise ConfigError(f"feeds {args.target}: expected {wanted}, see copytaster feeds --help")
        return _feeds_of_the_web(args, load_config(args.config, None) if args.config else None)
    if args.what is not None:
        raise ConfigError(f"feeds: expected CONFIG, or check, discover or import, not {args.target!r}")
    from pipeline.inspect.feeds import as_json, as_text, health

    _set_options(args)
    now = datetime.now(UTC)
    feeds = health(load_config(args.target, args.output), now)
    if args.json:
        _print_json(as_json(feeds))
    else:
        print(as_text(feeds, now))
    return EXIT_DONE


def _feeds_of_the_web(args: argparse.Namespace, config: Config | None) -> int:
    from pipeline.inspect.discover import as_json, as_text, check, discover, imported
    from transforms.text.urls import is_web_url
    from transforms.web.client import FetchSettings

    if args.target == "import":
        listed, remarks = imported(args.what, config)
        if args.json:
            _print_json({"feeds": listed})
        elif listed:
            import yaml

            print(yaml.safe_dump({"feeds": listed}, allow_unicode=True, sort_keys=False, width=110), end="")
        for remark in remarks:
            print(f"note: {remark}", file=sys.stderr)
        return EXIT_DONE
    if not is_web_url(args.what):
        raise ConfigError(f"feeds {args.target}: expected an http or https URL, not {args.what!r}")
    settings = config.fetch if config else FetchSettings()
    feeds = check([args.what], settings) if args.target == "check" else discover(args.what, settings)
    if args.json:
        _print_json([as_json(feed) for feed in feeds])
    else:
        print("\n".join(map(as_text, feeds)) or f"{args.what}: announces no feed")
    failed = not feeds or all(feed.poll.status == "failed" for feed in feeds)
    return EXIT_FAILED if failed else EXIT_DONE


COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], int], str, str]] = {
    "run": (_run, "the run", "nothing of this run is visible"),
    "backfill": (_run, "the backfill", "nothing of this run is visible"),
    "stream": (_stream, "the stream", "articles in flight come again"),
    "demo": (_demo, "the run", "nothing of this run is visible"),
    "verify": (_verify, "the check", "nothing was changed"),
    "repair": (_repair, "the repair", "no row was changed; repair again"),
    "explain": (_explain, "the comparison", "nothing was changed"),
    "explain-region": (_explain_region, "the explanation", "nothing was changed"),
    "feeds": (_feeds, "feeds", "nothing was changed"),
    "stories": (_stories, "the list", "nothing was changed"),
    "compact": (_compact, "the compaction", "no row was changed"),
}
"""Each command's function, its name in an error message, and the message after an interruption."""


def _set_options(args: argparse.Namespace) -> None:
    """Give Beam's filesystems the options after --, as runs do."""
    if not args.beam:
        return
    from apache_beam.io.filesystems import FileSystems

    from pipeline.run.options import beam_options

    FileSystems.set_options(beam_options(args.beam))


def _tune_memory() -> None:
    """Tune the garbage collector and the allocator for pages that pass between threads."""
    import pyarrow as pa

    # Imported objects stay alive. Collecting around them, and less often, saves 7% of a run over 123 pages.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    # glibc gives each thread an arena and keeps memory that another thread freed in it: 80 MB for 2,000
    # pages.
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_TRIM_THRESHOLD, 128 * 1024)
    # Arrow's own pool keeps the memory that writing files has freed.
    pa.set_memory_pool(pa.system_memory_pool())


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))


def _fail(message: str, status: int) -> int:
    print(f"copytaster: {message}", file=sys.stderr)
    return status
