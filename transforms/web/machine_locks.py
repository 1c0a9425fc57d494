"""Locks per host among all processes of a machine.

Work is keyed by host, so one worker reads a host. But another may have polled its feed a moment ago, and
redirects lead anywhere.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import logging
import os
import struct
import tempfile
import time
import zlib
from pathlib import Path

# Hosts that share a slot wait for each other needlessly: of 1,000 hosts 15 do. The file has 512 KB at most.
PLACES = 65_536
# Seconds between two checks whether another process has released a host.
LOOK_S = 0.02

_ENDED = struct.Struct("d")

LOG = logging.getLogger("copytaster.web")


class MachineLocks:
    """A file with a slot per host: locked during a request, and holding the time when the last one ended.

    The kernel holds the lock, so it ends with its process. Within one process it excludes nothing.
    """

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def take(self, host: str, delay_s: float) -> float:
        """Return 0 if it is the caller's turn, else seconds until the next try."""
        at = _place(host)
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, _ENDED.size, at)
        except OSError as error:  # A filesystem without locks must not keep pages from being read.
            return LOOK_S if error.errno in (errno.EAGAIN, errno.EACCES) else 0.0
        said = os.pread(self._file, _ENDED.size, at)
        # All processes share one clock, which starts with the machine. A later time is from before the last
        # boot.
        since_s = time.monotonic() - (_ENDED.unpack(said)[0] if len(said) == _ENDED.size else 0.0)
        if 0 <= since_s < delay_s:
            self._unlock(at)
            return delay_s - since_s
        return 0.0

    def leave(self, host: str) -> None:
        """End the caller's turn."""
        at = _place(host)
        with contextlib.suppress(OSError):
            os.pwrite(self._file, _ENDED.pack(time.monotonic()), at)
        self._unlock(at)

    def _unlock(self, at: int) -> None:
        with contextlib.suppress(OSError):
            fcntl.lockf(self._file, fcntl.LOCK_UN, _ENDED.size, at)


def _place(host: str) -> int:
    return zlib.crc32(host.encode()) % PLACES * _ENDED.size


@functools.cache
def turns() -> MachineLocks | None:
    """Return the locks of this machine and user; None if no file can be made, so that each process goes on
    alone."""
    path = Path(tempfile.gettempdir()) / f"copytaster-hosts-{os.getuid()}"
    try:
        return MachineLocks(str(path))
    except OSError as error:
        LOG.warning("%s: %s: processes will not coordinate their requests to a host", path, error.strerror)
        return None
