"""The command line's commands and options."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from pipeline import __version__
from pipeline.defaults import HORIZON_DAYS, TOP_STORIES

DEMO_OUTPUT = "demo-news"
EVERY_S = 60
SECONDS_A_DAY = 86_400

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse a command line; `name` is the command, `beam` the arguments after --.

    Exits with status 2 and a usage message if the command line is wrong, as argparse does.
    """
    ours, beam = list(argv), list[str]()
    if "--" in ours:
        cut = ours.index("--")
        ours, beam = ours[:cut], ours[cut + 1 :]
    args = build_parser().parse_args(ours)
    args.beam = beam
    return args


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with all commands; docs/cli.md is checked against it."""
    parser = argparse.ArgumentParser(
        prog="copytaster",
        description="News feeds to Parquet: each story once, its copies linked, its region tagged.",
        epilog="`copytaster COMMAND --help` describes a command. Arguments after -- go to Beam.\n\n"
        "exit status:\n"
        "  0  done\n"
        "  1  failed and left nothing behind, or verify found something\n"
        "  2  the config or the command line is wrong; nothing was written",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"copytaster {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="name")
    _add_runs(commands)
    _add_maintenance(commands)
    _add_questions(commands)
    _add_feeds(commands)
    return parser


def _add(
    commands: _Commands, name: str, usage: str, summary: str, description: str, example: str = ""
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=summary,
        usage=f"copytaster {name} {usage}",
        description=description,
        epilog=f"example:\n  copytaster {example}" if example else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON and nothing else")
    return parser


def _add_runs(commands: _Commands) -> None:
    run = _add(
        commands,
        "run",
        "CONFIG [--output DIR] [--now TIME] [--json] [-- BEAM OPTIONS]",
        "poll every feed that is due and store new articles",
        "Poll every feed that is due, store new articles, and exit. Run it as often as you like:\n"
        "an article is never stored twice.",
        "run run.yaml -- --direct_running_mode=multi_processing --direct_num_workers=2",
    )
    demo = _add(
        commands,
        "demo",
        "[--output DIR] [--json] [-- BEAM OPTIONS]",
        "run over a sample newsroom; needs no network",
        "Run over a sample newsroom that is served on this machine. It needs no network.",
    )
    demo.add_argument(
        "--output", metavar="DIR", default=DEMO_OUTPUT, help=f"write here; default: ./{DEMO_OUTPUT}"
    )
    demo.set_defaults(now=None)
    backfill = _add(
        commands,
        "backfill",
        "CONFIG --warc FILES... [--output DIR] [--now TIME] [--json] [-- BEAM OPTIONS]",
        "store the pages of WARC files",
        "Store the pages of WARC files, such as Common Crawl's news crawl, as runs store the pages\n"
        "of feeds. Pages that a run has stored are skipped.",
        "backfill run.yaml --warc 'crawl/*.warc.gz'",
    )
    backfill.add_argument(
        "--warc",
        metavar="FILES",
        nargs="+",
        action="extend",
        required=True,
        help="paths, globs or URLs of .warc or .warc.gz files",
    )
    stream = _add(
        commands,
        "stream",
        "CONFIG [--every SECONDS] [--micro-batch] [--output DIR] [--json] [-- BEAM OPTIONS]",
        "poll feeds and store new articles without end",
        "Poll feeds and commit new articles at a fixed interval, until SIGTERM or Ctrl-C.",
        "stream run.yaml --every 60",
    )
    stream.add_argument(
        "--every",
        metavar="SECONDS",
        type=_seconds,
        default=timedelta(seconds=EVERY_S),
        help=f"seconds between two polls and between two commits; default: {EVERY_S}",
    )
    stream.add_argument(
        "--micro-batch",
        action="store_true",
        help="do one batch run after another in this process; needs no streaming runner",
    )
    for command in (run, backfill, stream):
        command.add_argument("config", metavar="CONFIG", help="YAML file, see docs/configuration.md")
        command.add_argument("--output", metavar="DIR", help="write here instead of the config's output")
    for command in (run, backfill):
        command.add_argument(
            "--now",
            metavar="TIME",
            type=_instant,
            help="fix the run's clock (ISO 8601), for repeatable files",
        )


def _add_maintenance(commands: _Commands) -> None:
    verify = _add(
        commands,
        "verify",
        "DATASET [--json] [-- BEAM OPTIONS]",
        "check that a dataset is whole; changes nothing",
        "Check manifests against files, their rows, columns and ids, and copies against stories.\n"
        "Exit status 1 means that something is wrong. Nothing is changed.",
    )
    compact = _add(
        commands,
        "compact",
        "DATASET [--older-than DAYS] [--json] [-- BEAM OPTIONS]",
        "merge the small files that frequent runs leave",
        "Merge the small files of each partition. Rows do not change, and readers notice nothing.",
        "compact news --older-than 2",
    )
    compact.add_argument(
        "--older-than",
        metavar="DAYS",
        type=_days,
        help="only partitions whose date is more than this many days ago; default: all",
    )
    repair = _add(
        commands,
        "repair",
        "DATASET [--horizon DAYS] [--json] [-- BEAM OPTIONS]",
        "rebuild pipeline state from stored rows",
        "Rebuild state and manifests that cannot be read from the stored rows, which do not change.",
    )
    repair.add_argument(
        "--horizon",
        metavar="DAYS",
        type=_days,
        default=HORIZON_DAYS,
        help=f"copies.horizon_days of the config; default: {HORIZON_DAYS}",
    )
    for command in (verify, compact, repair):
        command.add_argument("dataset", metavar="DATASET", help="output of runs: a folder or a URL")


def _add_questions(commands: _Commands) -> None:
    explain = _add(
        commands,
        "explain",
        "DATASET A B [--html FILE | --json] [-- BEAM OPTIONS]",
        "compare two articles, and show why they were joined or not",
        "Compare two articles of a dataset, side by side, and show why they were joined or not.",
        "explain news https://paper.example/flood https://wire.example/flood --html flood.html",
    )
    stories = _add(
        commands,
        "stories",
        "DATASET [--date DATE] [--region REGION] [--top N] [--json] [-- BEAM OPTIONS]",
        "list the most carried stories",
        "List the stories with most copies. Each copy has its delay, the share of the story's words\n"
        "that it kept in order, and how it was recognised.",
        "stories news --region southern-asia --top 3",
    )
    region = _add(
        commands,
        "explain-region",
        "DATASET ID [--json] [-- BEAM OPTIONS]",
        "show why an article got its country",
        "Show an article with every place marked, the other meanings of each name, and the weights.",
    )
    for command in (explain, stories, region):
        command.add_argument("dataset", metavar="DATASET", help="output of runs: a folder or a URL")
    for name in ("A", "B"):
        explain.add_argument(name.lower(), metavar=name, help="an article_id, or a URL as stored")
    region.add_argument("article", metavar="ID", help="an article_id, or a URL as stored")
    explain.add_argument("--html", metavar="FILE", help="write a page instead of text")
    stories.add_argument("--date", metavar="DATE", type=_date, help="stories of this day, such as 2021-07-04")
    stories.add_argument("--region", metavar="REGION", help="stories of this region, such as southern-asia")
    stories.add_argument(
        "--top",
        metavar="N",
        type=_count,
        default=TOP_STORIES,
        help=f"number of stories; default: {TOP_STORIES}",
    )


def _add_feeds(commands: _Commands) -> None:
    feeds = _add(
        commands,
        "feeds",
        "CONFIG [--output DIR] [--json] [-- BEAM OPTIONS]\n"
        "       copytaster feeds check URL [--config CONFIG] [--json]\n"
        "       copytaster feeds discover SITE [--config CONFIG] [--json]\n"
        "       copytaster feeds import FILE.opml [--config CONFIG] [--json]",
        "show feed health; check, discover or import feeds",
        "  CONFIG    the health of its feeds, from the polls in the dataset's state\n"
        "  check     poll one feed now and describe it\n"
        "  discover  find the feeds that a site announces\n"
        "  import    print the feeds of an OPML file in the form of a config\n\n"
        "None of them changes anything.",
        "feeds discover https://paper.example",
    )
    feeds.add_argument("target", metavar="CONFIG", help="a YAML file, or check, discover or import")
    feeds.add_argument("what", metavar="URL", nargs="?", help="URL of the feed or site, or the OPML file")
    feeds.add_argument("--config", metavar="CONFIG", help="take fetch settings and known feeds from here")
    feeds.add_argument("--output", metavar="DIR", help="read this dataset instead of the config's output")


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a date such as 2021-07-04, not {text!r}") from None


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 10_000):
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 10000, not {text!r}")
    return int(text)


def _seconds(text: str) -> timedelta:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= SECONDS_A_DAY):
        raise argparse.ArgumentTypeError(f"expected a number of seconds from 1 to 86400, not {text!r}")
    return timedelta(seconds=int(text))


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 100_000):
        raise argparse.ArgumentTypeError(f"expected a number of days from 0 to 100000, not {text!r}")
    return int(text)


def _instant(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a time such as 2026-03-05T06:00:00Z, not {text!r}"
        ) from None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
