"""FetchPages: fetch the pages of entries politely; failures are rejected or postponed."""

from __future__ import annotations

import dataclasses
import functools
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import apache_beam as beam

from transforms.reasons import Reason
from transforms.records import Clock, Entry, Page, Postponed, Reject
from transforms.web.bounded import BatchHosts
from transforms.web.challenges import is_challenge
from transforms.web.circuit import CircuitBreaker
from transforms.web.client import Failure, FetchSettings, Response, Web
from transforms.web.robots import Robots
from transforms.web.unbounded import StreamHosts, Task

# First wait before another attempt. It doubles each time, so four attempts span at least 1 h 45 min.
MIN_RETRY_WAIT = timedelta(minutes=15)
# Retry-After has been seen at 88 hours (rss-fetcher); no entry waits longer than this.
MAX_RETRY_WAIT = timedelta(days=1)
HTML_TYPES = frozenset({"", "text/html", "application/xhtml+xml", "application/xml", "text/xml"})
# Types that servers send for HTML when they do not know; the first bytes decide.
UNSURE_TYPES = frozenset({"text/plain", "application/octet-stream"})

LOG = logging.getLogger("copytaster.fetch")


def page_outcome(
    entry: Entry, answer: Response | Failure, at: datetime, max_attempts: int
) -> Page | Reject | Postponed:
    """Turn an entry's response into its outcome: a page, a reject, or postponed."""
    if isinstance(answer, Response) and not looks_like_html(answer):
        answer = Failure(
            Reason.NOT_HTML, f"served as {answer.content_type or 'no type'}: {answer.url}", False
        )
    if isinstance(answer, Response) and is_challenge(answer.body):
        answer = Failure(Reason.BLOCKED, f"a challenge instead of the page: {answer.url}", False)
    if isinstance(answer, Response):
        return Page(entry, answer.url, answer.body, answer.charset, at)
    attempts = entry.attempts + 1
    if answer.temporary and attempts < max_attempts:
        again = dataclasses.replace(entry, attempts=attempts)
        return Postponed(again, answer.reason, at + retry_delay(attempts, answer.retry_after_s))
    return Reject.of(entry, "fetch", answer.reason, answer.detail, at)


def retry_delay(attempts: int, asked_s: float | None) -> timedelta:
    """Return the wait after some attempts: doubled each time, at least the server's request, at most a
    day."""
    asked = timedelta(seconds=min(asked_s or 0, MAX_RETRY_WAIT.total_seconds()))
    doubled: timedelta = MIN_RETRY_WAIT * 2 ** min(attempts - 1, 10)
    return min(max(doubled, asked), MAX_RETRY_WAIT)


def looks_like_html(response: Response) -> bool:
    """Return True if a body is HTML, by its type, or by its first bytes if the type is vague."""
    if response.content_type in HTML_TYPES:
        return True
    return response.content_type in UNSURE_TYPES and b"<" in response.body[:1024].lstrip()[:16]


class Visit:
    """Findings about hosts while their pages are fetched: robots.txt and failures."""

    def __init__(self, settings: FetchSettings) -> None:
        self._robots = Robots(settings) if settings.respect_robots else None
        self._hosts = CircuitBreaker()

    async def fetch(self, web: Web, entry: Entry) -> Response | Failure:
        """Fetch an entry's link; a defect of ours costs it an attempt, not the run."""
        try:
            obeyed = functools.partial(self._robots.refusal, web) if self._robots else None
            return await self._hosts.get(web, entry.url, refusal=obeyed)
        except Exception as error:
            LOG.exception("%s: cannot be fetched", entry.url)
            return Failure(Reason.DEFECT, f"{type(error).__name__}: {error}", True)


def _output(entry: Entry, outcome: Page | Reject | Postponed) -> Any:
    reason = "page" if isinstance(outcome, Page) else outcome.reason
    LOG.info("fetched %s: %s", entry.url, reason)
    if isinstance(outcome, Reject):
        return beam.pvalue.TaggedOutput("rejects", outcome)
    return beam.pvalue.TaggedOutput("postponed", outcome) if isinstance(outcome, Postponed) else outcome


class _Fetch(BatchHosts[Entry, Response | Failure]):
    """(host, entries) to pages, with outputs 'rejects' and 'postponed'."""

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__(settings)
        self.clock = clock

    def setup(self) -> None:
        # One visit for all bundles of the worker, so findings about a host hold for the whole run.
        self._visit = Visit(self.settings)
        super().setup()

    async def work(self, web: Web, job: Entry) -> Response | Failure:
        return await self._visit.fetch(web, job)

    def emit(self, job: Entry, result: Response | Failure) -> Iterator[Any]:
        yield _output(job, page_outcome(job, result, self.clock.now(), self.settings.max_attempts))


@beam.typehints.with_input_types(tuple[str, tuple[Entry, ...]])
class FetchPages(beam.PTransform):
    """(host, its entries) to (pages: Page, rejects: Reject, postponed: Postponed), one outcome per entry.

    Keep the step that reads the pages in the same stage, without a shuffle between: HTML is by far the
    largest value in the pipeline.
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


class _StreamPages(StreamHosts[Entry, Response | Failure]):
    """(host, new or postponed entries) to pages, with outputs 'rejects' and 'postponed'."""

    def setup(self) -> None:
        self._visit = Visit(self.settings)
        super().setup()

    def begin(self, work: Sequence[Entry | Postponed], memory: Any) -> tuple[list[Task], Any]:
        return [_task(item) for item in work], memory

    async def work(self, web: Web, job: Entry) -> Response | Failure:
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
class StreamPages(beam.PTransform):
    """(host, packed Entries and Postponed) to (pages: Page, rejects: Reject, postponed: Postponed).

    FetchPages for a streaming job: postponed entries are tried again when they are due.
    """

    def __init__(self, settings: FetchSettings) -> None:
        super().__init__()
        self.settings = settings

    def expand(self, hosts: beam.PCollection[tuple[str, bytes]]) -> tuple[Any, Any, Any]:
        fetched = hosts | beam.ParDo(_StreamPages(self.settings)).with_outputs(
            "rejects", "postponed", main="pages"
        )
        fetched.pages.element_type = Page
        fetched.rejects.element_type, fetched.postponed.element_type = Reject, Postponed
        return fetched.pages, fetched.rejects, fetched.postponed
