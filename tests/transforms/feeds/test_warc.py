"""Pages are read from WARC files once each; a defect costs only the records after it."""

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


def test_a_page_has_the_body_that_was_served_and_the_time_of_the_crawl() -> None:
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


def test_a_compressed_body_is_decompressed() -> None:
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
def test_other_responses_are_rejected_with_a_reason(content: bytes, reason: str) -> None:
    (reject,) = read(content)
    assert isinstance(reject, Reject)
    assert (reject.stage, reject.reason) == ("fetch", reason)


def test_records_before_a_defect_are_read() -> None:
    urls = []
    with pytest.raises(OSError, match="WARC"):
        for _, outcome in pages_of(
            io.BytesIO(record("https://a.example/1") + b"garbage" * 50), "x", 1000, CLOCK
        ):
            urls.append(outcome.url)
    assert urls == ["https://a.example/1"]
