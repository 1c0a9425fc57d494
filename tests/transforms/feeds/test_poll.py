"""Feeds of every kind are parsed into entries; entries stay recognisable whatever feeds change."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sites import rss
from transforms.feeds import NotAFeedError, distinct, parse_feed, poll_outcome, with_keys
from transforms.feeds.poll import ask
from transforms.records import DueFeed, Entry, FeedPoll, FeedSource
from transforms.web.circuit import CircuitBreaker
from transforms.web.client import Failure, FetchSettings, Response, Web

FEED = "https://gazette.example/feed.xml"
SOURCE = FeedSource(FEED, country="CA")
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)

RSS = """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Harbour Gazette</title><language>en-CA</language>
<item><title>Ferry &amp;amp; &lt;b&gt;bridge&lt;/b&gt; reopen</title>
<link>/news/1?utm_source=rss</link><guid>g-1</guid>
<pubDate>Thu, 05 Mar 2026 06:00:00 -0500</pubDate><dc:creator>Ann Lund</dc:creator><category>Travel</category>
<description>&lt;p&gt;After a &lt;i&gt;long&lt;/i&gt; winter.&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>First.</p><p>Second.</p>]]></content:encoded>
<media:content url="https://gazette.example/ferry.jpg" medium="image"/></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Hafenblatt</title>
<entry><title>Fähre fährt wieder</title><id>tag:hafenblatt.example,2026:1</id>
<link rel="alternate" href="https://hafenblatt.example/1"/><published>2026-03-05T06:00:00+01:00</published>
<updated>2026-03-05T07:00:00+01:00</updated><author><name>Ute Kern</name></author></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://quai.example/"><title>Le Quai</title>
</channel><item rdf:about="https://quai.example/1"><title>Le bac repart</title><link>https://quai.example/1</link>
<dc:date>2026-03-05T06:00:00+01:00</dc:date></item></rdf:RDF>"""
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "El Muelle",
    "language": "es",
    "items": [
        {
            "id": "7",
            "url": "https://muelle.example/7",
            "title": "Vuelve el ferri",
            "content_html": "<p>Hola.</p>",
            "date_published": "2026-03-05T06:00:00Z",
            "authors": [{"name": "Eva Ruiz"}],
            "tags": ["Puerto"],
        }
    ],
}


def entries(body: str | bytes, base: str = FEED) -> tuple[Entry, ...]:
    return parse_feed(body.encode() if isinstance(body, str) else body, SOURCE, base, NOW).entries


def test_rss_gives_plain_texts_absolute_links_and_times_in_utc() -> None:
    (entry,) = entries(RSS)
    assert entry.title == "Ferry & bridge reopen"
    assert entry.url == "https://gazette.example/news/1?utm_source=rss"
    assert entry.entry_id == "g-1"
    assert entry.summary == "After a long winter."
    assert entry.content == "<p>First.</p><p>Second.</p>"
    assert entry.authors == ("Ann Lund",)
    assert entry.tags == ("Travel",)
    assert entry.published_at == datetime(2026, 3, 5, 11, tzinfo=UTC)
    assert entry.language == "en-CA"
    assert entry.image_url == "https://gazette.example/ferry.jpg"
    assert (entry.publisher, entry.publisher_country) == ("Harbour Gazette", "CA")
    assert entry.first_seen_at == NOW


@pytest.mark.parametrize(
    ("body", "url", "title", "author", "language"),
    [
        (ATOM, "https://hafenblatt.example/1", "Fähre fährt wieder", "Ute Kern", "de"),
        (json.dumps(JSON_FEED), "https://muelle.example/7", "Vuelve el ferri", "Eva Ruiz", "es"),
    ],
)
def test_atom_and_json_feed_give_the_same_fields(
    body: str, url: str, title: str, author: str, language: str
) -> None:
    (entry,) = entries(body)
    assert (entry.url, entry.title, entry.authors, entry.language) == (url, title, (author,), language)
    assert entry.published_at in (datetime(2026, 3, 5, 5, tzinfo=UTC), datetime(2026, 3, 5, 6, tzinfo=UTC))


def test_rdf_is_a_feed() -> None:
    (entry,) = entries(RDF)
    assert (entry.url, entry.published_at) == ("https://quai.example/1", datetime(2026, 3, 5, 5, tzinfo=UTC))


def test_the_encoding_that_a_feed_declares_is_used() -> None:
    body = ATOM.replace("<feed ", '<?xml version="1.0" encoding="iso-8859-1"?><feed ', 1).encode("iso-8859-1")
    assert entries(body)[0].title == "Fähre fährt wieder"


def test_the_publisher_of_the_config_overrides_the_title_of_the_feed() -> None:
    source = FeedSource(FEED, publisher="The Gazette")
    assert parse_feed(RSS.encode(), source, FEED, NOW).entries[0].publisher == "The Gazette"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff\xfe",
        b"<html><body>Not found</body></html>",
        b'{"items": 3}',
        b"{" * 100_000,
        b"<rss version='2.0'><channel><item",
        b"/etc/hostname",
        b"http://127.0.0.1:9/",
    ],
)
def test_other_documents_are_refused_and_never_opened_as_a_file_or_url(body: bytes) -> None:
    with pytest.raises(NotAFeedError):
        entries(body)


def test_entries_before_a_break_in_the_xml_are_kept() -> None:
    broken = RSS.replace("</channel></rss>", "<item><title>Cut of")
    assert entries(broken)[0].title == "Ferry & bridge reopen"


@given(st.binary(max_size=400))
def test_the_parser_raises_nothing_but_not_a_feed_error(body: bytes) -> None:
    with contextlib.suppress(NotAFeedError):
        parse_feed(body, SOURCE, FEED, NOW)


def item(link: str, guid: str, title: str) -> Entry:
    return Entry(feed_url=FEED, entry_id=guid, keys=(), url=link, title=title)


def test_the_amp_and_mobile_pages_of_a_known_article_are_known() -> None:
    def known(link: str, title: str = "Ferry") -> bool:
        entry = dataclasses.replace(item(link, link, title), published_at=NOW)
        stored = dataclasses.replace(item("https://www.a.example/ferry", "1", "Ferry"), published_at=NOW)
        return not set(with_keys([entry])[0].keys).isdisjoint(with_keys([stored])[0].keys)

    assert known("https://amp.a.example/ferry/amp")
    assert known("http://m.a.example/ferry?m=1")
    assert not known("https://amp.a.example/ferry/amp", "Bridge")
    assert not known("https://a.example/ferries")


def known(before: list[Entry], now: list[Entry]) -> list[bool]:
    seen = {key for entry in with_keys(before) for key in entry.keys}
    return [not seen.isdisjoint(entry.keys) for entry in with_keys(now)]


def test_an_entry_is_known_by_its_link_when_guid_and_headline_change() -> None:
    before = [item("https://a.example/1", "g1", "Old headline")]
    assert known(before, [item("https://a.example/1?utm_medium=rss", "g2", "New headline")]) == [True]


def test_an_entry_is_known_by_guid_and_headline_when_its_link_changes() -> None:
    before = [item("https://a.example/1", "g1", "Headline")]
    assert known(before, [item("https://a.example/other-slug", "g1", "Headline")]) == [True]


def test_an_entry_is_known_by_headline_time_and_path_when_its_sites_scheme_or_port_changes() -> None:
    moved = [("http://a.example:8080/1", "First"), ("http://a.example:8080/1", "Second")]
    before = [dataclasses.replace(item("https://a.example/1", "g1", "First"), published_at=NOW)]
    for url, title in moved:
        now = [dataclasses.replace(item(url, url, title), published_at=NOW)]
        assert known(before, now) == [title == "First"]


def test_a_guid_that_is_the_same_for_all_entries_hides_no_news() -> None:
    before = [item("https://a.example/1", "always", "First")]
    assert known(before, [item("https://a.example/2", "always", "Second")]) == [False]


def test_a_link_that_all_entries_share_hides_no_news() -> None:
    before = [item("https://a.example/live", "g1", "First"), item("https://a.example/live", "g2", "Second")]
    now = [*before, item("https://a.example/live", "g3", "Third")]
    assert known(before, now) == [True, True, False]


def test_a_link_to_the_home_page_identifies_nothing() -> None:
    before = [item("https://a.example/", "g1", "First")]
    assert known(before, [item("https://a.example/", "g2", "Second")]) == [False]


def test_a_version_depends_on_title_and_text_but_not_on_time_and_counters() -> None:
    entry = dataclasses.replace(item("https://a.example/1", "g1", "A"), updated_at=NOW, content="<p>One</p>")
    same = dataclasses.replace(entry, updated_at=NOW + timedelta(1), content="<p>One<img src='/count?2'></p>")
    versions = with_keys([entry])[0].versions
    assert with_keys([same])[0].versions == versions
    for changed in (dataclasses.replace(entry, content="<p>Two</p>"), dataclasses.replace(entry, title="B")):
        changed_versions = with_keys([changed])[0].versions
        assert changed_versions[0] != versions[0]
        assert changed_versions[1] == versions[1]


def test_entries_have_versions_only_if_their_feed_marks_updates() -> None:
    first, second = item("https://a.example/1", "g1", "A"), item("https://a.example/2", "g2", "B")
    assert [bool(entry.versions) for entry in with_keys([first, second])] == [False, False]
    second = dataclasses.replace(second, updated_at=NOW)
    assert [bool(entry.versions) for entry in with_keys([first, second])] == [True, True]


def test_an_entry_that_a_feed_repeats_counts_once() -> None:
    assert (
        len(with_keys([item("https://a.example/1", "g1", "A"), item("https://a.example/1", "g1", "A")])) == 1
    )


@given(st.permutations(range(4)))
def test_the_same_one_of_equal_entries_is_taken_in_any_order(order: list[int]) -> None:
    pool = [
        Entry(feed_url=f"https://f{i}.example/", entry_id="g", keys=keys, url="https://a.example/1")
        for i, keys in enumerate([("k1",), ("k1", "k2"), ("k2",), ("k3",)])
    ]
    assert {entry.feed_url for entry in distinct(pool[i] for i in order)} == {
        "https://f0.example/",
        "https://f3.example/",
    }


def response(body: str, **values: Any) -> Response:
    return Response(FEED, 200, body.encode(), "application/rss+xml", None, **values)


def test_validators_are_stored_only_after_a_successful_parse() -> None:
    last = FeedPoll(FEED, NOW, "failed", etag='"old"', last_modified="then", body_key="b", failures=2)
    due = DueFeed(SOURCE, last)
    poll, listed = poll_outcome(due, response(RSS, etag='W/"new"'), NOW)
    assert (poll.status, poll.etag, poll.failures, len(listed)) == ("read", 'W/"new"', 0, 1)
    poll, listed = poll_outcome(due, response("<html>", etag='"bad"'), NOW)
    assert (poll.status, poll.reason, poll.etag, poll.failures) == ("failed", "not-a-feed", '"old"', 3)
    assert listed == ()


def test_the_same_body_again_is_unchanged_whatever_the_validators_say() -> None:
    first, _ = poll_outcome(DueFeed(SOURCE), response(RSS), NOW)
    second, listed = poll_outcome(DueFeed(SOURCE, first), response(RSS, etag='"x"'), NOW)
    assert (second.status, second.entries, listed) == ("unchanged", 0, ())


def test_a_failed_poll_has_a_reason() -> None:
    poll, listed = poll_outcome(DueFeed(SOURCE), Failure("http-503", "503 from somewhere", True), NOW)
    assert (poll.status, poll.reason, poll.failures, listed) == ("failed", "http-503", 1, ())


def test_a_silent_host_is_tried_three_times_for_all_its_feeds() -> None:
    async def poll_six(dead: str) -> list[str]:
        breaker = CircuitBreaker()
        settings = FetchSettings(timeout_s=1, per_host_delay_s=0, allow_private_addresses=True)
        async with Web(settings) as web:
            feeds = [DueFeed(FeedSource(f"{dead}/{number}")) for number in range(6)]
            answers = [await ask(breaker, web, feed, settings, NOW) for feed in feeds]
        return [answer.reason for answer in answers if isinstance(answer, Failure)]

    assert asyncio.run(poll_six("http://127.0.0.1:9")) == ["connection"] * 3 + ["host-down"] * 3


def test_a_hub_may_be_named_in_a_header() -> None:
    links = '<https://a.example/self>; rel="self", <https://hub.example/>; rel="hub"'
    poll, _ = poll_outcome(DueFeed(SOURCE), response(RSS, headers={"link": links}), NOW)
    assert poll.hub == "https://hub.example/"


def test_a_challenge_instead_of_a_feed_is_recognised() -> None:
    challenge = "<!doctype html><html><head><title>Just a moment...</title></head></html>"
    poll, _ = poll_outcome(DueFeed(SOURCE), response(challenge), NOW)
    assert (poll.status, poll.reason) == ("failed", "blocked")


def test_the_rss_helper_of_the_tests_makes_a_readable_feed() -> None:
    answer = rss("https://a.example", [{"title": "A & B", "link": "https://a.example/1", "published": NOW}])
    (entry,) = entries(str(answer.body))
    assert (entry.title, entry.published_at) == ("A & B", NOW)
