"""The same newsroom through each runner: the rows have to be the same.

    python -m benchmarks.gates.runners [SET.jsonl] [--pages 988] [--runners fnapi workers prism ...]

Compares (article_id, story_id, country, region) of all rows with those of the first runner. Without a set
it serves the sample newsroom that ships with the project. `make prism` and `make job-servers` install
Prism, Flink and Spark. Workers of flink and spark are threads of the launcher (LOOPBACK). With -pool they
are processes of a worker pool (EXTERNAL), which share nothing with it but the files of the dataset.
flink-cluster is one JobManager and two TaskManagers, with a worker pool.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from benchmarks.lib.job_servers import flink_cluster, job_server
from benchmarks.lib.timed import served
from pipeline.demo.newsroom import serve_newsroom, write_config
from tests.support.workers import worker_pool

Server = Callable[[], contextlib.AbstractContextManager[str]]
LOCAL = {
    "fnapi": (),
    "workers": ("--direct_running_mode=multi_processing", "--direct_num_workers=2"),
    "prism": ("--runner=PrismRunner",),
}
SERVERS: dict[str, tuple[Server, bool]] = {
    "flink": (lambda: job_server("flink"), False),
    "spark": (lambda: job_server("spark"), False),
    "flink-pool": (lambda: job_server("flink"), True),
    "spark-pool": (lambda: job_server("spark"), True),
    "flink-cluster": (flink_cluster, True),
}
"""The server to start for a runner, and whether its workers come from a pool."""


@contextlib.contextmanager
def options_of(runner: str) -> Iterator[tuple[str, ...]]:
    """Yield Beam's options for a runner; its servers run within the block."""
    if runner in LOCAL:
        yield LOCAL[runner]
        return
    server, pooled = SERVERS[runner]
    with contextlib.ExitStack() as stack:
        endpoint = stack.enter_context(server())
        workers = ["--environment_type=LOOPBACK"]
        if pooled:
            pool = stack.enter_context(worker_pool())
            workers = ["--environment_type=EXTERNAL", f"--environment_config={pool}"]
        if runner == "flink-cluster":
            workers.append("--parallelism=2")
        yield ("--runner=PortableRunner", f"--job_endpoint={endpoint}", *workers)


@contextlib.contextmanager
def newsroom(articles: Path | None, pages: int, folder: Path) -> Iterator[Path]:
    """Yield a config over a set, or over the sample newsroom, served until the block ends."""
    if articles:
        with served(articles, folder, pages) as config:
            yield config
    else:
        with serve_newsroom() as sample:
            yield write_config(folder, sample, str(folder / "news"))


def rows(output: Path) -> set[tuple[str, ...]]:
    """Return the filed rows."""
    tables = [table for table in ("articles", "copies") if (output / table).exists()]
    pattern = [f"{output}/{table}/**/*.parquet" for table in tables]
    query = "select article_id, story_id, country, region from read_parquet({}, union_by_name=true, {})"
    return set(duckdb.sql(query.format(pattern, "hive_partitioning=true")).fetchall())


def main() -> int:
    """Print a line per runner; return 1 if one differs or fails."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", type=Path, nargs="?")
    parser.add_argument("--pages", type=int, default=0)
    known = [*LOCAL, *SERVERS]
    parser.add_argument(
        "--runners", nargs="+", choices=known, default=["fnapi", "workers", "prism", "flink", "spark"]
    )
    args = parser.parse_args()
    expected: set[tuple[str, ...]] | None = None
    wrong = False
    with tempfile.TemporaryDirectory() as name, newsroom(args.set, args.pages, Path(name)) as config:
        for runner in args.runners:
            output = Path(name, runner)
            command = [sys.executable, "-m", "copytaster", "run", str(config), "--output", str(output), "--"]
            with options_of(runner) as options:
                started = time.perf_counter()
                done = subprocess.run([*command, *options], check=False, capture_output=True, text=True)
                taken = time.perf_counter() - started
            if done.returncode:
                wrong = True
                print(f"{runner:<14} failed: {done.stderr.strip()[-1000:]}", flush=True)
                continue
            filed = rows(output)
            expected = filed if expected is None else expected
            wrong = wrong or filed != expected
            difference = f"{len(filed ^ expected)} differ" if filed != expected else "the same"
            print(f"{runner:<14} {len(filed):6,} rows in {taken:6.1f} s: {difference}", flush=True)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
