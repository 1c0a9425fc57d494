"""The same newsroom through each runner: the same rows have to come out.

    python -m benchmarks.runners SET.jsonl [--pages 988] [--runners fnapi workers prism]

Compares (article_id, story_id, country, region) of all rows with those of the first
runner. Prism is put in place by `make prism`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks.run_time import served

RUNNERS = {
    "fnapi": (),
    "workers": ("--direct_running_mode=multi_processing", "--direct_num_workers=2"),
    "prism": ("--runner=PrismRunner",),
}


def rows(output: Path) -> set[tuple[str, ...]]:
    """What was filed."""
    tables = [table for table in ("articles", "copies") if (output / table).exists()]
    pattern = [f"{output}/{table}/**/*.parquet" for table in tables]
    query = "select article_id, story_id, country, region from read_parquet({}, union_by_name=true, {})"
    return set(duckdb.sql(query.format(pattern, "hive_partitioning=true")).fetchall())


def main() -> int:
    """Prints a line for each runner; exit status 1 where one differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", type=Path)
    parser.add_argument("--pages", type=int, default=0)
    parser.add_argument("--runners", nargs="+", choices=RUNNERS, default=list(RUNNERS))
    args = parser.parse_args()
    expected: set[tuple[str, ...]] | None = None
    differs = False
    with tempfile.TemporaryDirectory() as name, served(args.set, Path(name), args.pages) as config:
        for runner in args.runners:
            output = Path(name, runner)
            command = [sys.executable, "-m", "pipeline", "run", str(config), "--output", str(output), "--"]
            started = time.perf_counter()
            subprocess.run([*command, *RUNNERS[runner]], check=True, stdout=subprocess.DEVNULL)
            taken, found = time.perf_counter() - started, rows(output)
            expected = found if expected is None else expected
            differs = differs or found != expected
            apart = f"{len(found ^ expected)} differ" if found != expected else "the same"
            print(f"{runner:<8} {len(found):6,} rows in {taken:6.1f} s: {apart}", flush=True)
    return int(differs)


if __name__ == "__main__":
    sys.exit(main())
