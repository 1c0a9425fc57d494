"""The commands, one function each. Each imports what it needs, so that a wrong config is reported at once."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.cli.process import tune_memory, use_filesystem_options
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.config import Config

EXIT_DONE, EXIT_FAILED, EXIT_USAGE = 0, 1, 2


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

    tune_memory()
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

    tune_memory()

    def show(manifest: dict[str, Any]) -> None:
        if args.json:
            _print_json(manifest)
        else:
            from pipeline.cli.summary import headline

            print(headline(manifest), flush=True)

    with Progress():
        (micro_batches if args.micro_batch else stream)(config, args.every, show, args.beam)
    return EXIT_DONE


def _verify(args: argparse.Namespace) -> int:
    from pipeline.maintenance.verify import examine
    from pipeline.wording import counted

    use_filesystem_options(args.beam)
    report = examine(args.dataset)
    if args.json:
        _print_json(dataclasses.asdict(report))
    else:
        for finding in report.findings:
            print(finding)
        for note in report.notes:
            print(f"note: {note}")
        findings = counted(len(report.findings), "finding") if report.findings else "no findings"
        print(
            f"{args.dataset}: {findings} in {counted(report.rows, 'row')}, {counted(report.files, 'file')}, "
            f"{counted(report.runs, 'run')}"
        )
    return EXIT_FAILED if report.findings else EXIT_DONE


def _compact(args: argparse.Namespace) -> int:
    from pipeline.maintenance.compact import compact
    from pipeline.wording import counted

    use_filesystem_options(args.beam)
    tune_memory()
    manifest = compact(args.dataset, args.older_than)
    if args.json:
        _print_json(manifest)
    elif manifest is None:
        print(f"{args.dataset}: nothing to merge")
    else:
        rows = sum(file["rows"] for file in manifest["files"])
        print(
            f"{manifest['run_id']}: {counted(len(manifest['replaces']), 'file')} with {counted(rows, 'row')} "
            f"merged into {len(manifest['files']):,}"
        )
    return EXIT_DONE


def _repair(args: argparse.Namespace) -> int:
    from pipeline.maintenance.repair import repair

    use_filesystem_options(args.beam)
    repairs = repair(args.dataset, datetime.now(UTC), timedelta(days=args.horizon))
    if args.json:
        _print_json(repairs)
    else:
        print("\n".join(repairs) or f"{args.dataset}: nothing to repair")
    return EXIT_DONE


def _explain(args: argparse.Namespace) -> int:
    from pipeline.dataset.manifest import require_dataset
    from pipeline.inspect.copies import as_html, as_json, as_text, explain

    use_filesystem_options(args.beam)
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

    use_filesystem_options(args.beam)
    explanation = explain_region(require_dataset(args.dataset), args.article)
    if args.json:
        _print_json(as_json(*explanation))
    else:
        print(as_text(*explanation))
    return EXIT_DONE


def _stories(args: argparse.Namespace) -> int:
    from pipeline.dataset.manifest import require_dataset
    from pipeline.inspect.stories import as_json, as_text, most_carried

    use_filesystem_options(args.beam)
    stories = most_carried(require_dataset(args.dataset), args.date, args.region, args.top)
    if args.json:
        _print_json(as_json(stories))
    else:
        print(as_text(stories) or f"{args.dataset}: no story has a copy")
    return EXIT_DONE


def _feeds(args: argparse.Namespace) -> int:
    from pipeline.config import load_config

    if args.target in ("check", "discover", "import"):
        if args.what is None:
            expected = "the path of an OPML file" if args.target == "import" else "a URL"
            raise ConfigError(f"feeds {args.target}: expected {expected}, see copytaster feeds --help")
        config = load_config(args.config, None) if args.config else None
        return _import_feeds(args, config) if args.target == "import" else _check_feeds(args, config)
    if args.what is not None:
        raise ConfigError(f"feeds: expected CONFIG, or check, discover or import, not {args.target!r}")
    from pipeline.inspect.feeds import as_json, as_text, health

    use_filesystem_options(args.beam)
    now = datetime.now(UTC)
    feeds = health(load_config(args.target, args.output), now)
    if args.json:
        _print_json(as_json(feeds))
    else:
        print(as_text(feeds, now))
    return EXIT_DONE


def _import_feeds(args: argparse.Namespace, config: Config | None) -> int:
    from pipeline.inspect.discover import imported

    feeds, remarks = imported(args.what, config)
    if args.json:
        _print_json({"feeds": feeds})
    elif feeds:
        import yaml

        print(yaml.safe_dump({"feeds": feeds}, allow_unicode=True, sort_keys=False, width=110), end="")
    for remark in remarks:
        print(f"note: {remark}", file=sys.stderr)
    return EXIT_DONE


def _check_feeds(args: argparse.Namespace, config: Config | None) -> int:
    from pipeline.inspect.discover import as_json, as_text, check, discover
    from transforms.text.urls import is_web_url
    from transforms.web.client import FetchSettings

    if not is_web_url(args.what):
        raise ConfigError(f"feeds {args.target}: expected an http or https URL, not {args.what!r}")
    settings = config.fetch if config else FetchSettings()
    feeds = check([args.what], settings) if args.target == "check" else discover(args.what, settings)
    if args.json:
        _print_json([as_json(feed) for feed in feeds])
    else:
        print("\n".join(map(as_text, feeds)) or f"{args.what}: the page announces no feed")
    failed = all(feed.poll.status == "failed" for feed in feeds)
    return EXIT_FAILED if failed else EXIT_DONE


class Command(NamedTuple):
    """A command, and the words for its failure."""

    run: Callable[[argparse.Namespace], int]
    subject: str
    """Subject of "... failed"."""
    after_interrupt: str
    """State of the dataset after Ctrl-C."""


COMMANDS: dict[str, Command] = {
    "run": Command(_run, "the run", "nothing of this run is visible"),
    "backfill": Command(_run, "the backfill", "nothing of this run is visible"),
    "stream": Command(_stream, "the stream", "articles in flight come again"),
    "demo": Command(_demo, "the run", "nothing of this run is visible"),
    "verify": Command(_verify, "the check", "nothing was changed"),
    "compact": Command(_compact, "the compaction", "no row was changed"),
    "repair": Command(_repair, "the repair", "no row was changed; run repair again"),
    "stories": Command(_stories, "the list", "nothing was changed"),
    "explain": Command(_explain, "the comparison", "nothing was changed"),
    "explain-region": Command(_explain_region, "the explanation", "nothing was changed"),
    "feeds": Command(_feeds, "the command", "nothing was changed"),
}


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)
