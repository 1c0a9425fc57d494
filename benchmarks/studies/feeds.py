"""Feeds as four parsers read them: entries with title, link and time, and speed.

    python -m benchmarks.studies.feeds FOLDER

FOLDER holds feeds as they were served. Each parser reads all of them in turn, from bytes; ours also makes
records. fastfeedparser comes with the extra `bench`. At the end come the files of which another parser gets
more complete entries than ours, or fewer.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import feedparser

from transforms.feeds import NotAFeedError, parse_feed
from transforms.records import FeedSource

ROUNDS = 3


class EntryCounts(NamedTuple):
    """Number of entries of a file by what they have."""

    entries: int = 0
    titles: int = 0
    links: int = 0
    times: int = 0
    complete: int = 0
    """Entries with all three."""


def counted(rows: list[tuple[Any, Any, Any]]) -> EntryCounts:
    """Count the entries with title, link and time; repeats within a file count once."""
    rows = list(dict.fromkeys(rows))
    return EntryCounts(
        len(rows),
        sum(bool(row[0]) for row in rows),
        sum(bool(row[1]) for row in rows),
        sum(bool(row[2]) for row in rows),
        sum(all(row) for row in rows),
    )


def ours(body: bytes) -> EntryCounts:
    """Count with the function of PollFeeds."""
    url = "https://feed.example/"
    try:
        entries = parse_feed(body, FeedSource(url), url, datetime.now(UTC)).entries
    except NotAFeedError:
        return EntryCounts()
    return counted([(entry.title, entry.url, entry.published_at) for entry in entries])


def by_feedparser(**options: bool) -> Callable[[bytes], EntryCounts]:
    """Count with feedparser and these options."""

    def count(body: bytes) -> EntryCounts:
        parsed = feedparser.parse(io.BytesIO(body), **options)
        rows = [
            (
                entry.get("title"),
                entry.get("link"),
                entry.get("published_parsed") or entry.get("updated_parsed"),
            )
            for entry in parsed.entries
        ]
        return counted(rows)

    return count


def by_fastfeedparser(body: bytes) -> EntryCounts:
    """Count with fastfeedparser, from bytes."""
    import fastfeedparser  # noqa: PLC0415  Only where it is asked for.

    try:
        parsed = fastfeedparser.parse(body)
    except Exception:
        return EntryCounts()
    return counted(
        [(entry.get("title"), entry.get("link"), entry.get("published")) for entry in parsed.entries]
    )


def main() -> None:
    """Print a line per parser, then where they differ from ours."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    bodies = {path.name: path.read_bytes() for path in sorted(parser.parse_args().folder.glob("*.xml"))}
    parsers: dict[str, Callable[[bytes], EntryCounts]] = {
        "ours": ours,
        "feedparser": by_feedparser(),
        "feedparser, plain": by_feedparser(sanitize_html=False, resolve_relative_uris=False),
        "fastfeedparser": by_fastfeedparser,
    }
    results = {name: {file: parse(body) for file, body in bodies.items()} for name, parse in parsers.items()}
    seconds = dict.fromkeys(parsers, 0.0)
    for _ in range(ROUNDS):
        for name, parse in parsers.items():
            started = time.perf_counter()
            for body in bodies.values():
                parse(body)
            seconds[name] += time.perf_counter() - started
    for name, counts in results.items():
        totals = EntryCounts(*map(sum, zip(*counts.values(), strict=True)))
        files_read = sum(count.entries > 0 for count in counts.values())
        summary = ", ".join(f"{value:,} {field}" for field, value in totals._asdict().items())
        print(f"{name:<18} {files_read} of {len(bodies)} files, {summary}; {seconds[name] / ROUNDS:.2f} s")
    for name in list(parsers)[1:]:
        for file, count in results[name].items():
            our_count = results["ours"][file]
            if count.complete != our_count.complete:
                print(f"{file}: {name} {count.complete} complete entries, ours {our_count.complete}")


if __name__ == "__main__":
    main()
