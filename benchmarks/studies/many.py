"""Time and memory of a backfill as articles grow, on two workers: both should be linear at most.

    python -m benchmarks.studies.many [--articles 25000 100000]

Writes synthetic pages as WARC files: stories of 250 words, two thirds of the pages copies of one (cut, with
boilerplate of their publisher, every third word replaced), some stories carried by hundreds. Files them
with two worker processes through the whole graph, and prints seconds, the peak memory of a process and of
all together (resident, sampled from /proc), and the number of articles joined to the wrong story or to
none.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.gates.warc import response
from tests.support.newsroom import SYLLABLES
from tests.support.sites import article_page

FILES = 8
PUBLISHERS = 500
WORKERS = ("--direct_running_mode=multi_processing", "--direct_num_workers=2")
SAMPLED_S = 0.5
HOUSE = ("Sign up for the letter of {}.", "Follow {} for the latest.", "The story goes on below, says {}.")


def told(story: int) -> list[list[str]]:
    """Return the words of a story's paragraphs."""
    chance = random.Random(story)
    return [["".join(chance.choices(SYLLABLES, k=3)) for _ in range(42)] for _ in range(6)]


def copied(story: int, number: int, publisher: str) -> list[list[str]]:
    """Return a copy: cut or rewritten, with a boilerplate line."""
    chance = random.Random(f"{story} {number}")
    paragraphs = told(story)
    kind = number % 3
    if kind == 0:
        paragraphs = paragraphs[: chance.randint(3, 5)]
    elif kind == 1:
        for words in paragraphs:
            for place in chance.sample(range(len(words)), len(words) // 4):
                words[place] = "".join(chance.choices(SYLLABLES, k=3))
    return [*paragraphs, chance.choice(HOUSE).format(publisher).split()]


def pages(articles: int) -> Iterator[tuple[str, bytes]]:
    """Yield (URL, page); the URL ends with the number of the story."""
    chance = random.Random(7)
    stories = articles // 3
    for number in range(articles):
        # A tenth of the copies belongs to the first stories, which hundreds carry.
        of_few = min(stories, 50)
        story = number if number < stories else chance.randrange(of_few if number % 10 == 0 else stories)
        publisher = f"p{chance.randrange(PUBLISHERS)}"
        words = told(story) if number < stories else copied(story, number, publisher)
        paragraphs = [" ".join(paragraph).capitalize() + "." for paragraph in words]
        title = f"Report {number}"
        head = '<meta property="article:published_time" content="2026-03-0'
        head += f'{1 + number * 9 // articles}T{number % 24:02}:{number % 60:02}:00Z">'
        yield f"https://{publisher}.example/{number}/{story}", article_page(title, paragraphs, head).encode()


def write_warcs(folder: Path, articles: int) -> None:
    """Write the pages as WARC files."""
    with contextlib.ExitStack() as stack:
        files = [
            stack.enter_context(gzip.open(folder / f"{number}.warc.gz", "wb", 1)) for number in range(FILES)
        ]
        for number, (url, body) in enumerate(pages(articles)):
            files[number % FILES].write(response(url, body, "text/html"))


def resident_mb(root: int) -> list[float]:
    """Return the resident MB of a process and its descendants (Linux)."""
    parents, sizes = {}, {}
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError, ValueError):
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            parents[int(status.parent.name)] = int(fields["PPid"])
            sizes[int(status.parent.name)] = int(fields.get("VmRSS", "0 kB").split()[0]) / 1024
    ours = {root}
    while more := {pid for pid, parent in parents.items() if parent in ours and pid not in ours}:
        ours |= more
    return [sizes.get(pid, 0.0) for pid in ours]


def measured(config: Path, folder: Path) -> tuple[float, float, float]:
    """Return seconds of a backfill, and peak MB of its largest process and of all together."""
    command = [sys.executable, "-m", "copytaster", "backfill", str(config), "--warc", f"{folder}/*.warc.gz"]
    started = time.perf_counter()
    process = subprocess.Popen([*command, "--", *WORKERS], stdout=subprocess.DEVNULL)
    peaks = [0.0, 0.0]

    def sample() -> None:
        while process.poll() is None:
            sizes = resident_mb(process.pid)
            peaks[:] = max(peaks[0], *sizes), max(peaks[1], sum(sizes))
            time.sleep(SAMPLED_S)

    sampler = threading.Thread(target=sample)
    sampler.start()
    if process.wait():
        raise SystemExit(f"exit status {process.returncode}")
    sampler.join()
    return time.perf_counter() - started, peaks[0], peaks[1]


def wrong(output: Path) -> tuple[int, int]:
    """Count copies at a story of another number, and stories beyond one per number."""
    connection = duckdb.connect()
    of = {}
    for table in ("articles", "copies"):
        query = f"select article_id, url, story_id from read_parquet('{output}/{table}/**/*.parquet')"
        of[table] = connection.execute(query).fetchall()
    number = {article_id: url.rsplit("/", 1)[1] for article_id, url, _ in of["articles"]}
    joined = sum(number[story_id] != url.rsplit("/", 1)[1] for _, url, story_id in of["copies"])
    return joined, sum(count - 1 for count in Counter(number.values()).values())


def main() -> None:
    """Print a line per number of articles."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, nargs="+", default=[25_000, 100_000])
    for articles in parser.parse_args().articles:
        with tempfile.TemporaryDirectory() as name:
            folder, config = Path(name), Path(name, "run.yaml")
            write_warcs(folder, articles)
            settings = {"output": f"{name}/news", "feeds": ["https://p.example/rss"]}
            config.write_text(json.dumps(settings), encoding="utf-8")
            seconds, largest, together = measured(config, folder)
            joined, apart = wrong(folder / "news")
        print(
            f"{articles:>7,} articles {seconds:7.1f} s, {articles / seconds:6.1f} a second;"
            f" largest process {largest:5.0f} MB, together {together:5.0f} MB;"
            f" {joined} joined to another story, {apart} not joined to theirs",
            flush=True,
        )


if __name__ == "__main__":
    main()
