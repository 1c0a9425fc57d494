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


class Found(NamedTuple):
    """Number of entries of a file by what they have."""

    entries: int = 0
    titles: int = 0
    links: int = 0
    times: int = 0
    complete: int = 0
    """Entries with all three."""


def counted(rows: list[tuple[Any, Any, Any]]) -> Found:
    """Count the entries with title, link and time; repeats within a file count once."""
    rows = list(dict.fromkeys(rows))
    return Found(
        len(rows),
        sum(bool(row[0]) for row in rows),
        sum(bool(row[1]) for row in rows),
        sum(bool(row[2]) for row in rows),
        sum(all(row) for row in rows),
    )


def ours(body: bytes) -> Found:
    """Count with the function of PollFeeds."""
    url = "https://feed.example/"
    try:
        entries = parse_feed(body, FeedSource(url), url, datetime.now(UTC)).entries
    except NotAFeedError:
        return Found()
    return counted([(entry.title, entry.url, entry.published_at) for entry in entries])


def by_feedparser(**options: bool) -> Callable[[bytes], Found]:
    """Count with feedparser and these options."""

    def found(body: bytes) -> Found:
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

    return found


def by_fastfeedparser(body: bytes) -> Found:
    """Count with fastfeedparser, from bytes."""
    import fastfeedparser  # noqa: PLC0415  Only where it is asked for.

    try:
        parsed = fastfeedparser.parse(body)
    except Exception:
        return Found()
    return counted(
        [(entry.get("title"), entry.get("link"), entry.get("published")) for entry in parsed.entries]
    )


def main() -> None:
    """Print a line per parser, then where they differ from ours."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    bodies = {path.name: path.read_bytes() for path in sorted(parser.parse_args().folder.glob("*.xml"))}
    parsers: dict[str, Callable[[bytes], Found]] = {
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
    for name, found in results.items():
        totals = Found(*map(sum, zip(*found.values(), strict=True)))
        read = sum(one.entries > 0 for one in found.values())
        told = ", ".join(f"{value:,} {field}" for field, value in totals._asdict().items())
        print(f"{name:<18} {read} of {len(bodies)} files, {told}; {seconds[name] / ROUNDS:.2f} s")
    for name in list(parsers)[1:]:
        for file, one in results[name].items():
            mine = results["ours"][file]
            if one.complete != mine.complete:
                print(f"{file}: {name} {one.complete} complete entries, ours {mine.complete}")


if __name__ == "__main__":
    main()
