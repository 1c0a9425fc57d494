"""Commands and options of the command line."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from pipeline import __version__
from pipeline.defaults import HORIZON_DAYS, TOP_STORIES

DEMO_OUTPUT = "demo-news"
DEFAULT_EVERY_S = 60
MAX_EVERY_S = 86_400
MAX_DAYS = 100_000
MAX_TOP = 10_000

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_WRONG_CONFIG = "the command line or the config is wrong; nothing was written"
_RUN_STATUSES = (
    "the run was committed; single feeds or pages may have failed, see the summary",
    "the run failed; nothing of it is visible, unless the message says that it was committed",
    _WRONG_CONFIG,
)
_UNREADABLE = "failed, such as on a file that cannot be read"
_BUSY = "failed, or a run is working on the dataset; no row was changed"
_WRONG_DATASET = "the command line is wrong, or DATASET is not a dataset"
_WRONG_ARTICLE = "the command line is wrong, or DATASET is not a dataset or lacks the article"


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse a command line; `name` is the command, `beam` the arguments after --.

    Exits with status 2 and a usage message if the command line is wrong, as argparse does.
    """
    own, beam = list(argv), list[str]()
    if "--" in own:
        cut = own.index("--")
        own, beam = own[:cut], own[cut + 1 :]
    args = build_parser().parse_args(own)
    args.beam = beam
    return args


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Wrap paragraphs of one line, and leave paragraphs with line breaks as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        paragraphs = text.split("\n\n")
        return "\n\n".join(
            paragraph if "\n" in paragraph else textwrap.fill(paragraph, width) for paragraph in paragraphs
        )


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with all commands, also for tests and documentation to walk."""
    parser = argparse.ArgumentParser(
        prog="copytaster",
        usage="copytaster COMMAND ... [-- BEAM OPTIONS]",
        description="Turn news feeds into Parquet: each story once, its copies linked, its region tagged.",
        epilog="Run `copytaster COMMAND --help` for the options of a command. Arguments after -- go to "
        "Beam, such as the runner. COPYTASTER_DEBUG=1 shows stack traces and Beam's log.\n\n"
        "exit status:\n"
        "  0  success\n"
        "  1  failure, or verify found faults; a run that failed before its commit leaves nothing\n"
        "     behind\n"
        f"  2  {_WRONG_CONFIG}",
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"copytaster {__version__}",
        help="show the version and exit",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="name")
    _add_runs(commands)
    _add_maintenance(commands)
    _add_questions(commands)
    _add_feeds(commands)
    return parser


def _add(
    commands: _Commands,
    name: str,
    *,
    usage: str,
    summary: str,
    description: str,
    statuses: Sequence[str],
    examples: Sequence[str] = (),
) -> argparse.ArgumentParser:
    """Add a command; `statuses` are the meanings of the exit statuses 0, 1 and 2."""
    epilog = ["exit status:", *(f"  {status}  {meaning}" for status, meaning in enumerate(statuses))]
    if examples:
        epilog = ["examples:", *(f"  copytaster {name} {example}" for example in examples), "", *epilog]
    return commands.add_parser(
        name,
        help=summary,
        usage=f"copytaster {name} {usage}",
        description=description,
        epilog="\n".join(epilog),
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )


def _add_dataset(*commands: argparse.ArgumentParser) -> None:
    for command in commands:
        command.add_argument("dataset", metavar="DATASET", help="output of runs: a folder or a URL")


def _add_json(parser: argparse._ActionsContainer, result: str) -> None:
    parser.add_argument("--json", action="store_true", help=f"print {result} as JSON, and nothing else")


def _add_runs(commands: _Commands) -> None:
    run = _add(
        commands,
        "run",
        usage="CONFIG [--output DIR] [--now TIME] [--json] [-- BEAM OPTIONS]",
        summary="poll every feed that is due, and store new articles",
        description="Poll every feed that is due, store new articles in the dataset, and exit. Run it as "
        "often as you like: an article is never stored twice.",
        statuses=_RUN_STATUSES,
        examples=(
            "run.yaml",
            "run.yaml -- --direct_running_mode=multi_processing --direct_num_workers=2",
        ),
    )
    backfill = _add(
        commands,
        "backfill",
        usage="CONFIG --warc FILES... [--output DIR] [--now TIME] [--json]\n"
        "                           [-- BEAM OPTIONS]",
        summary="store the pages of WARC files",
        description="Store the pages of WARC files, such as Common Crawl's news crawl. Feeds are not "
        "polled. Pages that an earlier run has stored are skipped.",
        statuses=_RUN_STATUSES,
        examples=("run.yaml --warc 'crawl/*.warc.gz'",),
    )
    stream = _add(
        commands,
        "stream",
        usage="CONFIG [--every SECONDS] [--micro-batch] [--output DIR] [--json]\n"
        "                         [-- BEAM OPTIONS]",
        summary="poll feeds and store new articles until stopped",
        description="Poll feeds and commit new articles at a fixed interval, until SIGTERM or Ctrl-C.",
        statuses=(
            "stopped by SIGTERM or Ctrl-C; articles in flight come again",
            "failed, or another stream took over the dataset; commits stay visible",
            _WRONG_CONFIG,
        ),
        examples=("run.yaml --every 60",),
    )
    demo = _add(
        commands,
        "demo",
        usage="[--output DIR] [--json] [-- BEAM OPTIONS]",
        summary="run over a sample newsroom; needs no network",
        description="Serve a sample newsroom on this machine, and run over its feeds. It needs no network.",
        statuses=_RUN_STATUSES,
    )
    for command in (run, backfill, stream):
        command.add_argument("config", metavar="CONFIG", help="YAML file, see docs/configuration.md")
    backfill.add_argument(
        "--warc",
        metavar="FILES",
        nargs="+",
        action="extend",
        required=True,
        help="paths, globs or URLs of .warc or .warc.gz files",
    )
    stream.add_argument(
        "--every",
        metavar="SECONDS",
        type=_seconds,
        default=timedelta(seconds=DEFAULT_EVERY_S),
        help=f"seconds between two polls, and between two commits (default: {DEFAULT_EVERY_S})",
    )
    stream.add_argument(
        "--micro-batch",
        action="store_true",
        help="do one batch run after another in this process; needs no streaming runner",
    )
    for command in (run, backfill, stream):
        command.add_argument("--output", metavar="DIR", help="write to this dataset, not the config's output")
    for command in (run, backfill):
        command.add_argument(
            "--now",
            metavar="TIME",
            type=_instant,
            help="fix the run's clock (ISO 8601), so that the same input gives the same files",
        )
    demo.add_argument(
        "--output", metavar="DIR", default=DEMO_OUTPUT, help=f"write to this dataset (default: {DEMO_OUTPUT})"
    )
    demo.set_defaults(now=None)
    for command in (run, backfill, demo):
        _add_json(command, "the run's manifest")
    _add_json(stream, "each commit's manifest, on one line,")


def _add_maintenance(commands: _Commands) -> None:
    verify = _add(
        commands,
        "verify",
        usage="DATASET [--json] [-- BEAM OPTIONS]",
        summary="check a dataset for faults; changes nothing",
        description="Check manifests against files, files against their rows, columns and ids, and copies "
        "against stories. Prints a line for each fault: what is wrong and what was expected.",
        statuses=("no faults", "faults were found, or the check failed", _WRONG_DATASET),
        examples=("news", "s3://bucket/news -- --s3_region_name=eu-central-1"),
    )
    compact = _add(
        commands,
        "compact",
        usage="DATASET [--older-than DAYS] [--json] [-- BEAM OPTIONS]",
        summary="merge the small files that frequent runs leave",
        description="Merge the small files of each partition. The rows do not change.",
        statuses=(
            "files were merged, or there was nothing to merge",
            _BUSY,
            _WRONG_DATASET,
        ),
        examples=("news --older-than 2",),
    )
    repair = _add(
        commands,
        "repair",
        usage="DATASET [--horizon DAYS] [--json] [-- BEAM OPTIONS]",
        summary="rebuild pipeline state from stored rows",
        description="Rebuild unreadable manifests and state from the stored rows. The rows do not "
        "change. Prints a line for each fault and each repair.",
        statuses=(
            "the dataset was repaired, or there was nothing to repair",
            _BUSY,
            _WRONG_DATASET,
        ),
        examples=("news",),
    )
    _add_dataset(verify, compact, repair)
    compact.add_argument(
        "--older-than",
        metavar="DAYS",
        type=_days,
        help="merge only partitions dated more than this many days before today (default: all)",
    )
    repair.add_argument(
        "--horizon",
        metavar="DAYS",
        type=_days,
        default=HORIZON_DAYS,
        help=f"copies.horizon_days of the config (default: {HORIZON_DAYS})",
    )
    _add_json(verify, "the report")
    _add_json(compact, "the compaction's manifest, or null,")
    _add_json(repair, "the faults and repairs")


def _add_questions(commands: _Commands) -> None:
    stories = _add(
        commands,
        "stories",
        usage="DATASET [--date DATE] [--region REGION] [--top N] [--json]\n"
        "                          [-- BEAM OPTIONS]",
        summary="list the most carried stories",
        description="List the stories with the most copies. Each copy is listed with its delay after the "
        "story, the share of the story's words that it has in the same order, and how it was "
        "recognised (column `match`).",
        statuses=("success", _UNREADABLE, _WRONG_DATASET),
        examples=("news --region southern-asia --top 3",),
    )
    explain = _add(
        commands,
        "explain",
        usage="DATASET A B [--html FILE | --json] [-- BEAM OPTIONS]",
        summary="compare two articles, and show why they were joined or not",
        description="Compare two articles side by side, with the figures that decide whether one is a copy "
        "of the other.",
        statuses=("success, joined or not", _UNREADABLE, _WRONG_ARTICLE),
        examples=("news https://paper.example/flood https://post.example/flood --html flood.html",),
    )
    region = _add(
        commands,
        "explain-region",
        usage="DATASET ID [--json] [-- BEAM OPTIONS]",
        summary="show why an article got its country",
        description="Show an article with every place name marked, the chosen and other meanings of each "
        "name, and the weights. The article is tagged again, without the config's country of its feed.",
        statuses=("success", _UNREADABLE, _WRONG_ARTICLE),
        examples=("news https://paper.example/flood",),
    )
    _add_dataset(stories, explain, region)
    stories.add_argument(
        "--date", metavar="DATE", type=_date, help="only stories of this day, such as 2021-07-04"
    )
    stories.add_argument(
        "--region", metavar="REGION", help="only stories of this region, such as southern-asia"
    )
    stories.add_argument(
        "--top",
        metavar="N",
        type=_count,
        default=TOP_STORIES,
        help=f"number of stories to list (default: {TOP_STORIES})",
    )
    for command, name, metavar in ((explain, "a", "A"), (explain, "b", "B"), (region, "article", "ID")):
        command.add_argument(name, metavar=metavar, help="article_id, or a URL as stored")
    formats = explain.add_mutually_exclusive_group()
    formats.add_argument("--html", metavar="FILE", help="write a web page to this file instead")
    _add_json(formats, "the comparison")
    _add_json(stories, "the stories")
    _add_json(region, "the explanation")


def _add_feeds(commands: _Commands) -> None:
    feeds = _add(
        commands,
        "feeds",
        usage="CONFIG [--output DIR] [--json] [-- BEAM OPTIONS]\n"
        "       copytaster feeds check URL [--config CONFIG] [--json]\n"
        "       copytaster feeds discover SITE [--config CONFIG] [--json]\n"
        "       copytaster feeds import FILE.opml [--config CONFIG] [--json]",
        summary="show feed health; check, discover or import feeds",
        description="  feeds CONFIG     show the health of the config's feeds, as of their last polls\n"
        "  feeds check      poll one feed now, and describe it\n"
        "  feeds discover   find the feeds that a site announces, and check them\n"
        "  feeds import     print the feeds of an OPML file in the form of a config\n\n"
        "Nothing is stored or changed.",
        statuses=(
            "success",
            "failed, such as a feed that cannot be read, or a site without a working feed",
            "the command line, the config or the OPML file is wrong",
        ),
        examples=("run.yaml", "discover https://paper.example", "import list.opml --config run.yaml"),
    )
    feeds.add_argument("target", metavar="CONFIG", help="YAML file, or one of check, discover and import")
    feeds.add_argument("what", metavar="URL", nargs="?", help="URL of the feed or site, or the OPML file")
    feeds.add_argument(
        "--config", metavar="CONFIG", help="take fetch settings and known feeds from this config"
    )
    feeds.add_argument("--output", metavar="DIR", help="read this dataset, not the config's output")
    _add_json(feeds, "the result")


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a date such as 2021-07-04, not {text!r}") from None


def _count(text: str) -> int:
    return _integer(text, "a number", 1, MAX_TOP)


def _seconds(text: str) -> timedelta:
    return timedelta(seconds=_integer(text, "a number of seconds", 1, MAX_EVERY_S))


def _days(text: str) -> int:
    return _integer(text, "a number of days", 0, MAX_DAYS)


def _integer(text: str, noun: str, minimum: int, maximum: int) -> int:
    if not (text.isascii() and text.isdigit() and minimum <= int(text) <= maximum):
        raise argparse.ArgumentTypeError(f"expected {noun} from {minimum} to {maximum}, not {text!r}")
    return int(text)


def _instant(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a time such as 2026-03-05T06:00:00Z, not {text!r}"
        ) from None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
