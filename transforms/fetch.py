"""FetchPages: entries to the pages they link, politely; what fails is given up or put off."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import apache_beam as beam
from protego import Protego

from transforms.crawl import CrawlHosts
from transforms.follow import FollowHosts, Task
from transforms.records import Clock, Entry, Page, Postponed, Reject
from transforms.urls import host_of
from transforms.web import Failure, FetchSettings, Response, Web

# First wait before another try; doubled each time, so four tries span 1 h 45 min at least.
RETRY_AFTER = timedelta(minutes=15)
# Retry-After has been seen at 88 hours (rss-fetcher); no entry waits longer than this.
RETRY_CAP = timedelta(days=1)
# After so many exchanges in a row without an answer, a host is left alone for the rest of the visit.
HOST_TRIES = 3
# After so long an endless job asks for robots.txt anew (RFC 9309, 2.4), and tries silent hosts.
MAX_VISIT_S = 3_600.0
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


class Visit:
    """What is found out about hosts while their pages are read; good for MAX_VISIT_S."""

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._robots = _Robots(settings)
        self._silent: dict[str, int] = {}
        self.began = time.monotonic()

    async def fetch(self, web: Web, entry: Entry) -> Response | Failure:
        """The answer to an entry's link; a defect of ours costs it a try, not the run."""
        try:
            return await self._fetch(web, entry)
        except Exception as error:
            LOG.exception("%s: cannot be fetched", entry.url)
            return Failure("defect", f"{type(error).__name__}: {error}", True)

    async def _fetch(self, web: Web, entry: Entry) -> Response | Failure:
        host = host_of(entry.url)
        if self._silent.get(host, 0) >= HOST_TRIES:
            return Failure("host-down", f"{host} gave no answer {HOST_TRIES} times in a row", True)
        if self._settings.respect_robots and entry.url:
            refusal = await self._robots.refusal(web, entry.url)
            if refusal is not None:
                return refusal
        answer = await web.get(entry.url)
        silent = isinstance(answer, Failure) and answer.reason in NO_ANSWER
        self._silent[host] = self._silent.get(host, 0) + 1 if silent else 0
        return answer


def _output(entry: Entry, outcome: Page | Reject | Postponed) -> Any:
    reason = "page" if isinstance(outcome, Page) else outcome.reason
    LOG.info("fetched %s: %s", entry.url, reason)
    if isinstance(outcome, Reject):
        return beam.pvalue.TaggedOutput("rejects", outcome)
    return beam.pvalue.TaggedOutput("postponed", outcome) if isinstance(outcome, Postponed) else outcome


class _Fetch(CrawlHosts[Entry, Response | Failure]):
    """(host, entries) to pages; 'rejects' and 'postponed' besides."""

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__(settings)
        self.clock = clock

    def start_bundle(self) -> None:
        self._visit = Visit(self.settings)

    async def work(self, web: Web, job: Entry) -> Response | Failure:
        return await self._visit.fetch(web, job)

    def emit(self, job: Entry, result: Response | Failure) -> Iterator[Any]:
        yield _output(job, page_outcome(job, result, self.clock.now(), self.settings.max_attempts))


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


class _Follow(FollowHosts[Entry, Response | Failure]):
    """(host, entries, new or put off) to pages; 'rejects' and 'postponed' besides."""

    def setup(self) -> None:
        self._visit = Visit(self.settings)
        super().setup()

    def begin(self, work: Sequence[Entry | Postponed], memory: Any) -> tuple[list[Task], Any]:
        return [_task(one) for one in work], memory

    async def work(self, web: Web, job: Entry) -> Response | Failure:
        if time.monotonic() - self._visit.began > MAX_VISIT_S:
            self._visit = Visit(self.settings)
        return await self._visit.fetch(web, job)

    def end(self, job: Entry, result: Response | Failure, memory: Any) -> tuple[list[Any], list[Task], Any]:
        outcome = page_outcome(job, result, datetime.now(UTC), self.settings.max_attempts)
        left = [_task(outcome)] if isinstance(outcome, Postponed) else []
        return [_output(job, outcome)], left, memory


def _task(work: Entry | Postponed) -> Task:
    entry = work.entry if isinstance(work, Postponed) else work
    not_before = work.next_try_at.timestamp() if isinstance(work, Postponed) else 0.0
    return Task(f"{entry.attempts} {entry.keys[0]}", entry, not_before)


@beam.typehints.with_input_types(tuple[str, bytes])
class FollowPages(beam.PTransform):
    """(host, packed Entries and Postponed) to (pages: Page, rejects: Reject, postponed: Postponed).

    FetchPages for an endless job: what is put off is tried again when it is time.
    """

    def __init__(self, settings: FetchSettings) -> None:
        super().__init__()
        self.settings = settings

    def expand(self, hosts: beam.PCollection[tuple[str, bytes]]) -> tuple[Any, Any, Any]:
        followed = hosts | beam.ParDo(_Follow(self.settings)).with_outputs(
            "rejects", "postponed", main="pages"
        )
        followed.pages.element_type = Page
        followed.rejects.element_type, followed.postponed.element_type = Reject, Postponed
        return followed.pages, followed.rejects, followed.postponed
