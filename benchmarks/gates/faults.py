"""Faults: runs are killed, disks fill, two runs start at once. Nothing may be lost or filed twice.

    python -m benchmarks.gates.faults kills [--every 1] [--random 20]
    python -m benchmarks.gates.faults full [--sizes 40]         (Linux: a small tmpfs in its own namespace)
    python -m benchmarks.gates.faults readonly                  (likewise)
    python -m benchmarks.gates.faults races [--rounds 20]
    python -m benchmarks.gates.faults many [--runs 50]

Each serves a small newsroom on loopback and runs copytaster as its users do. After each fault the next run
must finish the work: every article filed once, no copy without its story, `copytaster verify` clean. The
exit status is 1 if one run did not.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from pipeline.maintenance.verify import verify
from tests.support.newsroom import NOW, Newsroom, newsroom

LATER = timedelta(hours=1)
MAX_RUN_S = 120
"""Seconds that a run may take."""


@dataclasses.dataclass
class Ground:
    """A folder, a newsroom and the datasets that faults start from."""

    folder: Path
    site: Newsroom

    def command(self, output: Path, at: datetime) -> list[str]:
        """Return the arguments of a run."""
        return ["run", str(self.site.config), "--output", str(output), "--now", at.isoformat()]

    def run(self, output: Path, at: datetime, fatal: int | None = None) -> subprocess.CompletedProcess[str]:
        """Run as a process; `fatal` as in benchmarks.lib.killed."""
        program = (
            ["-m", "copytaster"]
            if fatal is None
            else ["-m", "benchmarks.lib.killed", str(output), str(fatal)]
        )
        return subprocess.run(
            [sys.executable, *program, *self.command(output, at)],
            capture_output=True, text=True, timeout=MAX_RUN_S, check=False,
        )  # fmt: skip

    def start(self, output: Path, at: datetime) -> subprocess.Popen[str]:
        """Start a run without waiting for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "copytaster", *self.command(output, at)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def copy(self, source: Path | None, name: str) -> Path:
        """Return a dataset to damage: a copy of another, or a new one."""
        output = self.folder / name
        shutil.rmtree(output, ignore_errors=True)
        if source:
            shutil.copytree(source, output)
        return output


def rows(output: Path) -> Counter[tuple[str, str]]:
    """Return the rows that a plain reader finds: (table, URL)."""
    filed: Counter[tuple[str, str]] = Counter()
    for table in ("articles", "copies", "rejects"):
        if any(output.glob(f"{table}/**/*.parquet")):
            query = f"select url from read_parquet('{output}/{table}/**/*.parquet')"
            filed.update((table, url) for (url,) in duckdb.connect().sql(query).fetchall())
    return filed


def urls(filed: Counter[tuple[str, str]]) -> Counter[str]:
    """Count how often each URL was filed or rejected."""
    counted: Counter[str] = Counter()
    for (_, url), times in filed.items():
        counted[url] += times
    return counted


def tables(filed: Counter[tuple[str, str]]) -> Counter[str]:
    """Count the rows of each table."""
    counted: Counter[str] = Counter()
    for (table, _), times in filed.items():
        counted[table] += times
    return counted


def faults_after_next_run(
    ground: Ground, output: Path, expected: Counter[tuple[str, str]], at: datetime
) -> str:
    """Return the faults of a dataset after the run that follows a disturbance; '' if there are none."""
    done = ground.run(output, at)
    if done.returncode or "Traceback" in done.stderr:
        return f"the next run: exit {done.returncode}: {done.stderr[-300:]}"
    filed = rows(output)
    if urls(filed) != urls(expected):
        lost, extra = urls(expected) - urls(filed), urls(filed) - urls(expected)
        return f"lost {sorted(lost)}, too often {sorted(extra)}"
    if tables(filed) != tables(expected):
        return f"{dict(tables(filed))}, expected {dict(tables(expected))}"
    return "; ".join(map(str, verify(str(output))))


@dataclasses.dataclass
class Stage:
    """A run to disturb."""

    name: str
    before: Path | None
    """The dataset that it starts from."""
    at: datetime
    rows_before: Counter[tuple[str, str]]
    rows_after: Counter[tuple[str, str]]


@contextlib.contextmanager
def prepared() -> Iterator[tuple[Ground, list[Stage]]]:
    """Yield a ground with two runs over it: on an empty dataset, and on an earlier run's."""
    with tempfile.TemporaryDirectory() as name, newsroom(Path(name)) as site:
        ground = Ground(Path(name), site)
        site.publish(4, 2, 1)
        base = ground.copy(None, "base")
        assert ground.run(base, NOW).returncode == 0
        site.publish(3, 3, 1)
        stages = []
        for number, before in enumerate((None, base)):
            after = ground.copy(before, f"after{number}")
            done = ground.run(after, NOW + LATER)
            assert done.returncode == 0, done.stderr
            known = rows(before) if before else Counter[tuple[str, str]]()
            stages.append(Stage(("first run", "later run")[number], before, NOW + LATER, known, rows(after)))
        yield ground, stages


def kills(every: int, at_random: int) -> int:
    """Kill runs before each change of a file, and at random times; return the number of faults."""
    bad = points = 0
    with prepared() as (ground, stages), ThreadPoolExecutor(2) as pool:
        for stage in stages:
            listed = ground.run(ground.copy(stage.before, "count"), stage.at, fatal=0)
            changes = [line for line in listed.stderr.splitlines() if " /" in line]
            numbers = range(1, len(changes) + 1, every)
            jobs: list[Callable[[], tuple[str, str]]] = [
                functools.partial(_kill_at, ground, stage, number, changes[number - 1]) for number in numbers
            ]
            chance = random.Random(stage.name)
            jobs += [
                functools.partial(_kill_after, ground, stage, chance.uniform(0.3, 4.0))
                for _ in range(at_random)
            ]
            for moment, fault in pool.map(lambda job: job(), jobs):
                points += 1
                if fault:
                    bad += 1
                    print(f"{stage.name}, {moment}: {fault}", flush=True)
            print(f"{stage.name}: {len(changes)} changes of files, {len(jobs)} kills", flush=True)
    print(f"{points} kills, {bad} of them lost an article, filed one twice or left a finding of verify")
    return bad


def _kill_at(ground: Ground, stage: Stage, number: int, change: str) -> tuple[str, str]:
    output = ground.copy(stage.before, f"kill{number}")
    done = ground.run(output, stage.at, fatal=number)
    killed = "" if done.returncode == -signal.SIGKILL else f"was not killed: {done.stderr[-200:]}"
    return f"before {change}", killed or _after_kill(ground, stage, output)


def _kill_after(ground: Ground, stage: Stage, seconds: float) -> tuple[str, str]:
    output = ground.copy(stage.before, f"kill-{seconds}")
    process = ground.start(output, stage.at)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.kill()
    process.communicate()
    return f"after {seconds:.2f} s", _after_kill(ground, stage, output)


def _after_kill(ground: Ground, stage: Stage, output: Path) -> str:
    manifests = len(list(output.glob("_runs/*.json")))
    committed = manifests > (len(list(stage.before.glob("_runs/*.json"))) if stage.before else 0)
    visible = rows(output)
    if not committed and visible != stage.rows_before:
        return f"rows of an uncommitted run are visible: {visible - stage.rows_before}"
    fault = faults_after_next_run(ground, output, stage.rows_after, stage.at + LATER)
    if not fault:
        shutil.rmtree(output)
    return fault


def full(sizes: int) -> int:
    """Run on disks of several sizes that are too small; return the number of faults."""
    bad = failed = 0
    with prepared() as (ground, stages), _small_disk(ground.folder / "disk") as resize:
        for stage in stages:
            step_kb = max(4, 3 * _used_kb(ground.folder / "after1") // sizes // 4 * 4)
            for number in range(sizes):
                output = ground.folder / "disk" / "news"
                resize(100_000)
                ground.copy(stage.before, "disk/news")
                resize(_used_kb(output) + 4 + number * step_kb)
                done = ground.run(output, stage.at)
                failed += bool(done.returncode)
                fault = _fault_of_message(done)
                if done.returncode and rows(output) != stage.rows_before:
                    fault = fault or "rows of a run that failed are visible"
                resize(100_000)
                fault = fault or faults_after_next_run(ground, output, stage.rows_after, stage.at + LATER)
                if fault:
                    bad += 1
                    print(f"{stage.name}, {number * step_kb + 4} KB free: {fault}", flush=True)
    print(
        f"{2 * sizes} runs on small disks, {failed} failed; "
        f"{bad} with an article lost or repeated, or a bad message"
    )
    return bad


def read_only() -> int:
    """Run on a read-only disk; return the number of faults."""
    with prepared() as (ground, stages), _small_disk(ground.folder / "disk") as resize:
        stage = stages[1]
        output = ground.copy(stage.before, "disk/news")
        resize(0)
        done = ground.run(output, stage.at)
        fault = _fault_of_message(done) or ("" if done.returncode == 2 else f"exit {done.returncode}")
        resize(100_000)
        fault = fault or faults_after_next_run(ground, output, stage.rows_after, stage.at + LATER)
    print(f"a run on a read-only disk: {fault or done.stderr.strip()}")
    return bool(fault)


def _fault_of_message(done: subprocess.CompletedProcess[str]) -> str:
    messages = [line for line in done.stderr.splitlines() if line.startswith("copytaster:")]
    if "Traceback" in done.stderr or (done.returncode and len(messages) != 1):
        return f"exit {done.returncode}, stderr: {done.stderr[-500:]}"
    return ""


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[Callable[[int], None]]:
    """Yield a tmpfs on a folder, and a function that resizes it in KB, 0 for read-only."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", str(folder)], check=True)

    def resize(size_kb: int) -> None:
        options = f"remount,rw,size={size_kb}k" if size_kb else "remount,ro"
        subprocess.run(["mount", "-o", options, str(folder)], check=True)

    try:
        yield resize
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _used_kb(folder: Path) -> int:
    """Return the KB that a tmpfs needs for the files of a folder: whole pages of 4 KB."""
    return sum(4 * -(-path.stat().st_size // 4096) for path in folder.rglob("*") if path.is_file())


def races(rounds: int) -> int:
    """Start two runs at once; return how often not exactly one did the work."""
    bad = refused = 0
    with prepared() as (ground, stages):
        stage = stages[1]
        for _ in range(rounds):
            output = ground.copy(stage.before, "race")
            both = [ground.start(output, stage.at) for _ in range(2)]
            errors = [process.communicate(timeout=MAX_RUN_S)[1] for process in both]
            statuses = sorted(process.returncode for process in both)
            refused += statuses == [0, 1]
            fault = "" if statuses in ([0, 1], [0, 0]) else f"exit {statuses}: {errors}"
            if statuses == [0, 1] and not any("in use by a run" in text for text in errors):
                fault = f"refused without naming the holder: {errors}"
            fault = fault or faults_after_next_run(ground, output, stage.rows_after, stage.at + LATER)
            if fault:
                bad += 1
                print(fault, flush=True)
    print(f"{rounds} rounds of two runs at once: {refused} times one was refused, {bad} rounds went wrong")
    return bad


def many(runs: int) -> int:
    """File a growing newsroom in many runs and in one; return 1 if they differ."""
    with tempfile.TemporaryDirectory() as name, newsroom(Path(name)) as site:
        ground = Ground(Path(name), site)
        many_runs, single_run = ground.folder / "many", ground.folder / "one"
        for number in range(runs):
            site.publish(1 + number % 3, copies=number % 2, gone=number % 10 == 9)
            done = ground.run(many_runs, NOW + number * timedelta(minutes=5))
            assert done.returncode == 0, done.stderr
        assert ground.run(single_run, NOW + runs * timedelta(minutes=5)).returncode == 0
        same_urls = urls(rows(many_runs)) == urls(rows(single_run))
        same_stories = stories(many_runs) == stories(single_run)
        findings = [*verify(str(many_runs)), *verify(str(single_run))]
        files = len(list((many_runs / "_state").rglob("*.*")))
    same = f"URLs {'equal' if same_urls else 'differ'}, stories {'equal' if same_stories else 'differ'}"
    print(
        f"{runs} runs against one over everything: {same}, {len(findings)} findings, {files} files of state"
    )
    return int(not (same_urls and same_stories) or bool(findings))


def stories(output: Path) -> set[frozenset[str]]:
    """Return the URLs of each story and its copies."""
    pattern = [f"{output}/{table}/**/*.parquet" for table in ("articles", "copies")]
    query = f"select list(url) from read_parquet({pattern}, union_by_name=true) group by story_id"
    return {frozenset(group) for (group,) in duckdb.connect().sql(query).fetchall()}


def main() -> int:
    """Run the chosen fault."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("fault", choices=["kills", "full", "readonly", "races", "many"])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--random", type=int, default=20)
    parser.add_argument("--sizes", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--runs", type=int, default=50)
    args = parser.parse_args()
    if args.fault in ("full", "readonly") and not os.environ.get("COPYTASTER_NAMESPACE"):
        command = ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "benchmarks.gates.faults"]
        environment = os.environ | {"COPYTASTER_NAMESPACE": "own"}
        return subprocess.run([*command, *sys.argv[1:]], env=environment, check=False).returncode
    work: dict[str, Callable[[], int]] = {
        "kills": lambda: kills(args.every, args.random),
        "full": lambda: full(args.sizes),
        "readonly": read_only,
        "races": lambda: races(args.rounds),
        "many": lambda: many(args.runs),
    }
    return int(work[args.fault]() > 0)


if __name__ == "__main__":
    sys.exit(main())
