"""Fuzz the readers of feeds and pages: they must raise nothing, and finish soon.

    python -m benchmarks.gates.fuzz [--seconds 3600] [--seed N] [feeds] [pages]

The fuzzer mutates the documents of the sample newsroom, the golden pages and the files in tests/seeds. A
document that fails, or takes more than 10 s of CPU time, is saved in tests/seeds, where the tests replay it;
the exit status is then 1. The same --seed gives the same documents.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import logging
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline.demo.content import load_outlets
from pipeline.demo.render import feed
from tests.support.golden import golden_pages
from transforms.extract import extract_article
from transforms.feeds import NotAFeedError, parse_feed
from transforms.feeds.parse.bounds import MAX_ENTRIES
from transforms.records import Article, Entry, FeedSource, Page, Reject
from transforms.web.client import MAX_URL_CHARS

SEEDS = Path(__file__).parents[2] / "tests/seeds"
MAX_CPU_S = 10
MAX_CHANGES = 8
MAX_SPAN_BYTES = 400
MAX_DOCUMENT_BYTES = 400_000
"""Larger documents would slow the fuzzer; the readers' own byte limits bound them."""
MAX_SEED_BYTES = 50_000
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
RUNS = (
    *(b" ", b"\n", b"a", b"a.", b"1", b"=", b"a=1 ", b"'", b"(", b", ", b"../", b"%25"),
    *(b"<", b"<a ", b"</a", b"<a>x", b"<a/>", b"<!--", b"<b><!-- -->", b"]]>", b"&", b"&#32;", b"&lt;"),
)
"""Small parts of tags, repeated many times: regular expressions of parsers get slow on them."""
MAX_RUN_REPEATS = 100_000
CHARSETS = ("utf-16", "utf-16-le", "windows-1252", "shift_jis", "gb18030", "iso-2022-jp", "utf-7", "utf-32")


def claimed_charset(body: bytes) -> str | None:
    """Return the charset that a server claims; it depends on the body alone."""
    return (None, "utf-8", "no-such-charset", *CHARSETS)[len(body) % (3 + len(CHARSETS))]


def read_feed(body: bytes) -> None:
    """Read a feed as PollFeeds does."""
    url = "https://gazette.example/feed.xml"
    try:
        parsed = parse_feed(body, FeedSource(url), url, NOW, claimed_charset(body))
    except NotAFeedError:
        return
    assert len(parsed.entries) <= MAX_ENTRIES
    for entry in parsed.entries:
        assert entry.keys
        assert len(entry.url) <= MAX_URL_CHARS + 1
        assert_can_be_filed(entry)


def read_page(body: bytes) -> None:
    """Read a page as ExtractArticles does, but in this process."""
    url = "https://gazette.example/news/1"
    outcome = extract_article(Page(Entry("f", url, (url,), url), url, body, claimed_charset(body), NOW))
    assert isinstance(outcome, Article | Reject)
    assert_can_be_filed(outcome)


def assert_can_be_filed(record: Entry | Article | Reject) -> None:
    """Assert that no text has lone surrogates, which files cannot store."""
    for value in dataclasses.astuple(record):
        texts = value if isinstance(value, tuple) else (value,)
        for text in texts:
            assert not isinstance(text, str) or text.encode("utf-8", "replace").decode() == text


def seeds() -> dict[str, list[bytes]]:
    """Return the documents to mutate, by the name of their reader."""
    outlets = load_outlets()
    feeds = [
        feed(outlet, "https://a.example", [(item, item.slug) for item in outlet.items])[0]
        for outlet in outlets
    ]
    pages = [golden.page for golden in golden_pages()]
    return {"feeds": [*feeds, *_saved("feeds")], "pages": [*pages, *_saved("pages")]}


def _saved(name: str) -> list[bytes]:
    bodies = [path.read_bytes() for path in sorted((SEEDS / name).glob("*"))]
    return [body for body in bodies if len(body) <= MAX_SEED_BYTES]


READERS: dict[str, Callable[[bytes], None]] = {"feeds": read_feed, "pages": read_page}


def mutated(documents: Sequence[bytes], chance: random.Random) -> bytes:
    """Return one of the documents with some changes."""
    body = chance.choice(documents)
    for _ in range(chance.randint(1, MAX_CHANGES)):
        body = chance.choice(_CHANGES)(body, documents, chance)[:MAX_DOCUMENT_BYTES]
    return body


def _span(body: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(body) + 1)
    return start, min(len(body), start + chance.randrange(1, MAX_SPAN_BYTES))


def _flip(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]


def _cut(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    start, end = _span(body, chance)
    return body[:start] + body[end:]


def _repeat(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    start, end = _span(body, chance)
    return body[:end] + body[start:end] * chance.choice((1, 2, 10, 300, 3_000)) + body[end:]


def _insert(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + chance.choice(TOKENS) + body[at:]


def _run(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + chance.choice(RUNS) * chance.randrange(MAX_RUN_REPEATS) + body[at:]


def _splice(body: bytes, documents: Sequence[bytes], chance: random.Random) -> bytes:
    donor = chance.choice(documents)
    start, end = _span(donor, chance)
    at = chance.randrange(len(body) + 1)
    return body[:at] + donor[start:end] + body[at:]


def _truncate(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _recode(body: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    return body.decode("utf-8", "replace").encode(chance.choice(CHARSETS), "replace")


_CHANGES = (
    *(_flip, _flip, _cut, _cut, _repeat, _repeat, _insert, _insert, _insert, _insert),
    *(_run, _splice, _splice, _truncate, _recode),
)
"""The more often a change is listed, the more often it is chosen."""


class _TooSlowError(BaseException):
    """Not an Exception, because the steps turn those into rejects."""


def _stop(*_: object) -> None:
    raise _TooSlowError(f"takes more than {MAX_CPU_S} s of CPU time")


def failure(read: Callable[[bytes], None], body: bytes) -> BaseException | None:
    """Return the error that reading a body raises, or None."""
    previous = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, MAX_CPU_S)
    try:
        read(body)
    except (Exception, _TooSlowError) as error:
        return error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
    return None


def fuzz(name: str, seconds: float, seed: int) -> Iterator[tuple[bytes, BaseException | None]]:
    """Yield mutated documents and their errors, for this many seconds."""
    chance, documents, read = random.Random(f"{seed} {name}"), seeds()[name], READERS[name]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        body = mutated(documents, chance)
        yield body, failure(read, body)


def main() -> int:
    """Print each failure as it is found; return 1 if there was one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="feeds|pages", help="default: both")
    parser.add_argument("--seconds", type=float, default=3_600, help="for all readers together")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if unknown := set(args.names) - set(READERS):
        parser.error(f"{', '.join(unknown)}: expected {' or '.join(READERS)}")
    names = args.names or list(READERS)
    logging.disable(logging.CRITICAL)
    failed = 0
    for name in names:
        number = 0
        for body, error in fuzz(name, args.seconds / len(names), args.seed):
            number += 1
            if error is not None:
                failed += 1
                print(f"{_save(name, body)}: {type(error).__name__}: {error}"[:300], flush=True)
        print(f"{name}: {number:,} documents read; {failed} failed so far", flush=True)
    return 1 if failed else 0


def _save(name: str, body: bytes) -> Path:
    path = SEEDS / name / hashlib.sha256(body).hexdigest()[:16]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


if __name__ == "__main__":
    sys.exit(main())
