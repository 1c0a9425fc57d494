"""Many hosts without end, for streaming jobs: no bundle waits for a host, so a slow site delays only itself.

Tasks wait in Beam state, keyed by host. An event loop of the worker's process does them outside of the
bundles, and a timer of the host collects results. If a worker dies, the next one starts its tasks again
from the state. transforms.web.bounded serves batch runs.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import (
    BagStateSpec,
    ReadModifyWriteStateSpec,
    TimerSpec,
    on_timer,
)
from apache_beam.utils.shared import Shared
from apache_beam.utils.timestamp import Timestamp

from transforms.store.coders import pack, unpack
from transforms.web.client import FetchSettings, Web

LOOK_S = 0.5
"""Seconds between two looks at a busy host; a result waits half of it on average."""
MAX_DONE = 128
"""Finished tasks of a host before its pending list is compacted."""
MAX_UNCOLLECTED = 64
"""Results that may wait in a worker; with pages of at most 5 MB this bounds its memory."""
UNCOLLECTED_S = 300.0
"""Seconds after which nobody will collect a result: the host's state has moved to another worker."""

MAX_SHUTDOWN_S = 2.0
"""Seconds that the end of a worker waits for connections to close."""

Job = TypeVar("Job")
Result = TypeVar("Result")


class Task(NamedTuple):
    """A job, its unique name within the host, and the epoch second before which it must not start."""

    name: str
    job: Any
    not_before: float = 0.0


class _Done(NamedTuple):
    task: Task
    result: Any
    at: float


class _Host:
    def __init__(self) -> None:
        self.names: set[str] = set()
        self.waiting: list[tuple[float, int, Task]] = []
        self.working = 0
        self.done: list[_Done] = []
        self.look_at = 0.0


class Background(Generic[Job, Result]):
    """Tasks of many hosts, done in a background thread; those of one host in sequence.

    `work(web, job)` is awaited in the event loop and must not raise. The methods may be called from any
    thread.
    """

    def __init__(self, settings: FetchSettings, work: Callable[[Web, Job], Awaitable[Result]]) -> None:
        self._settings = settings
        self._work = work
        self._hosts: dict[str, _Host] = {}
        self._numbers = itertools.count()
        self._guard = threading.Lock()
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._loop.run_forever, name="stream-hosts", daemon=True)
        thread.start()
        self._web = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        weakref.finalize(self, _end, self._loop, self._web, thread)

    async def _start(self) -> Web:
        self._slots = asyncio.Semaphore(self._settings.concurrency)
        self._room = asyncio.Semaphore(MAX_UNCOLLECTED)
        return await Web(self._settings).__aenter__()

    def submit(self, host: str, tasks: Iterable[Task]) -> None:
        """Add tasks of a host; tasks whose name is known are left as they are."""
        with self._guard:
            state = self._hosts.setdefault(host, _Host())
            for task in tasks:
                if task.name not in state.names:
                    state.names.add(task.name)
                    heapq.heappush(state.waiting, (task.not_before, next(self._numbers), task))
        self._loop.call_soon_threadsafe(self._go_on, host)

    def collect(self, host: str) -> list[tuple[Task, Result]]:
        """Return the finished tasks of a host with their results, each once."""
        with self._guard:
            self._forget_uncollected(host)
            state = self._hosts.get(host)
            if state is None:
                return []
            done, state.done = state.done, []
            state.names -= {item.task.name for item in done}
            state.look_at = 0.0
            if not state.names:
                del self._hosts[host]
        self._free(len(done))
        return [(item.task, item.result) for item in done]

    def look_at(self, host: str) -> float | None:
        """Return the epoch second at which to look for results; None if nothing is in progress.

        It stays the same until then, however often it is called.
        """
        now = time.time()
        with self._guard:
            state = self._hosts.get(host)
            if state is None:
                return None
            if state.look_at < now:
                sleeps = not (state.working or state.done) and state.waiting
                state.look_at = max(now + LOOK_S, state.waiting[0][0] if sleeps else 0.0)
            return state.look_at

    def _forget_uncollected(self, but: str) -> None:
        since = time.monotonic() - UNCOLLECTED_S
        for host, state in list(self._hosts.items()):
            if host != but and state.done and state.done[-1].at < since:
                self._free(len(state.done))
                state.names -= {item.task.name for item in state.done}
                state.done = []
                if not state.names:
                    del self._hosts[host]

    def _free(self, rooms: int) -> None:
        for _ in range(rooms):
            self._loop.call_soon_threadsafe(self._room.release)

    def _go_on(self, host: str) -> None:
        """Start the host's next task if it is due and no other is in progress."""
        with self._guard:
            state = self._hosts.get(host)
            if state is None or state.working or not state.waiting:
                return
            wait_s = state.waiting[0][0] - time.time()
            if wait_s > 0:
                self._loop.call_later(wait_s, self._go_on, host)
                return
            task = heapq.heappop(state.waiting)[2]
            state.working += 1
        running = self._loop.create_task(self._one(host, state, task))
        running.add_done_callback(lambda _: self._go_on(host))

    async def _one(self, host: str, state: _Host, task: Task) -> None:
        await self._room.acquire()
        async with self._slots:
            result = await self._work(self._web, task.job)
        with self._guard:
            state.working -= 1
            state.done.append(_Done(task, result, time.monotonic()))


def _end(loop: asyncio.AbstractEventLoop, web: Web, thread: threading.Thread) -> None:
    """Cancel tasks, close connections, end the thread."""

    async def close() -> None:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await web.__aexit__()
        loop.stop()

    asyncio.run_coroutine_threadsafe(close(), loop)
    if threading.current_thread() is not thread:  # The garbage collector may run in that very thread.
        thread.join(MAX_SHUTDOWN_S)


class StreamHosts(beam.DoFn, Generic[Job, Result]):
    """(host, packed work) to its results, sooner or later.

    Work is keyed by host, so two workers never visit one host at the same time. A subclass implements
    `begin` (work to tasks), `work` (does a task) and `end` (turns its result into elements). State of
    the host, None at first, passes through `begin` and `end` and is kept in Beam state.
    """

    MEMORY = ReadModifyWriteStateSpec("memory", BytesCoder())
    WAITING = BagStateSpec("waiting", BytesCoder())
    DONE = ReadModifyWriteStateSpec("done", BytesCoder())
    LOOK = TimerSpec("look", TimeDomain.REAL_TIME)

    def __init__(self, settings: FetchSettings) -> None:
        self.settings = settings
        self._shared = Shared()

    def begin(self, work: Any, memory: Any) -> tuple[list[Task], Any]:
        """Return the tasks of an element, and the host's new state."""
        raise NotImplementedError

    async def work(self, web: Web, job: Job) -> Result:
        """Do a job in the event loop's thread; it must not compute for long."""
        raise NotImplementedError

    def end(self, job: Job, result: Result, memory: Any) -> tuple[list[Any], list[Task], Any]:
        """Return the elements of a result, the tasks that remain, and the host's new state."""
        raise NotImplementedError

    def setup(self) -> None:
        """Join the background work of the worker's process."""
        self._background: Background[Job, Result] = self._shared.acquire(self._start)

    def _start(self) -> Background[Job, Result]:
        return Background(self.settings, self.work)

    def process(
        self,
        element: tuple[str, bytes],
        memory: Any = beam.DoFn.StateParam(MEMORY),
        waiting: Any = beam.DoFn.StateParam(WAITING),
        look: Any = beam.DoFn.TimerParam(LOOK),
    ) -> None:
        """Start the tasks of an element."""
        host, work = element
        before = memory.read()
        tasks, after = self.begin(unpack(work), unpack(before) if before else None)
        if after is not None:
            memory.write(pack(after))
        self._add(host, tasks, waiting)
        self._look_again(host, look)

    @on_timer(LOOK)
    def look(
        self,
        host: str = beam.DoFn.KeyParam,
        memory: Any = beam.DoFn.StateParam(MEMORY),
        waiting: Any = beam.DoFn.StateParam(WAITING),
        done: Any = beam.DoFn.StateParam(DONE),
        look: Any = beam.DoFn.TimerParam(LOOK),
    ) -> Iterator[Any]:
        """Emit the results that have arrived."""
        results = self._background.collect(host)
        if results:
            before = memory.read()
            state = unpack(before) if before else None
            for task, result in results:
                outputs, left, state = self.end(task.job, result, state)
                self._add(host, left, waiting)
                yield from outputs
            if state is not None:
                memory.write(pack(state))
        self._tidy(host, {task.name for task, _ in results}, waiting, done)
        self._look_again(host, look)

    def _add(self, host: str, tasks: list[Task], waiting: Any) -> None:
        for task in tasks:
            waiting.add(pack(task))
        if tasks:
            self._background.submit(host, tasks)

    def _tidy(self, host: str, finished: set[str], waiting: Any, done: Any) -> None:
        """Record finished tasks; periodically compact the pending list and restart orphaned tasks."""
        before = done.read()
        names = finished | (unpack(before) if before else set())
        if self._background.look_at(host) is not None and len(names) <= MAX_DONE:
            if finished:
                done.write(pack(names))
            return
        left = [task for task in map(unpack, waiting.read()) if task.name not in names]
        waiting.clear()
        done.clear()
        self._add(host, left, waiting)

    def _look_again(self, host: str, look: Any) -> None:
        at = self._background.look_at(host)
        if at is not None:
            look.set(Timestamp(at))
