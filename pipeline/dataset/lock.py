"""One run or compaction at a time on a dataset.

On a disk the kernel holds the lock, and releases it however its holder ends. On an object store a lock is
an object that its holder renews, because Beam has no compare-and-swap.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from apache_beam.io.filesystems import FileSystems

from pipeline.errors import BusyError, RunError

FILE, FOLDER = "_lock", "_locks"
LEASE_S = 300.0
"""Seconds without a renewal after which a lock is dead. A holder tolerates storage outages of up to half the
lease. After a crash, the next run waits up to one lease."""
RENEW_S = 30.0
"""Seconds between renewals: five in half a lease, so some may fail."""
MAX_TURNS, PAUSE_S = 6, 0.5
"""Tries to take a lock, and seconds between them. A rival gives way with a listing and a deletion, which take
1 s on a slow store."""
_NO_FLOCK = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)


class FileLock:
    """flock on a file that stays; its content only names the holder.

    Python closes its files in child processes that it executes, so no child that outlives a run keeps
    the lock.
    """

    def __init__(self, output: str) -> None:
        self.path = Path(output, FILE)

    def acquire(self, purpose: str) -> None:
        """Take the lock.

        Raises BusyError if it is held, OSError if the file cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, _holder(purpose), 0)
        except BaseException as error:
            os.close(self._file)
            if isinstance(error, BlockingIOError):
                raise _busy(str(self.path.parent), str(self.path)) from None
            raise

    def check(self) -> None:
        """Raise RunError if the file was deleted or replaced, since another process may hold the new one."""
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(self._file), self.path.stat()):
                return
        raise RunError(f"{self.path}: deleted while it was held; another run may be working on this dataset")

    def release(self) -> None:
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, 0)
        os.close(self._file)


def rivals(own: str, locks: Mapping[str, float], lease_s: float) -> list[str]:
    """Return the names of the other live locks, sorted.

    `locks` maps names to the time of their last renewal, in seconds by the store's clock. A lock is dead
    if its last renewal is more than a lease older than ours.
    """
    return sorted(name for name, renewed in locks.items() if name != own and locks[own] - renewed <= lease_s)


class LeaseLock:
    """A lock on any Beam filesystem with strongly consistent listings: S3 (since 2020), GCS.

    Every process writes its own object, then lists. It holds the dataset only if it lists no other live
    object. Two processes never hold it: of two that have written, the one that lists last sees the
    other. If several see each other, only the smallest name stays and lists again.

    The holder renews its object and relies on a renewal for half the lease, by the store's clock and by
    its own; a later renewal counts as a loss. Others grant it the whole lease. If they take it for
    dead, its holder knows, and a commit has the other half to finish.
    """

    def __init__(self, output: str, lease_s: float = LEASE_S, renew_s: float = RENEW_S) -> None:
        self.output, self.lease_s, self.renew_s = output, lease_s, renew_s
        self.folder, self.name = f"{output}/{FOLDER}", f"{secrets.token_hex(8)}.json"
        self._released = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lock", daemon=True)

    def acquire(self, purpose: str) -> None:
        """Take the lock.

        Raises BusyError if it is held, RunError if it was lost meanwhile, or the filesystem's error.
        """
        self._holder = _holder(purpose)
        try:
            for turn in range(MAX_TURNS):
                time.sleep(PAUSE_S if turn else 0)
                self._renewed = time.monotonic()
                locks = self._write_and_list()
                others = rivals(self.name, locks, self.lease_s)
                if not others or others[0] < self.name:
                    break
            if others:
                wait = f" (if that was killed, wait {self.lease_s:.0f} s)"
                raise _busy(self.output, f"{self.folder}/{others[0]}", wait)
            self._stored = locks[self.name]
            self._expect_in_time(self._stored)
        except BaseException:
            self._delete(self.name)
            raise
        for dead in locks.keys() - {self.name}:
            self._delete(dead)
        self._thread.start()

    def check(self) -> None:
        """Renew the lock. Raises RunError if it was lost, or the filesystem's error."""
        started = time.monotonic()
        self._list()  # Raises if the lock was deleted: it must not be written again.
        stored = self._write_and_list()[self.name]
        self._expect_in_time(stored)
        self._renewed, self._stored = started, stored

    def release(self) -> None:
        self._released.set()
        self._thread.join()
        self._delete(self.name)

    def _keep(self) -> None:
        while not self._released.wait(self.renew_s):
            # The next renewal may succeed; but after a loss, none does.
            with contextlib.suppress(Exception):
                self.check()

    def _expect_in_time(self, stored: float) -> None:
        since = max(stored - self._stored, time.monotonic() - self._renewed)
        if since > self.lease_s / 2:
            raise RunError(f"{self.output}: its lock was lost, it could not be renewed for {since:.0f} s")

    def _write_and_list(self) -> dict[str, float]:
        with FileSystems.create(f"{self.folder}/{self.name}", mime_type="application/json") as file:
            file.write(self._holder)
        return self._list()

    def _list(self) -> dict[str, float]:
        matches = FileSystems.match([f"{self.folder}/*.json"])[0].metadata_list
        locks = {item.path.rsplit("/", 1)[1]: item.last_updated_in_seconds for item in matches}
        if self.name not in locks:
            raise RunError(f"{self.folder}/{self.name}: deleted; another run may be working on this dataset")
        return locks

    def _delete(self, name: str) -> None:
        with contextlib.suppress(Exception):  # Already gone, or it expires by itself.
            FileSystems.delete([f"{self.folder}/{name}"])


Lock = FileLock | LeaseLock


@contextlib.contextmanager
def hold(output: str, purpose: str) -> Iterator[Lock]:
    """Hold the lock of a dataset while the block runs.

    `purpose` names the holder to others, such as "a run". Creates the folder if it does not exist. Raises
    BusyError if another process holds the dataset, RunError if the lock was lost meanwhile, and the OSError
    of an output that cannot be written.
    """
    lock: Lock = LeaseLock(output) if "://" in output else FileLock(output)
    try:
        lock.acquire(purpose)
    except OSError as error:
        if error.errno not in _NO_FLOCK:
            raise
        lock = LeaseLock(output)
        lock.acquire(purpose)
    try:
        yield lock
    finally:
        lock.release()


def _holder(purpose: str) -> bytes:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    holder = {"purpose": purpose, "host": socket.gethostname(), "pid": os.getpid(), "since": since}
    return json.dumps(holder).encode()


def _busy(output: str, held: str, remedy: str = "") -> BusyError:
    who = "another process"  # It may hold the lock and not have written its name yet.
    with contextlib.suppress(Exception), FileSystems.open(held) as file:
        who = "{purpose} on {host} (process {pid}) since {since}".format(**json.loads(file.read()))
    return BusyError(f"{output}: in use by {who}{remedy}; nothing was changed")
