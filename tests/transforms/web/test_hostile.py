"""What broken and hostile servers do ends in a reason, in bounded time and memory."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import time
from datetime import UTC, datetime
from typing import Any

import aiohttp.abc
import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from tests.support.hostile import PLAYS, ok, serve_hostile
from transforms.extract import ExtractArticles
from transforms.fetch import FetchPages
from transforms.records import Article, Clock, Entry, Postponed, Reject
from transforms.web.client import Failure, FetchSettings, Response, Web

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
TIMEOUT_S = 1.5
SETTINGS = FetchSettings(
    timeout_s=TIMEOUT_S, max_bytes=2_000_000, per_host_delay_s=0, allow_private_addresses=True, max_attempts=1
)
# What comes of each path of tests/support/hostile.py, where an entry has one try.
REASONS = {
    "hang": "timeout",
    "drip-headers": "timeout",
    "drip-body": "timeout",
    "reset": "bad-response",
    "length-too-long": "bad-response",
    "endless-chunks": "too-large",
    "endless-body": "too-large",
    "endless-headers": "bad-response",
    "giant-header": "bad-response",
    "gzip-bomb": "too-large",
    "gzip-in-gzip": "too-large",
    "broken-gzip": "bad-response",
    "garbage": "bad-response",
    "nothing": "connection",
    "loop": "redirects",
    "wall": "redirects",
    "to-file": "bad-url",
    "to-long": "bad-url",
    "too-many": "blocked",
    "forbidden": "blocked",
    "login": "blocked",
    "challenge": "blocked",
    "challenge-200": "blocked",
    "pdf": "not-html",
    "empty": "no-text",
    "wide": "no-text",
}
# Led to private addresses, which the run below may read: see the test of redirects.
ELSEWHERE = {"to-metadata", "to-mapped"}
TEXTS = ("good", "nul", "charset-lie", "no-charset")
OUT: dict[str, Article | Reject | Postponed] = {}


def note(record: Any) -> None:
    url = record.entry.url if isinstance(record, Postponed) else record.url
    OUT[url.rsplit("/", 1)[-1]] = record


def run(urls: list[str], settings: FetchSettings) -> dict[str, Article | Reject | Postponed]:
    """What FetchPages and ExtractArticles make of each URL, one host each, by the last part of its path."""
    OUT.clear()
    entries = [
        Entry("https://a.example/feed", url, (url,), url, title="T", first_seen_at=NOW) for url in urls
    ]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        hosts = [(entry.url, (entry,)) for entry in entries]
        source = pipeline | beam.Create(hosts).with_output_types(tuple[str, tuple[Entry, ...]])
        pages, rejects, postponed = source | FetchPages(settings, Clock(NOW))
        articles, not_extracted = pages | ExtractArticles()
        _ = (articles, rejects, postponed, not_extracted) | beam.Flatten() | beam.Map(note)
    return dict(OUT)


def test_each_ends_in_its_reason_in_bounded_time_and_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    with contextlib.ExitStack() as servers:
        urls = [f"{servers.enter_context(serve_hostile())}/{name}" for name in set(PLAYS) - ELSEWHERE]
        out = run(urls, SETTINGS)
    took = time.monotonic() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    assert set(out) == set(PLAYS) - ELSEWHERE
    reasons = {name: one.reason for name, one in out.items() if isinstance(one, Reject)}
    assert {name: reasons.get(name) for name in REASONS} == REASONS
    for name in TEXTS:
        article = out[name]
        assert isinstance(article, Article), (name, article)
        assert "sailed again on Thursday" in article.text
        assert "\0" not in article.text
    # The one that is cut short by its own length, and the deepest tree: whatever is made of them, it is told.
    assert isinstance(out["length-too-short"], (Article, Reject))
    assert isinstance(out["deep"], (Article, Reject))
    # All hang at once; the start of the runner and of extraction's process is in it.
    assert took < 30
    assert grown < 400, f"{grown} MB"


def test_a_host_that_asks_to_be_left_alone_is_not_asked_again_and_its_entries_wait() -> None:
    with serve_hostile() as server:
        settings = FetchSettings(timeout_s=2, per_host_delay_s=0, allow_private_addresses=True)
        entries = tuple(
            Entry("https://a.example/feed", url, (url,), url, first_seen_at=NOW)
            for url in (f"{server}/good", f"{server}/too-many", f"{server}/good?2", f"{server}/good?3")
        )
        OUT.clear()
        with beam.Pipeline(runner=FnApiRunner()) as pipeline:
            source = pipeline | beam.Create([("h", entries)]).with_output_types(tuple[str, tuple[Entry, ...]])
            _, _, postponed = source | FetchPages(settings, Clock(NOW))
            _ = postponed | beam.Map(note)
        assert set(OUT) == {"too-many", "good?2", "good?3"}
        for one in OUT.values():
            assert isinstance(one, Postponed)
            assert one.reason == "blocked"
            assert 3_500 < (one.next_try_at - NOW).total_seconds() <= 3_600
        assert server.asked == ["robots.txt", "good", "too-many"]


def get(url: str, settings: FetchSettings, resolver: Any = None, **how: Any) -> Response | Failure:
    async def exchange() -> Response | Failure:
        async with Web(settings, resolver) as web:
            return await web.get(url, **how)

    return asyncio.run(exchange())


class _Rebinding(aiohttp.abc.AbstractResolver):
    """A name that is public when it is looked up first, and the server's own host from then on."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            aiohttp.abc.ResolveResult(
                hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("answers", [[["192.0.2.1"], ["127.0.0.1"]], [["10.0.0.1", "127.0.0.1"]]])
def test_a_name_is_judged_by_the_address_that_is_connected_to_each_time(answers: list[list[str]]) -> None:
    resolver = _Rebinding(*answers)
    with serve_hostile() as server:
        port = server.url.rsplit(":", 1)[1]
        public = FetchSettings(timeout_s=1, per_host_delay_s=0)
        for _ in answers:
            outcome = get(f"http://rebinding.example:{port}/good", public, resolver)
            assert isinstance(outcome, Failure)
            assert outcome.reason == "private-address"
        assert server.asked == []


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_a_redirect_to_an_address_that_is_not_public_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first hop is let through by its number, so that it is the second that is judged.
    with serve_hostile() as server:
        here = server.url.split("//")[1].rsplit(":", 1)[0]
        from transforms.web import addresses

        judge = addresses.is_public
        monkeypatch.setattr(addresses, "is_public", lambda address: address == here or judge(address))
        outcome = get(f"{server}/{name}", FetchSettings(timeout_s=1, per_host_delay_s=0))
    assert isinstance(outcome, Failure)
    assert outcome.reason == "private-address"


def test_robots_txt_of_five_megabytes_is_read_as_far_as_must_be() -> None:
    rules = "User-agent: *\nDisallow: /good\n" + "# filler filler filler filler\n" * 170_000
    with serve_hostile() as server:
        server.plays["robots.txt"] = ok(rules, kind="text/plain")
        out = run([f"{server}/good", f"{server}/nul"], SETTINGS)
        assert isinstance(out["good"], Reject)
        assert out["good"].reason == "robots"
        assert f"{server}/robots.txt" in out["good"].detail
        assert isinstance(out["nul"], Article), out["nul"]


def test_a_redirect_asks_the_robots_txt_of_where_it_leads() -> None:
    with serve_hostile() as one, serve_hostile() as other:
        other.plays["robots.txt"] = ok("User-agent: copytaster\nDisallow: /\n", kind="text/plain")
        one.plays["away"] = ok("", f"Location: {other}/good", status="301 Moved Permanently")
        out = run([f"{one}/away"], SETTINGS)
        assert isinstance(out["away"], Reject)
        assert (out["away"].reason, other.asked) == ("robots", ["robots.txt"])


def test_a_host_that_has_too_much_to_do_is_asked_more_slowly_and_comes_back() -> None:
    with serve_hostile() as server:
        server.plays["busy"] = ok("busy", status="503 Service Unavailable")

        async def visit() -> list[float]:
            gaps = []
            async with Web(SETTINGS) as web:
                for name in ("good", "good", "busy", "good", "good", "good"):
                    started = time.monotonic()
                    await web.get(f"{server}/{name}")
                    gaps.append(time.monotonic() - started)
            return gaps

        gaps = asyncio.run(visit())
    assert gaps[1] < 0.5
    assert gaps[3] >= 1.0
    assert 0.4 <= gaps[4] < 1.0
    assert gaps[5] < gaps[3]


def test_two_clients_of_a_process_ask_a_host_one_after_the_other() -> None:
    with serve_hostile() as server:
        open_now, most = [0], [0]

        def slow(client: socket.socket) -> None:
            open_now[0] += 1
            most[0] = max(most[0], open_now[0])
            time.sleep(0.1)
            open_now[0] -= 1
            ok("x")(client)

        server.plays["slow"] = slow

        async def both() -> None:
            async with Web(SETTINGS) as one, Web(SETTINGS) as other:
                await asyncio.gather(*(web.get(f"{server}/slow") for web in (one, other) for _ in range(3)))

        asyncio.run(both())
        assert server.asked == ["slow"] * 6
        assert most[0] == 1
