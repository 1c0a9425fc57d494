"""FetchPages: entries to the pages they link, politely; what fails is given up or put off."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import apache_beam as beam
from protego import Protego

from transforms.crawl import CrawlHosts
from transforms.records import Clock, Entry, Page, Postponed, Reject
from transforms.urls import host_of
from transforms.web import Failure, FetchSettings, Response, Web

# First wait before another try; doubled each time, so four tries span 1 h 45 min at least.
RETRY_AFTER = timedelta(minutes=15)
# Retry-After has been seen at 88 hours (rss-fetcher); no entry waits longer than this.
RETRY_CAP = timedelta(days=1)
# After so many exchanges in a row without an answer, a host is left alone for the rest of the bundle.
HOST_TRIES = 3
# Asked for in the wild: from 1 to 86,400 seconds; above this a host would never be read to the end.
MAX_CRAWL_DELAY_S = 60.0
# RFC 9309, 2.5: parsers must read at least 500 KiB.
MAX_ROBOTS_BYTES = 512 * 1024
NO_ANSWER = frozenset({"timeout", "connection", "dns", "tls", "host-down"})
HTML_TYPES = frozenset({"", "text/html", "application/xhtml+xml", "application/xml", "text/xml"})
# What servers send for HTML when they do not know; the first bytes decide.
UNSURE_TYPES = frozenset({"text/plain", "application/octet-stream"})

LOG = logging.getLogger("copytaster.fetch")


def page_outcome(
    entry: Entry, answer: Response | Failure, at: datetime, max_attempts: int
) -> Page | Reject | Postponed:
    """What an entry's exchange means: a page, an entry given up, or one put off."""
    if isinstance(answer, Response) and not looks_like_html(answer):
        answer = Failure("not-html", f"served as {answer.content_type or 'no type'}: {answer.url}", False)
    if isinstance(answer, Response):
        return Page(entry, answer.url, answer.body, answer.charset, at)
    attempts = entry.attempts + 1
    if answer.temporary and attempts < max_attempts:
        again = dataclasses.replace(entry, attempts=attempts)
        return Postponed(again, answer.reason, at + retry_delay(attempts, answer.retry_after_s))
    return Reject.of(entry, "fetch", answer.reason, answer.detail, at)


def retry_delay(attempts: int, asked_s: float | None) -> timedelta:
    """How long to wait after so many tries: doubling, at least what the server asked for, at most a day."""
    asked = timedelta(seconds=min(asked_s or 0, RETRY_CAP.total_seconds()))
    doubled: timedelta = RETRY_AFTER * 2 ** min(attempts - 1, 10)
    return min(max(doubled, asked), RETRY_CAP)


def looks_like_html(response: Response) -> bool:
    """Whether a body is HTML, by its type, or by its first bytes where the type says nothing."""
    if response.content_type in HTML_TYPES:
        return True
    return response.content_type in UNSURE_TYPES and b"<" in response.body[:1024].lstrip()[:16]


class _Robots:
    """robots.txt of the hosts of one worker, each read once (RFC 9309)."""

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._rules: dict[str, Protego | Failure] = {}

    async def refusal(self, web: Web, url: str) -> Failure | None:
        """Why a URL may not be fetched, or None; raises the host's delay where the file asks for it."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        rules = self._rules.get(origin)
        if rules is None:
            answer = await web.get(f"{origin}/robots.txt", max_bytes=MAX_ROBOTS_BYTES)
            rules = self._rules[origin] = self._read(answer)
            if isinstance(rules, Protego):
                delay = rules.crawl_delay(self._settings.user_agent) or 0.0
                web.slow_down(host_of(url), min(float(delay), MAX_CRAWL_DELAY_S))
        if isinstance(rules, Failure):
            return rules
        if rules.can_fetch(url, self._settings.user_agent):
            return None
        return Failure("robots", f"disallowed by {origin}/robots.txt", False)

    @staticmethod
    def _read(answer: Response | Failure) -> Protego | Failure:
        if isinstance(answer, Response):
            return Protego.parse(answer.body.decode("utf-8", "replace"))
        if answer.reason in ("private-address", "bad-url"):
            return answer
        # 2.3.1.3: without the file everything is allowed; 2.3.1.4: a server in trouble is left alone.
        if not answer.temporary or answer.reason == "http-429":
            return Protego.parse("")
        reason = answer.reason if answer.reason in NO_ANSWER else "robots-unavailable"
        return dataclasses.replace(answer, reason=reason, detail=f"robots.txt: {answer.detail}")


class _Fetch(CrawlHosts[Entry, Response | Failure]):
    """(host, entries) to pages; 'rejects' and 'postponed' besides."""

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__(settings)
        self.clock = clock

    def start_bundle(self) -> None:
        self._robots = _Robots(self.settings)
        self._silent: dict[str, int] = {}

    async def work(self, web: Web, job: Entry) -> Response | Failure:
        host = host_of(job.url)
        if self._silent.get(host, 0) >= HOST_TRIES:
            return Failure("host-down", f"{host} gave no answer {HOST_TRIES} times in a row", True)
        if self.settings.respect_robots and job.url:
            refusal = await self._robots.refusal(web, job.url)
            if refusal is not None:
                return refusal
        answer = await web.get(job.url)
        silent = isinstance(answer, Failure) and answer.reason in NO_ANSWER
        self._silent[host] = self._silent.get(host, 0) + 1 if silent else 0
        return answer

    def emit(self, job: Entry, result: Response | Failure) -> Iterator[Any]:
        outcome = page_outcome(job, result, self.clock.now(), self.settings.max_attempts)
        reason = "page" if isinstance(outcome, Page) else outcome.reason
        LOG.info("fetched %s: %s", job.url, reason)
        if isinstance(outcome, Reject):
            yield beam.pvalue.TaggedOutput("rejects", outcome)
        elif isinstance(outcome, Postponed):
            yield beam.pvalue.TaggedOutput("postponed", outcome)
        else:
            yield outcome


@beam.typehints.with_input_types(tuple[str, tuple[Entry, ...]])
class FetchPages(beam.PTransform):
    """(host, its entries) to (pages: Page, rejects: Reject, postponed: Postponed), one for each entry.

    Keep what reads the pages in the same stage, without a shuffle between: HTML is
    by far the largest thing in the pipeline.
    """

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__()
        self.settings, self.clock = settings, clock

    def expand(self, hosts: beam.PCollection[tuple[str, tuple[Entry, ...]]]) -> tuple[Any, Any, Any]:
        fetch = _Fetch(self.settings, self.clock)
        fetched = hosts | beam.ParDo(fetch).with_outputs("rejects", "postponed", main="pages")
        fetched.pages.element_type = Page
        fetched.rejects.element_type, fetched.postponed.element_type = Reject, Postponed
        return fetched.pages, fetched.rejects, fetched.postponed
