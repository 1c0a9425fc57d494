"""Pages are fetched politely; entries that fail are postponed or rejected, with a reason."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from tests.support.sites import Answer, Site, serve
from transforms.fetch import FetchPages, looks_like_html, page_outcome, retry_delay
from transforms.records import Clock, Entry, Page, Postponed, Reject
from transforms.web.client import Failure, FetchSettings, Response, Web
from transforms.web.robots import Robots

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
LOCAL = FetchSettings(timeout_s=0.5, max_bytes=50_000, per_host_delay_s=0, allow_private_addresses=True)


def entry(url: str = "https://a.example/1", attempts: int = 0) -> Entry:
    return Entry("https://a.example/feed", url, (url,), url, title="T", first_seen_at=NOW, attempts=attempts)


def page(body: bytes = b"<p>", content_type: str = "text/html") -> Response:
    return Response("https://a.example/1", 200, body, content_type, "utf-8")


def test_a_temporary_failure_postpones_the_entry_until_its_attempts_are_used_up() -> None:
    failure = Failure("http-503", "busy", True)
    first = page_outcome(entry(), failure, NOW, max_attempts=2)
    assert isinstance(first, Postponed)
    assert (first.entry.attempts, first.reason, first.next_try_at > NOW) == (1, "http-503", True)
    second = page_outcome(first.entry, failure, NOW, max_attempts=2)
    assert isinstance(second, Reject)
    assert (second.reason, second.attempts, second.stage) == ("http-503", 2, "fetch")


def test_a_permanent_failure_rejects_the_entry_at_once() -> None:
    outcome = page_outcome(entry(), Failure("http-404", "gone", False), NOW, max_attempts=4)
    assert isinstance(outcome, Reject)
    assert (outcome.reason, outcome.detail, outcome.first_seen_at) == ("http-404", "gone", NOW)


def test_waits_double_honour_the_server_and_end_at_a_day() -> None:
    assert [retry_delay(n, None) for n in (1, 2, 3)] == [timedelta(minutes=m) for m in (15, 30, 60)]
    assert retry_delay(1, 7_200) == timedelta(hours=2)
    assert retry_delay(1, 400_000) == retry_delay(500, None) == timedelta(days=1)


@pytest.mark.parametrize(
    ("body", "content_type", "is_html"),
    [
        (b"<html>", "text/html", True),
        (b"<html>", "", True),
        (b"\n <!doctype html>", "text/plain", True),
        (b"plain words", "text/plain", False),
        (b"%PDF-1.7", "application/pdf", False),
        (b"\xff\xd8", "image/jpeg", False),
    ],
)
def test_only_html_is_a_page(body: bytes, content_type: str, is_html: bool) -> None:
    assert looks_like_html(page(body, content_type)) == is_html
    outcome = page_outcome(entry(), page(body, content_type), NOW, 4)
    assert isinstance(outcome, Page) if is_html else getattr(outcome, "reason", "") == "not-html"


@pytest.fixture
def site():
    with serve() as served:
        yield served


OUT: dict[str, Counter[str]] = {}


def count(record: Page | Reject | Postponed, output: str) -> None:
    # A function of an importable module is pickled by name, so that it writes to the OUT of this module.
    label = record.entry.url if isinstance(record, Page) else record.reason
    OUT.setdefault(output, Counter())[label] += 1


def fetch(urls: dict[str, list[str]], settings: FetchSettings = LOCAL) -> dict[str, Counter[str]]:
    """Run FetchPages on URLs by host; count pages by URL, rejects and postponed entries by reason."""
    OUT.clear()
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        hosts = [(host, tuple(map(entry, host_urls))) for host, host_urls in urls.items()]
        source = pipeline | beam.Create(hosts).with_output_types(tuple[str, tuple[Entry, ...]])
        fetched = source | FetchPages(settings, Clock(NOW))
        for output, records in fetched._asdict().items():
            _ = records | f"count {output}" >> beam.Map(count, output)
    return OUT


def test_every_entry_comes_out_exactly_once(site: Site) -> None:
    site.pages |= {
        "/good": Answer("<p>x</p>"),
        "/busy": Answer(status=503),
        "/pdf": Answer(b"%", "application/pdf"),
    }
    out = fetch({"h": [f"{site.url}/{name}" for name in ("good", "busy", "pdf", "dead")] + [""]})
    assert out["pages"] == {f"{site.url}/good": 1}
    assert out["rejects"] == {"not-html": 1, "http-404": 1, "bad-url": 1}
    assert out["postponed"] == {"http-503": 1}


def test_robots_txt_is_read_once_and_obeyed(site: Site) -> None:
    site.pages |= {
        "/robots.txt": Answer("User-agent: *\nDisallow: /private\n", "text/plain"),
        "/open": Answer("<p>x</p>"),
        "/private/1": Answer("<p>x</p>"),
    }
    out = fetch({"h": [f"{site.url}/{name}" for name in ("open", "private/1", "private/2")]})
    assert (out["pages"].total(), out["rejects"]) == (1, {"robots": 2})
    assert site.paths() == ["/robots.txt", "/open"]


def test_robots_txt_is_read_once_for_concurrent_requests(site: Site) -> None:
    async def eight() -> None:
        robots = Robots(LOCAL)
        async with Web(LOCAL) as web:
            urls = [f"{site.url}/1", f"{site.url.replace('http://', 'http://reader@')}/2"] * 4
            await asyncio.gather(*(robots.refusal(web, url) for url in urls))

    asyncio.run(eight())
    assert site.paths() == ["/robots.txt"]


def test_entries_are_postponed_if_robots_txt_fails(site: Site) -> None:
    site.pages["/robots.txt"] = Answer(status=500)
    out = fetch({"h": [f"{site.url}/1", f"{site.url}/2"]})
    assert out["postponed"] == {"robots-unavailable": 2}
    assert site.paths() == ["/robots.txt"]


def test_robots_txt_is_not_requested_if_the_config_says_so(site: Site) -> None:
    site.pages["/1"] = Answer("<p>x</p>")
    fetch(
        {"h": [f"{site.url}/1"]},
        FetchSettings(per_host_delay_s=0, allow_private_addresses=True, respect_robots=False),
    )
    assert site.paths() == ["/1"]


def test_private_addresses_are_refused_unless_the_config_allows_them(site: Site) -> None:
    out = fetch({"h": [f"{site.url}/1"]}, FetchSettings(per_host_delay_s=0))
    assert out["rejects"] == {"private-address": 1}
    assert site.paths() == []


def test_a_silent_host_is_skipped_after_three_attempts() -> None:
    settings = FetchSettings(
        timeout_s=0.2, per_host_delay_s=0, allow_private_addresses=True, respect_robots=False
    )
    out = fetch({"h": [f"http://127.0.0.1:9/{number}" for number in range(6)]}, settings)
    assert out["postponed"] == {"connection": 3, "host-down": 3}


def test_a_host_that_redirects_to_a_silent_one_is_not_skipped_itself(site: Site) -> None:
    settings = FetchSettings(
        timeout_s=0.2, per_host_delay_s=0, allow_private_addresses=True, respect_robots=False
    )
    site.pages |= {
        f"/{number}": Answer(status=302, headers={"Location": "http://127.0.0.1:9/"}) for number in range(5)
    }
    site.pages["/5"] = Answer("<p>x</p>")
    out = fetch({"h": [f"{site.url}/{number}" for number in range(6)]}, settings)
    assert out["postponed"] == {"connection": 3, "host-down": 2}
    assert out["pages"] == {f"{site.url}/5": 1}


def test_a_robots_txt_that_redirects_nowhere_forbids_nothing(site: Site) -> None:
    site.pages |= {
        "/robots.txt": Answer(status=302, headers={"Location": "mailto:desk@news.example"}),
        "/1": Answer("<p>x</p>"),
    }
    assert fetch({"h": [f"{site.url}/1"]})["pages"].total() == 1


def test_a_slow_site_delays_no_other_because_hosts_are_read_concurrently() -> None:
    def slow(_: dict[str, str]) -> Answer:
        time.sleep(0.1)
        return Answer("<p>x</p>")

    with serve() as first, serve() as second, serve() as third:
        sites = (first, second, third)
        for site in sites:
            site.pages |= {f"/{number}": slow for number in range(4)}
        settings = FetchSettings(per_host_delay_s=0, allow_private_addresses=True, respect_robots=False)
        started = time.monotonic()
        out = fetch({site.url: [f"{site.url}/{number}" for number in range(4)] for site in sites}, settings)
        taken = time.monotonic() - started
    assert out["pages"].total() == 12
    assert taken < 12 * 0.1 + 0.5, "as slow as twelve waits of 0.1 s in sequence"
