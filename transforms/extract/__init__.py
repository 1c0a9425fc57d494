"""ExtractArticles: pages to articles, or to rejects with a reason."""

from __future__ import annotations

import multiprocessing
import multiprocessing.forkserver
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, TimeoutError
from typing import Any

import apache_beam as beam
import pebble
from apache_beam.transforms.window import BoundedWindow
from apache_beam.utils.timestamp import Timestamp

from transforms.extract.article import extract_article
from transforms.outputs import windowed
from transforms.reasons import Reason
from transforms.records import Article, Page, Reject

__all__ = ["ExtractArticles", "extract_article", "outcome_of", "warm_up"]

# The slowest of 123 labelled pages takes 0.3 s; a page of 5 MB, the default limit, some seconds.
MAX_PAGE_S = 30.0
# Pages in flight per process: enough to keep it busy, few enough to bound memory.
MAX_PAGES_IN_FLIGHT = 4
# Pages after which a process is replaced: lxml and trafilatura's caches grow slowly.
MAX_PAGES_PER_PROCESS = 2_000


def warm_up(*preload: str) -> None:
    """Start the server process that extraction processes fork from, so that its imports run in parallel.

    `preload` names modules that it imports first.
    """
    multiprocessing.set_forkserver_preload([*preload, "transforms.extract.warm"])
    multiprocessing.forkserver.ensure_running()


class _Extract(beam.DoFn):
    """Pages to articles in separate processes, so that no page can stall or kill a worker."""

    def __init__(self, processes: int) -> None:
        self.processes = processes

    def setup(self) -> None:
        self._pool = pebble.ProcessPool(
            max_workers=self.processes,
            max_tasks=MAX_PAGES_PER_PROCESS,
            context=multiprocessing.get_context("forkserver"),
        )

    def teardown(self) -> None:
        self._pool.stop()
        self._pool.join()

    def start_bundle(self) -> None:
        self._pending: deque[tuple[Future[Article | Reject], Page, BoundedWindow, Timestamp]] = deque()

    def process(
        self,
        element: Page,
        window: BoundedWindow = beam.DoFn.WindowParam,
        timestamp: Timestamp = beam.DoFn.TimestampParam,
    ) -> Iterator[Any]:
        future = self._pool.schedule(extract_article, args=[element], timeout=MAX_PAGE_S)
        self._pending.append((future, element, window, timestamp))
        while self._pending and (
            self._pending[0][0].done() or len(self._pending) > MAX_PAGES_IN_FLIGHT * self.processes
        ):
            yield self._first()

    def finish_bundle(self) -> Iterator[Any]:
        while self._pending:
            yield self._first()

    def _first(self) -> Any:
        future, page, window, timestamp = self._pending.popleft()
        outcome = outcome_of(future, page)
        tagged = beam.pvalue.TaggedOutput("rejects", outcome) if isinstance(outcome, Reject) else outcome
        return windowed(tagged, window, timestamp)


def outcome_of(future: Future[Article | Reject], page: Page) -> Article | Reject:
    """Return the outcome of a page from another process; a page that stalls or kills it is rejected."""
    try:
        return future.result()
    except TimeoutError:
        reason, detail = Reason.TOO_SLOW, f"not extracted within {MAX_PAGE_S:g} s"
    except pebble.ProcessExpired as error:
        reason, detail = Reason.BROKEN_PAGE, f"the process that read it died: {error}"
    except Exception as error:  # Failures that extraction could not return as values, such as lack of memory.
        reason, detail = Reason.BROKEN_PAGE, f"{type(error).__name__}: {error}"
    return Reject.of(page.entry, "extract", reason, detail, page.fetched_at)


@beam.typehints.with_input_types(Page)
class ExtractArticles(beam.PTransform):
    """Pages to (articles: Article, rejects: Reject), one outcome per page, in `processes` processes."""

    def __init__(self, processes: int = 1) -> None:
        super().__init__()
        self.processes = processes

    def expand(self, pages: beam.PCollection[Page]) -> tuple[Any, Any]:
        extracted = pages | beam.ParDo(_Extract(self.processes)).with_outputs("rejects", main="articles")
        extracted.articles.element_type, extracted.rejects.element_type = Article, Reject
        return extracted.articles, extracted.rejects
