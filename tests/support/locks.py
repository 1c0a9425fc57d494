"""Locks in other processes, an object store in memory, and filesystems that fail."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from apache_beam.io.filesystem import FileMetadata
from apache_beam.io.filesystems import FileSystems
from apache_beam.io.localfilesystem import LocalFileSystem

# Takes a lock on command, answers with the result, and keeps the lock until it is told to release it.
WORKER = """
import multiprocessing, subprocess, sys, time
from pipeline.dataset import lock
lock.PAUSE_S = 0.1
context = multiprocessing.get_context("forkserver")
held = None
print("ready", flush=True)
for line in sys.stdin:
    command, *values = line.split()
    answer = "done"
    if command in ("file", "lease"):
        output, *lease = values
        held = lock.LeaseLock(output, float(lease[0]), 0.1) if lease else lock.FileLock(output)
        try:
            held.acquire("a run")
            answer = "held"
        except lock.BusyError:
            held, answer = None, "busy"
    elif command == "release" and held:
        held.release()
        held = None
    elif command == "children":
        extractor = context.Process(target=time.sleep, args=(60,))
        extractor.start()
        answer = f"{extractor.pid} {subprocess.Popen(['sleep', '60'], close_fds=False).pid}"
    print(answer, flush=True)
"""


class Worker:
    """A process that takes locks."""

    def __init__(self) -> None:
        command = [sys.executable, "-W", "ignore", "-c", WORKER]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def send(self, *command: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(" ".join(map(str, command)) + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def ask(self, *command: object) -> str:
        self.send(*command)
        return self.answer()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def started(count: int) -> Iterator[list[Worker]]:
    """Start workers, and kill them at the end of the block."""
    workers = [Worker() for _ in range(count)]
    try:
        assert [worker.answer() for worker in workers] == ["ready"] * count
        yield workers
    finally:
        for worker in workers:
            worker.kill()


def race(pair: list[Worker], *command: object) -> list[str]:
    """Send a command to both workers at once, and return their answers, sorted."""
    for worker in pair:
        worker.send(*command)
    answers = sorted(worker.answer() for worker in pair)
    for worker in pair:
        worker.ask("release")
    return answers


class Shelf(LocalFileSystem):
    """An object store, shelf://. Objects appear when they are closed, dated to the second."""

    objects: ClassVar[dict[str, tuple[bytes, float]]] = {}

    @classmethod
    def scheme(cls) -> str:
        return "shelf"

    def has_dirs(self) -> bool:
        return False

    def create(self, path: str, *_: object, **__: object) -> io.BytesIO:
        class Upload(io.BytesIO):
            def close(self) -> None:
                Shelf.objects[path] = self.getvalue(), float(int(time.time()))
                super().close()

        return Upload()

    def open(self, path: str, *_: object, **__: object) -> io.BytesIO:
        return io.BytesIO(self.objects[path][0])

    def _list(self, prefix: str) -> Iterator[FileMetadata]:
        for path, (content, updated) in sorted(self.objects.items()):
            if path.startswith(prefix):
                yield FileMetadata(path, len(content), updated)

    def delete(self, paths: list[str]) -> None:
        for path in paths:
            del self.objects[path]


def locks_in(folder: Path) -> list[str]:
    """Return the names of the leases on a dataset."""
    return sorted(path.name for path in folder.glob("_locks/*"))


def write_lease(folder: Path, name: str, seconds_ago: float) -> Path:
    """Write a lease that was last renewed a while ago."""
    path = folder / "_locks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("{}")
    os.utime(path, (time.time() - seconds_ago,) * 2)
    return path


def dated(change: Callable[[float], float]) -> Callable[[list[str]], Any]:
    """Return the FileSystems.match of a store with its own clock."""
    match = FileSystems.match

    def changed(patterns: list[str]) -> Any:
        results = match(patterns)
        for item in results[0].metadata_list:
            item.last_updated_in_seconds = change(item.last_updated_in_seconds)
        return results

    return changed


def failing(error: Exception) -> Callable[..., Any]:
    """Return a function that raises an error."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def state_of(pid: int) -> str:
    """Return the state of a process as Linux has it; Z or X if it is dead."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
