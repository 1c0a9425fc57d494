"""FetchPages and StreamPages: read the pages of entries; reject or postpone entries that fail."""

from __future__ import annotations

import dataclasses
import functools
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import apache_beam as beam

from transforms.reasons import Reason
from transforms.records import Clock, Entry, Page, Postponed, Reject
from transforms.web.bounded import BatchHosts
from transforms.web.challenges import is_challenge
from transforms.web.circuit import CircuitBreaker
from transforms.web.client import Failure, FetchSettings, Response, Web
from transforms.web.content_types import LENIENT_HTML_TYPES, UNSURE_TYPES
from transforms.web.robots import Robots
from transforms.web.unbounded import StreamHosts, Task

FIRST_RETRY_WAIT = timedelta(minutes=15)
"""Wait before the second attempt. It doubles with each attempt, so four attempts span at least 1 h 45 min."""
MAX_RETRY_WAIT = timedelta(days=1)
"""Maximum wait between two attempts, whatever Retry-After asks for."""

LOG = logging.getLogger("copytaster.fetch")


class Fetched(NamedTuple):
    """Outputs of FetchPages and StreamPages: each entry is in one of them."""

    pages: beam.PCollection[Page]
    rejects: beam.PCollection[Reject]
    postponed: beam.PCollection[Postponed]


def page_outcome(
    entry: Entry, answer: Response | Failure, at: datetime, max_attempts: int
) -> Page | Reject | Postponed:
    """Return the page of an entry, or the entry rejected or postponed."""
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
        next_try_at = at + retry_delay(attempts, answer.retry_after_s)
        return Postponed(dataclasses.replace(entry, attempts=attempts), answer.reason, next_try_at)
    return Reject.of(entry, "fetch", answer.reason, answer.detail, at)


def retry_delay(attempts: int, requested_s: float | None) -> timedelta:
    """Return the wait after a number of failed attempts.

    It doubles with each attempt and is at least what the server requested, but never more than
    MAX_RETRY_WAIT.
    """
    requested = timedelta(seconds=min(requested_s or 0, MAX_RETRY_WAIT.total_seconds()))
    doubled: timedelta = FIRST_RETRY_WAIT * 2 ** min(attempts - 1, 10)
    return min(max(doubled, requested), MAX_RETRY_WAIT)


def looks_like_html(response: Response) -> bool:
    """Return True for HTML, by its content type or, if that is unsure, by the first bytes of its body."""
    if response.content_type in LENIENT_HTML_TYPES:
        return True
    return response.content_type in UNSURE_TYPES and b"<" in response.body[:1024].lstrip()[:16]


class PageFetcher:
    """Fetches pages and remembers the state of their hosts: robots.txt and circuit breaker."""

    def __init__(self, settings: FetchSettings) -> None:
        self._robots = Robots(settings) if settings.respect_robots else None
        self._breaker = CircuitBreaker()

    async def fetch(self, web: Web, entry: Entry) -> Response | Failure:
        """Return the answer to a request for the entry's page.

        An unexpected exception is a temporary failure: it costs the entry an attempt and does not stop
        the run.
        """
        try:
            refusal = functools.partial(self._robots.refusal, web) if self._robots else None
            return await self._breaker.get(web, entry.url, refusal=refusal)
        except Exception as error:
            LOG.exception("%s: unexpected error while fetching", entry.url)
            return Failure(Reason.DEFECT, f"{type(error).__name__}: {error}", True)


def _tagged(entry: Entry, outcome: Page | Reject | Postponed) -> Any:
    """Log an outcome and return it with the tag of its output; pages are the main output."""
    reason = "page" if isinstance(outcome, Page) else outcome.reason
    LOG.info("fetched %s: %s", entry.url, reason)
    if isinstance(outcome, Reject):
        return beam.pvalue.TaggedOutput("rejects", outcome)
    return beam.pvalue.TaggedOutput("postponed", outcome) if isinstance(outcome, Postponed) else outcome


def _fetched(hosts: beam.PCollection[Any], fetch: beam.DoFn) -> Fetched:
    """Apply a DoFn that yields what `_tagged` returns, and type its outputs."""
    outputs = hosts | beam.ParDo(fetch).with_outputs("rejects", "postponed", main="pages")
    outputs.pages.element_type = Page
    outputs.rejects.element_type, outputs.postponed.element_type = Reject, Postponed
    return Fetched(outputs.pages, outputs.rejects, outputs.postponed)


class _FetchHosts(BatchHosts[Entry, Response | Failure]):
    """(host, entries) to pages; other outputs are 'rejects' and 'postponed'."""

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__(settings)
        self.clock = clock

    def setup(self) -> None:
        # One fetcher for all bundles of the worker, so that it keeps the state of hosts for the whole run.
        self._fetcher = PageFetcher(self.settings)
        super().setup()

    async def work(self, web: Web, job: Entry) -> Response | Failure:
        return await self._fetcher.fetch(web, job)

    def emit(self, job: Entry, result: Response | Failure) -> Iterator[Any]:
        yield _tagged(job, page_outcome(job, result, self.clock.now(), self.settings.max_attempts))


@beam.typehints.with_input_types(tuple[str, tuple[Entry, ...]])
class FetchPages(beam.PTransform):
    """(host, its entries) to Fetched, for a batch run.

    Read the pages in the same stage, without a shuffle in between: HTML is by far the largest data in
    the pipeline.
    """

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__()
        self.settings, self.clock = settings, clock

    def expand(self, hosts: beam.PCollection[tuple[str, tuple[Entry, ...]]]) -> Fetched:
        return _fetched(hosts, _FetchHosts(self.settings, self.clock))


class _StreamHostPages(StreamHosts[Entry, Response | Failure]):
    """(host, new or postponed entries) to pages; other outputs are 'rejects' and 'postponed'."""

    def setup(self) -> None:
        self._fetcher = PageFetcher(self.settings)
        super().setup()

    def begin(self, work: Sequence[Entry | Postponed], memory: Any) -> tuple[list[Task], Any]:
        return [_task(item) for item in work], memory

    async def work(self, web: Web, job: Entry) -> Response | Failure:
        return await self._fetcher.fetch(web, job)

    def end(self, job: Entry, result: Response | Failure, memory: Any) -> tuple[list[Any], list[Task], Any]:
        outcome = page_outcome(job, result, datetime.now(UTC), self.settings.max_attempts)
        retries = [_task(outcome)] if isinstance(outcome, Postponed) else []
        return [_tagged(job, outcome)], retries, memory


def _task(work: Entry | Postponed) -> Task:
    entry = work.entry if isinstance(work, Postponed) else work
    not_before = work.next_try_at.timestamp() if isinstance(work, Postponed) else 0.0
    return Task(f"{entry.attempts} {entry.keys[0]}", entry, not_before)


@beam.typehints.with_input_types(tuple[str, bytes])
class StreamPages(beam.PTransform):
    """(host, packed Entry and Postponed records) to Fetched, for a streaming job.

    A postponed entry is in the output, and is fetched again at its `next_try_at`.
    """

    def __init__(self, settings: FetchSettings) -> None:
        super().__init__()
        self.settings = settings

    def expand(self, hosts: beam.PCollection[tuple[str, bytes]]) -> Fetched:
        return _fetched(hosts, _StreamHostPages(self.settings))
