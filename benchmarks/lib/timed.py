"""Served sets and the time of commands, for benchmarks that run copytaster."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

COPYTASTER = (sys.executable, "-m", "copytaster")


@contextlib.contextmanager
def served(articles: Path, folder: Path, pages: int = 0) -> Iterator[Path]:
    """Serve a set from its own process, and yield the config of a run that writes to folder/news."""
    config = folder / "run.yaml"
    command = [sys.executable, "-m", "benchmarks.lib.sites", str(articles), "--output", str(folder / "news")]
    command += ["--config-out", str(config), "--pages", str(pages)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin and server.stdout
        server.stdout.readline()
        yield config
        server.stdin.close()


def seconds(command: list[str]) -> float:
    """Return how long a command runs."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started
