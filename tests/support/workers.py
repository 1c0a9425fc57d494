"""Processes that serve Beam at a port: pools of Python workers."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

START_S = 60.0
"""Seconds within which a server listens after its start."""


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def listening(process: subprocess.Popen[bytes], port: int, log: Path) -> Iterator[str]:
    """Wait until a program listens; yield its address."""
    end = time.monotonic() + START_S
    while True:
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"did not start:\n{log.read_text(errors='replace')[-2000:]}")
        with contextlib.suppress(OSError), socket.create_connection(("localhost", port), 1.0):
            break
        time.sleep(0.2)
    yield f"localhost:{port}"


@contextlib.contextmanager
def worker_pool() -> Iterator[str]:
    """Yield the address of a pool that starts Python workers in their own processes (EXTERNAL)."""
    port = free_port()
    main = "apache_beam.runners.worker.worker_pool_main"
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        # The pool starts whatever is called python.
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        command = [sys.executable, "-m", main, f"--service_port={port}"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, env=os.environ | {"PATH": path}
            )
        try:
            with listening(process, port, log) as address:
                yield address
        finally:
            process.terminate()
            process.wait()
