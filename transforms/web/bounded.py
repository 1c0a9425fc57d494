"""Many hosts at once within a bundle, for batch runs: the bundle ends when its last page is read.

Use this on runners that end; transforms.web.unbounded serves streaming jobs. An event loop in its own
thread does the waiting, so the calling thread can parse and extract what has already arrived.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Generic, TypeVar

import apache_beam as beam
from apache_beam.transforms.window import BoundedWindow
from apache_beam.utils.timestamp import Timestamp

from transforms.outputs import windowed
from transforms.web.client import FetchSettings, Web

# Results held for the calling thread, in addition to those in flight. This bounds a worker's memory.
MAX_WAITING = 32

Job = TypeVar("Job")
Result = TypeVar("Result")
_Element = tuple[Any, BoundedWindow, Timestamp]


class HostQueue(Generic[Job, Result]):
    """Run jobs of many hosts concurrently, those of one host in sequence, and return results as they
    arrive.

    `work(web, job)` is awaited for each job in the event loop's thread. Use it as a context manager,
    and call `submit` and `results` from one thread.
    """

    def __init__(self, settings: FetchSettings, work: Callable[[Web, Job], Awaitable[Result]]) -> None:
        self._settings = settings
        self._work = work
        self._done: queue.SimpleQueue[tuple[Job, Result | BaseException]] = queue.SimpleQueue()
        self._open = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="batch-hosts", daemon=True)

    def __enter__(self) -> HostQueue[Job, Result]:
        self._thread.start()
        self._web = self._call(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _start(self) -> Web:
        self._hosts = asyncio.Semaphore(self._settings.concurrency)
        self._waiting = asyncio.Semaphore(MAX_WAITING + self._settings.concurrency)
        self._tasks: set[asyncio.Task[None]] = set()
        return await Web(self._settings).__aenter__()

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._web.__aexit__()

    def submit(self, jobs: Sequence[Job]) -> None:
        """Start the jobs of one host."""
        self._open += len(jobs)
        self._loop.call_soon_threadsafe(self._begin, jobs)

    def _begin(self, jobs: Sequence[Job]) -> None:
        task = self._loop.create_task(self._one_host(jobs))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _one_host(self, jobs: Sequence[Job]) -> None:
        async with self._hosts:
            for job in jobs:
                await self._waiting.acquire()
                try:
                    self._done.put((job, await self._work(self._web, job)))
                except Exception as error:
                    self._done.put((job, error))

    def results(self, *, wait: bool) -> Iterator[tuple[Job, Result]]:
        """Yield the results that are ready; with `wait`, all that were submitted.

        Raises whatever `work` raised. Outcomes are values, so that is a defect.
        """
        while self._open:
            try:
                job, result = self._done.get(block=wait)
            except queue.Empty:
                return
            self._open -= 1
            self._loop.call_soon_threadsafe(self._waiting.release)
            if isinstance(result, BaseException):
                raise result
            yield job, result


class BatchHosts(beam.DoFn, Generic[Job, Result]):
    """(host, jobs) to their results: the hosts of a bundle in parallel, the jobs of one host in sequence.

    Jobs are keyed by host, so two workers never visit one host at the same time. A subclass implements
    `work`, which does a job on the event loop, and `emit`, which turns its result into elements.
    """

    def __init__(self, settings: FetchSettings) -> None:
        self.settings = settings

    async def work(self, web: Web, job: Job) -> Result:
        """Do a job in the event loop's thread; it must not compute for long."""
        raise NotImplementedError

    def emit(self, job: Job, result: Result) -> Iterable[Any]:
        """Yield the elements of a result, in the worker's own thread."""
        raise NotImplementedError

    def setup(self) -> None:
        """Start the event loop and its client."""
        self._queue: HostQueue[_Element, Result] = HostQueue(
            self.settings, lambda web, job: self.work(web, job[0])
        )
        self._queue.__enter__()

    def teardown(self) -> None:
        """Close connections."""
        self._queue.__exit__(None, None, None)

    def process(
        self,
        element: tuple[str, Iterable[Job]],
        window: BoundedWindow = beam.DoFn.WindowParam,
        timestamp: Timestamp = beam.DoFn.TimestampParam,
    ) -> Iterator[Any]:
        """Start a host's jobs, and emit the results that have arrived meanwhile."""
        self._queue.submit([(job, window, timestamp) for job in element[1]])
        yield from self._emitted(wait=False)

    def finish_bundle(self) -> Iterator[Any]:
        """Wait for everything that the bundle started."""
        yield from self._emitted(wait=True)

    def _emitted(self, *, wait: bool) -> Iterator[Any]:
        for (job, window, timestamp), result in self._queue.results(wait=wait):
            for output in self.emit(job, result):
                yield windowed(output, window, timestamp)
