"""Times in the forms that feeds use, and links that only an id contains."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.feeds import parse_feed
from transforms.feeds.parse.dates import Times
from transforms.feeds.parse.feed import ParsedFeed
from transforms.records import FeedSource

FEED = "https://gazette.example/feed.xml"
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


def parse(body: str) -> ParsedFeed:
    return parse_feed(body.encode(), FeedSource(FEED), FEED, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thu, 05 Mar 2026 06:00:00 EST", "2026-03-05T11:00:00"),
        ("Thu, 05 Mar 2026 06:00:00 CET", "2026-03-05T05:00:00"),
        ("Thu, 05 Mar 2026 06:00:00 IST", "2026-03-05T00:30:00"),
        ("Thu,05 Mar 2026 06:00:00 +0000", "2026-03-05T06:00:00"),
        ("Thu, 05 Mar 2026, 06:00:00 GMT", "2026-03-05T06:00:00"),
        ("March 5, 2026 6:00 AM", "2026-03-05T06:00:00"),
        ("2026-03-05T06:00:00+0530", "2026-03-05T00:30:00"),
        ("2026-03-05 06:00:00 +02:00", "2026-03-05T04:00:00"),
        ("2026-03-05T24:00:00Z", "2026-03-06T00:00:00"),
        ("2026-03-05", "2026-03-05T00:00:00"),
        ("2026/03/05 06:00:00", "2026-03-05T06:00:00"),
        ("2026/3/5 6:00 PM", "2026-03-05T18:00:00"),
        ("2026年03月05日 06:00", "2026-03-05T06:00:00"),
        ("1772690400", "2026-03-05T06:00:00"),
        ("jeu., 05 mars 2026 06:00:00 +0100", "2026-03-05T05:00:00"),
        ("jueves, 05 marzo 2026 06:00:00 -0300", "2026-03-05T09:00:00"),
        ("Чт, 05 мар 2026 06:00:00 +0300", "2026-03-05T03:00:00"),
        ("05.03.2026 06:00", "2026-03-05T06:00:00"),
        ("25/03/2026", "2026-03-25T00:00:00"),
        ("05/03/2026 06:00", None),  # March or May.
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00"),  # Read as it is; articles ignore it.
        ("2026/13/45 06:00", None),
        ("lately", None),
    ],
)
def test_times_are_read_in_the_forms_that_feeds_use(text: str, expected: str | None) -> None:
    body = f"<rss version='2.0'><channel><item><pubDate>{text}</pubDate></item></channel></rss>"
    (entry,) = parse(body).entries
    assert entry.published_at == (datetime.fromisoformat(f"{expected}+00:00") if expected else None)


def test_texts_that_are_not_times_do_not_slow_down_a_feed() -> None:
    items = "".join(f"<item><pubDate>{number} of whichever</pubDate></item>" for number in range(3_000))
    started = time.monotonic()
    parse(f"<rss version='2.0'><channel>{items}</channel></rss>")
    assert time.monotonic() - started < 10


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from("0123456789-/.:+TZ年月日 ,MarchapmGMT\x00é٣"), max_size=40))
def test_any_text_gives_a_time_in_utc_or_none(text: str) -> None:
    result = Times().read(text)
    assert result is None or result.tzinfo is UTC


def test_a_link_that_is_escaped_once_too_often_is_read() -> None:
    item = "<item><link><![CDATA[https://a.example/?id=1&amp;page=2]]></link></item>"
    (entry,) = parse(f"<rss version='2.0'><channel>{item}</channel></rss>").entries
    assert entry.url == "https://a.example/?id=1&page=2"


@pytest.mark.parametrize(
    "body",
    [
        "<rss version='2.0'><channel><item><link/><guid>https://a.example/1</guid></item></channel></rss>",
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
        <item rdf:about="https://a.example/1"><title>T</title></item></rdf:RDF>""",
        """{"version": "https://jsonfeed.org/version/1", "items": [{"id": "https://a.example/1",
        "title": "Two\nlines"}]}""",
    ],
)
def test_an_id_that_is_a_url_is_the_link_of_an_entry_without_one(body: str) -> None:
    assert [entry.url for entry in parse(body).entries] == ["https://a.example/1"]
