"""Compare a whole run with a plain loop of trafilatura over the same pages, start-up included.

    python -m benchmarks.studies.run_time PAGES.jsonl [--rounds 5]

The loop reads the pages from disk and calls `bare_extraction` with metadata, in one process. The run polls
feeds, fetches the pages from a server on loopback (its own process), extracts, tags, groups and writes them.
Both are timed from outside and take turns. The result is the ratio within a round.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.lib.timed import seconds, served

LOOP = """
import gzip, json, pathlib, sys
import trafilatura
path = pathlib.Path(sys.argv[1])
for line in path.read_text(encoding="utf-8").split("\\n"):
    if line.strip():
        page = gzip.decompress((path.parent / json.loads(line)["html"]).read_bytes())
        trafilatura.bare_extraction(page, with_metadata=True)
"""


def main() -> None:
    """Print both times and their ratio, each as the median with minimum and maximum."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    loops, runs = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served(args.pages, folder) as config:
            for number in range(args.rounds + 1):
                loop = seconds([sys.executable, "-c", LOOP, str(args.pages)])
                output = str(folder / f"news{number}")
                run = seconds([sys.executable, "-m", "copytaster", "run", str(config), "--output", output])
                if number:  # The first round only warms the disk cache.
                    loops.append(loop)
                    runs.append(run)
    for label, values in (
        ("plain loop, s", loops),
        ("copytaster run, s", runs),
        ("ratio", [run / loop for run, loop in zip(runs, loops, strict=True)]),
    ):
        print(f"{label:<18} {statistics.median(values):6.2f}  ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main()
