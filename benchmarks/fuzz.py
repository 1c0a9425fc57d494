"""What reads feeds and pages, under mutated ones: no exception leaves it, and each is read soon.

    python -m benchmarks.fuzz [--seconds 3600] [--seed N] [feeds] [pages]

Seeds are the documents of the sample newsroom and the golden pages. What fails, or takes longer than 10 s, is
kept as a file in tests/seeds, from where the tests replay it; exit 1. The same seed gives the same documents.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline.demo.content import load_outlets
from pipeline.demo.render import feed
from tests.golden import golden_pages
from transforms.extract import extract_article
from transforms.feeds import NotAFeedError, parse_feed
from transforms.records import Article, Entry, FeedSource, Page, Reject

FOUND = Path(__file__).parent.parent / "tests/seeds"
LONGEST_S = 10
MOST_CHANGES = 8
LONGEST_SPAN = 400
# Larger documents are bounded by the limit of bytes, and make the fuzzer slow.
LARGEST = 400_000
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
TOKENS = (
    *(
        b"<",
        b">",
        b"&",
        b'"',
        b"'",
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"-->",
        b"<?xml",
        b"\0",
        b"\x1b$B",
        b"\xff\xfe",
    ),
    *(
        b"&#xD800;",
        b"&#x110000;",
        b"&#0;",
        b"&nbsp;",
        b"&amp;lt;",
        b"</",
        b"/>",
        b"<!DOCTYPE x [",
        b"<!ENTITY a '&a;'>",
    ),
    *(
        b'encoding="utf-16"',
        b"charset=shift_jis",
        b'charset="x"',
        b'xml:base="http://["',
        b'href="//["',
        b"http://[::1",
    ),
    *(
        b"9999-12-31T23:59:59-12:00",
        b"0000-00-00",
        b"1e999",
        b"-1",
        b"99999999999999999999",
        b"Thu, 99 Foo 2026",
    ),
    *(
        b"<div>" * 2_000,
        b"<p>" * 500,
        b"a" * 20_000,
        b" " * 20_000,
        b"<a href='/x'>" * 300,
        b"</article>",
        b"<html>",
    ),
    *(
        b'"@type": "NewsArticle"',
        b'{"a":' * 500,
        b"[" * 500,
        b"\\ud800",
        b'"articleBody": 7',
        b'"author": [[null]]',
    ),
    *(
        b"<script type='application/ld+json'>",
        b"<ul><li>" * 200,
        b"<table><tr><td>" * 200,
        b"<item>",
        b"<entry>",
    ),
    *("\u202e".encode(), "\ufeff".encode(), "\x85".encode(), "ﷺ".encode() * 100, "\U0001f600".encode() * 50),
)
CHARSETS = ("utf-16", "utf-16-le", "windows-1252", "shift_jis", "gb18030", "iso-2022-jp", "utf-7", "utf-32")


def read_feed(body: bytes) -> None:
    """As PollFeeds reads it."""
    url = "https://gazette.example/feed.xml"
    try:
        parsed = parse_feed(body, FeedSource(url), url, NOW, None)
    except NotAFeedError:
        return
    assert all(entry.keys for entry in parsed.entries)


def read_page(body: bytes) -> None:
    """As ExtractArticles reads it, in a process of its own there."""
    url = "https://gazette.example/news/1"
    outcome = extract_article(Page(Entry("f", url, (url,), url), url, body, None, NOW))
    assert isinstance(outcome, Article | Reject)


def seeds() -> dict[str, list[bytes]]:
    """What is mutated, by what reads it."""
    outlets = load_outlets()
    feeds = [feed(one, "https://a.example", [(item, item.slug) for item in one.items])[0] for one in outlets]
    return {"feeds": feeds, "pages": [golden.page for golden in golden_pages()]}


READERS: dict[str, Callable[[bytes], None]] = {"feeds": read_feed, "pages": read_page}


def mutated(documents: Sequence[bytes], chance: random.Random) -> bytes:
    """One of the documents with some changes."""
    body = chance.choice(documents)
    for _ in range(chance.randint(1, MOST_CHANGES)):
        body = chance.choice(_CHANGES)(body, documents, chance)[:LARGEST]
    return body


def _span(body: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(body) + 1)
    return start, min(len(body), start + chance.randrange(1, LONGEST_SPAN))


def _flip(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]


def _cut(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    start, end = _span(body, chance)
    return body[:start] + body[end:]


def _repeat(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    start, end = _span(body, chance)
    return body[:end] + body[start:end] * chance.choice((1, 2, 10, 300)) + body[end:]


def _insert(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + chance.choice(TOKENS) + body[at:]


def _splice(body: bytes, documents: Sequence[bytes], chance: random.Random) -> bytes:
    other = chance.choice(documents)
    start, end = _span(other, chance)
    at = chance.randrange(len(body) + 1)
    return body[:at] + other[start:end] + body[at:]


def _truncate(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _recode(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    return body.decode("utf-8", "replace").encode(chance.choice(CHARSETS), "replace")


_CHANGES = (_flip, _flip, _cut, _cut, _repeat, _insert, _insert, _insert, _splice, _truncate, _recode)


class _TooSlowError(Exception):
    pass


def _stop(*_: object) -> None:
    raise _TooSlowError(f"takes longer than {LONGEST_S} s")


def fuzz(name: str, seconds: float, seed: int) -> tuple[int, list[tuple[bytes, Exception]]]:
    """How many documents were read in so many seconds, and those that failed with why."""
    chance, documents, read = random.Random(f"{seed} {name}"), seeds()[name], READERS[name]
    previous = signal.signal(signal.SIGALRM, _stop)
    until, number, found = time.monotonic() + seconds, 0, []
    try:
        while time.monotonic() < until:
            body = mutated(documents, chance)
            number += 1
            signal.alarm(LONGEST_S)
            try:
                read(body)
            except Exception as error:
                found.append((body, error))
            finally:
                signal.alarm(0)
    finally:
        signal.signal(signal.SIGALRM, previous)
    return number, found


def main() -> int:
    """Prints what was found; 1 where anything was."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="feeds|pages", help="both unless named")
    parser.add_argument("--seconds", type=float, default=3_600, help="for all of them together")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if unknown := set(args.names) - set(READERS):
        parser.error(f"{', '.join(unknown)}: expected {' or '.join(READERS)}")
    names = args.names or list(READERS)
    logging.disable(logging.CRITICAL)
    status = 0
    for name in names:
        number, found = fuzz(name, args.seconds / len(names), args.seed)
        print(f"{name}: {number:,} documents read, {len(found)} failed", flush=True)
        for body, error in found:
            path = FOUND / name / hashlib.sha256(body).hexdigest()[:16]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
            print(f"{path}: {type(error).__name__}: {error}"[:300])
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
