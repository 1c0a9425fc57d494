"""ExtractArticles: pages to articles, or to rejects with a reason."""

from __future__ import annotations

import multiprocessing
import multiprocessing.forkserver
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, TimeoutError
from typing import Any, NamedTuple

import apache_beam as beam
import pebble
from apache_beam.transforms.window import BoundedWindow
from apache_beam.utils.timestamp import Timestamp

from transforms.extract.article import extract_article
from transforms.outputs import windowed
from transforms.reasons import Reason
from transforms.records import Article, Page, Reject

__all__ = ["ExtractArticles", "Extracted", "extract_article", "outcome_of", "warm_up"]

MAX_PAGE_S = 30.0
"""Maximum seconds per page.

The slowest of 123 labelled pages takes 0.3 s; a page of 5 MB, the default limit, some seconds.
"""
MAX_PAGES_IN_FLIGHT = 4
"""Maximum pages in flight per process: enough to keep it busy, few enough to bound memory."""
MAX_PAGES_PER_PROCESS = 2_000
"""Pages after which a process is replaced, since the caches of lxml and trafilatura grow slowly."""


def warm_up(*preload: str) -> None:
    """Start the fork server of the extraction processes, so that its imports run in parallel with ours.

    It imports the modules named in `preload` first. Optional: without it, each process imports for itself.
    """
    multiprocessing.set_forkserver_preload([*preload, "transforms.extract.warm"])
    multiprocessing.forkserver.ensure_running()


class _Extract(beam.DoFn):
    """Extracts pages in separate processes, so that no page can stall or kill a worker."""

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
            yield self._next_outcome()

    def finish_bundle(self) -> Iterator[Any]:
        while self._pending:
            yield self._next_outcome()

    def _next_outcome(self) -> Any:
        future, page, window, timestamp = self._pending.popleft()
        outcome = outcome_of(future, page)
        tagged = beam.pvalue.TaggedOutput("rejects", outcome) if isinstance(outcome, Reject) else outcome
        return windowed(tagged, window, timestamp)


def outcome_of(future: Future[Article | Reject], page: Page) -> Article | Reject:
    """Return the outcome of a page from another process; reject a page that stalls or kills it."""
    try:
        return future.result()
    except TimeoutError:
        reason, detail = Reason.TOO_SLOW, f"not extracted within {MAX_PAGE_S:g} s"
    except pebble.ProcessExpired as error:
        reason, detail = Reason.BROKEN_PAGE, f"the process that read it died: {error}"
    except Exception as error:  # Extraction failed without a reject, for example for lack of memory.
        reason, detail = Reason.BROKEN_PAGE, f"{type(error).__name__}: {error}"
    return Reject.of(page.entry, "extract", reason, detail, page.fetched_at)


class Extracted(NamedTuple):
    """The outcomes of pages: each page has one, in either collection."""

    articles: beam.PCollection[Article]
    rejects: beam.PCollection[Reject]


@beam.typehints.with_input_types(Page)
class ExtractArticles(beam.PTransform):
    """Extract the articles of pages in separate processes, `processes` per worker."""

    def __init__(self, processes: int = 1) -> None:
        super().__init__()
        self.processes = processes

    def expand(self, pages: beam.PCollection[Page]) -> Extracted:
        outputs = pages | beam.ParDo(_Extract(self.processes)).with_outputs("rejects", main="articles")
        outputs.articles.element_type, outputs.rejects.element_type = Article, Reject
        return Extracted(outputs.articles, outputs.rejects)
