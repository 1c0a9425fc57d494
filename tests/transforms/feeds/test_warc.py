"""WARC files give the pages they hold, once each; what is broken costs only itself."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime

import pytest

from tests.support.warc import record
from transforms.feeds.warc import pages_of
from transforms.records import Clock, Page, Reject

CLOCK = Clock(datetime(2026, 3, 5, 12, tzinfo=UTC))
BODY = b"<p>caf\xe9</p>"
URL = "https://gazette.example/1"


def read(content: bytes, max_bytes: int = 1000) -> list[Page | Reject]:
    return [outcome for _, outcome in pages_of(io.BytesIO(content), "news.warc.gz", max_bytes, CLOCK)]


def test_a_page_is_what_was_served_at_the_time_it_was_crawled() -> None:
    (page,) = read(record(URL))
    assert isinstance(page, Page)
    assert (page.url, page.body, page.charset) == (
        URL,
        b"<p>caf\xe9</p>",
        "iso-8859-1",
    )
    assert page.fetched_at == datetime(2026, 3, 4, 6, tzinfo=UTC)
    assert (page.entry.feed_url, page.entry.url) == ("news.warc.gz", page.url)
    assert page.entry.entry_id.startswith("<urn:uuid:")


def test_records_are_compressed_one_by_one_or_all_together() -> None:
    records = [record(f"https://gazette.example/{number}") for number in range(3)]
    for content in (
        b"".join(records),
        b"".join(map(gzip.compress, records)),
        gzip.compress(b"".join(records)),
    ):
        assert [outcome.url for outcome in read(content)] == [
            f"https://gazette.example/{n}" for n in range(3)
        ]


def test_what_was_sent_compressed_is_read_plain() -> None:
    (page,) = read(record(URL, gzip.compress(b"<p>x</p>"), extra="Content-Encoding: gzip\r\n"))
    assert isinstance(page, Page)
    assert page.body == b"<p>x</p>"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (record(URL, status="404 Not Found"), "http-404"),
        (record(URL, kind="application/pdf"), "not-html"),
        (record(URL, b"x" * 2000), "too-large"),
        (record("dns:gazette.example"), "bad-url"),
    ],
)
def test_what_is_no_page_is_rejected_with_the_reason(content: bytes, reason: str) -> None:
    (reject,) = read(content)
    assert isinstance(reject, Reject)
    assert (reject.stage, reject.reason) == ("fetch", reason)


def test_what_stands_before_a_broken_place_is_read() -> None:
    found = []
    with pytest.raises(OSError, match="WARC"):
        for _, outcome in pages_of(
            io.BytesIO(record("https://a.example/1") + b"garbage" * 50), "x", 1000, CLOCK
        ):
            found.append(outcome.url)
    assert found == ["https://a.example/1"]
