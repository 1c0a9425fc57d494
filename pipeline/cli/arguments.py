"""The command line's commands and options."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from pipeline import __version__
from pipeline.defaults import HORIZON_DAYS, TOP_STORIES

DEMO_OUTPUT = "demo-news"
EVERY_S = 60
SECONDS_A_DAY = 86_400


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse a command line; `name` is the command, `beam` the arguments after --.

    Exits with status 2 and a usage message if the command line is wrong, as argparse does.
    """
    ours, beam = list(argv), list[str]()
    if "--" in ours:
        cut = ours.index("--")
        ours, beam = ours[:cut], ours[cut + 1 :]
    parser = argparse.ArgumentParser(
        prog="copytaster",
        description="News feeds to Parquet: each story once, its copies linked, its region tagged.",
        epilog="Exit status: 0 done, 1 failed and left nothing, or verify found something, "
        "2 wrong config or command line.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"copytaster {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="name")
    _add_runs(commands)
    _add_upkeep(commands)
    _add_questions(commands)
    _add_feeds(commands)
    args = parser.parse_args(ours)
    args.beam = beam
    return args


def _add_runs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser(
        "run",
        help="poll every feed that is due and file what is new",
        usage="copytaster run CONFIG [--output DIR] [--now TIME] [--json] [-- BEAM OPTIONS]",
        allow_abbrev=False,
    )
    demo = commands.add_parser(
        "demo",
        help="the same over a sample newsroom on loopback; needs no network",
        usage="copytaster demo [--output DIR] [--json] [-- BEAM OPTIONS]",
        allow_abbrev=False,
    )
    demo.add_argument("--output", metavar="DIR", default=DEMO_OUTPUT, help=f"default: ./{DEMO_OUTPUT}")
    demo.set_defaults(now=None)
    backfill = commands.add_parser(
        "backfill",
        help="file the pages of WARC files",
        usage="copytaster backfill CONFIG --warc FILES... [--output DIR] [--now TIME] [--json] "
        "[-- BEAM OPTIONS]",
        description="Files the pages of WARC files, such as Common Crawl's news crawl, as runs do a feed's.",
        allow_abbrev=False,
    )
    backfill.add_argument(
        "--warc",
        metavar="FILES",
        nargs="+",
        action="extend",
        required=True,
        help="paths, globs or URLs of .warc or .warc.gz files",
    )
    stream = commands.add_parser(
        "stream",
        help="poll feeds and file what is new without end",
        usage="copytaster stream CONFIG [--every SECONDS] [--micro-batch] [--output DIR] [--json] "
        "[-- BEAM OPTIONS]",
        description="Polls feeds and files what is new, a window at a time, until it is stopped (SIGTERM).",
        allow_abbrev=False,
    )
    stream.add_argument(
        "--every",
        metavar="SECONDS",
        type=_seconds,
        default=timedelta(seconds=EVERY_S),
        help=f"between two polls, and between two windows, default: {EVERY_S}",
    )
    stream.add_argument(
        "--micro-batch",
        action="store_true",
        help="one run after another in this process; needs no runner that streams",
    )
    for command in (run, backfill, stream):
        command.add_argument("config", metavar="CONFIG", help="a YAML file; see the README")
        command.add_argument("--output", metavar="DIR", help="write here instead of where the config says")
    for command in (run, backfill):
        command.add_argument("--now", metavar="TIME", type=_instant, help="the run's time, ISO 8601")
    for command in (run, demo, backfill, stream):
        command.add_argument("--json", action="store_true", help="print the run's manifest, nothing else")


def _add_upkeep(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = commands.add_parser(
        "verify",
        help="check that a dataset is whole; changes nothing",
        usage="copytaster verify DATASET [--json] [-- BEAM OPTIONS]",
        description="Checks manifests against files, their rows, columns and ids, copies against stories.",
        epilog="Exit status: 0 nothing found, 1 something is wrong, 2 DATASET is no dataset.",
        allow_abbrev=False,
    )
    verify.add_argument("--json", action="store_true", help="print what was found as JSON, nothing else")
    compact = commands.add_parser(
        "compact",
        help="merge the small files that frequent runs leave",
        usage="copytaster compact DATASET [--older-than DAYS] [--json] [-- BEAM OPTIONS]",
        description="Merges each partition's small files; the rows stay as they are.",
        allow_abbrev=False,
    )
    compact.add_argument(
        "--older-than",
        metavar="DAYS",
        type=_days,
        help="only partitions whose date lies more than so many days before today",
    )
    compact.add_argument(
        "--json",
        action="store_true",
        help="print the compaction's manifest, or null",
    )
    repair = commands.add_parser(
        "repair",
        help="make anew what runs remember, where a file of it is broken",
        usage="copytaster repair DATASET [--horizon DAYS] [--json] [-- BEAM OPTIONS]",
        description="Makes what cannot be read of state and manifests anew, from the rows.",
        allow_abbrev=False,
    )
    repair.add_argument(
        "--horizon",
        metavar="DAYS",
        type=_days,
        default=HORIZON_DAYS,
        help=f"copies.horizon_days of the config, default: {HORIZON_DAYS}",
    )
    repair.add_argument("--json", action="store_true", help="print what was done as JSON, nothing else")
    for command in (verify, compact, repair):
        command.add_argument("dataset", metavar="DATASET", help="the output of runs: a folder or a URL")


def _add_questions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    explain = commands.add_parser(
        "explain",
        help="two articles side by side, and why they were joined or were not",
        usage="copytaster explain DATASET A B [--html FILE | --json] [-- BEAM OPTIONS]",
        description="Compares two articles of a dataset, named by id or URL, as runs compare them.",
        allow_abbrev=False,
    )
    stories = commands.add_parser(
        "stories",
        help="the most carried stories: who carried each, how soon, how much of it they kept",
        usage="copytaster stories DATASET [--date DATE] [--region REGION] [--top N] [--json] "
        "[-- BEAM OPTIONS]",
        description="Lists stories by the number of their copies. After each copy: how much later it was "
        "published, which share of the story's words it tells in their order, how it was recognised.",
        allow_abbrev=False,
    )
    region = commands.add_parser(
        "explain-region",
        help="an article with every place marked, and what else its names might have meant",
        usage="copytaster explain-region DATASET ID [--json] [-- BEAM OPTIONS]",
        description="Tells why an article, named by id or URL, was put into its country.",
        allow_abbrev=False,
    )
    for command in (explain, stories, region):
        command.add_argument("dataset", metavar="DATASET", help="the output of runs: a folder or a URL")
    for name in ("one", "other"):
        explain.add_argument(name, metavar=name[0].upper(), help="an article_id, or a URL as filed")
    region.add_argument("one", metavar="ID", help="an article_id, or a URL as filed")
    forms = explain.add_mutually_exclusive_group()
    forms.add_argument("--html", metavar="FILE", help="write a page instead")
    stories.add_argument("--date", metavar="DATE", type=_date, help="of the story, such as 2021-07-04")
    stories.add_argument("--region", metavar="REGION", help="of the story, such as southern-asia")
    stories.add_argument(
        "--top", metavar="N", type=_count, default=TOP_STORIES, help=f"default: {TOP_STORIES}"
    )
    for group in (forms, stories, region):
        group.add_argument("--json", action="store_true", help="print it as JSON, nothing else")


def _add_feeds(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    feeds = commands.add_parser(
        "feeds",
        help="how every feed does; or look into one, find a site's, import a list",
        usage="copytaster feeds CONFIG [--output DIR] [--json] [-- BEAM OPTIONS]\n"
        "       copytaster feeds check URL [--config CONFIG] [--json]\n"
        "       copytaster feeds discover SITE [--config CONFIG] [--json]\n"
        "       copytaster feeds import FILE.opml [--config CONFIG] [--json]",
        description="CONFIG: a table of its feeds, from what their polls left in the dataset. check: asks a "
        "feed now, and tells what it is like. discover: finds the feeds that a site announces. import: "
        "prints the feeds of an OPML file as a config has them. None of them changes anything.",
        allow_abbrev=False,
    )
    feeds.add_argument("target", metavar="CONFIG", help="a YAML file, or one of check, discover and import")
    feeds.add_argument("what", metavar="URL", nargs="?", help="of the feed or the site; the OPML file")
    feeds.add_argument("--config", metavar="CONFIG", help="how to ask, and which feeds are known already")
    feeds.add_argument("--output", metavar="DIR", help="look here instead of where the config says")
    feeds.add_argument("--json", action="store_true", help="print it as JSON, nothing else")


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
