"""Measure the peak memory of runs over more and more pages; it should stay flat.

    python -m benchmarks.studies.memory PAGES.jsonl [--pages 1000 4000]

The set is served repeatedly under new ids, so that a longer run repeats the shorter one. Peak resident memory
is the operating system's own figure for the finished process.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.lib.timed import served


def peak_mb(command: list[str]) -> float:
    """Run a command and return its peak resident memory in MB; Linux reports kilobytes."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"exit status {process.returncode}: {' '.join(command)}")
    return usage.ru_maxrss / 1024


def main() -> None:
    """Print the peak for each number of pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", type=Path)
    parser.add_argument("--pages", type=int, nargs="+", default=[1_000, 4_000])
    args = parser.parse_args()
    for pages in args.pages:
        with tempfile.TemporaryDirectory() as name, served(args.set, Path(name), pages) as config:
            started = time.perf_counter()
            peak = peak_mb([sys.executable, "-m", "copytaster", "run", str(config)])
            taken = time.perf_counter() - started
        print(f"{pages:>7,} pages  {peak:7.0f} MB peak  {taken:6.1f} s  {pages / taken:5.1f} pages a second")


if __name__ == "__main__":
    main()
