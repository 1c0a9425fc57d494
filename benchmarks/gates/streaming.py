"""A streaming job that is killed once, over a newsroom that keeps publishing: losses, repeats, latency.

    python -m benchmarks.gates.streaming [--seconds 120] [--articles 200] [--every 10] [-- STREAM ARGUMENTS]

Ten sites on loopback publish articles at an even pace. Every third one is a cut copy of an earlier one
under another headline. Two sites are down for the third quarter of the time. Halfway the job is killed with
SIGKILL and started again. Afterwards each article has to be filed once, each copy with its story. Latency
is the time from an article's appearance in its feed to the manifest of its commit; sites that were down are
counted separately. Arguments after -- go to `copytaster stream`, such as --micro-batch, or on to Beam:

    python -m benchmarks.gates.streaming -- -- --runner=PortableRunner --job_endpoint=localhost:8099
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipeline.maintenance.verify import verify
from tests.support.newsroom import story
from tests.support.sites import Answer, Site, article_page, rss, serve

SITES, SITES_DOWN = 10, 2
MAX_LAST_S = 60.0
"""Seconds within which the last articles have to be filed."""


class Press:
    """Sites that publish; when each article appeared, and its story."""

    def __init__(self, sites: list[Site]) -> None:
        self.sites = sites
        self.items: list[list[dict[str, object]]] = [[] for _ in sites]
        self.appeared: dict[str, float] = {}
        self.story: dict[str, int] = {}
        self._chance = random.Random(7)
        self.down: set[int] = set()
        for site in range(len(sites)):
            self._serve_feed(site)

    def publish(self, number: int) -> None:
        """Add article `number`; every third one copies an earlier one."""
        copied = number % 3 == 2
        origin = self._chance.randrange(number) if copied else number
        while origin % 3 == 2:
            origin -= 1
        paragraphs = [*story(origin)[:3], "Sign up for our morning letter."] if copied else story(origin)
        site = number % len(self.sites)
        url = f"{self.sites[site].url}/{number}"
        title = f"Report {number} of {origin}"
        self.sites[site].pages[f"/{number}"] = Answer(article_page(title, paragraphs))
        self.story[url] = origin
        self.items[site].append({"title": title, "link": url, "published": datetime.now(UTC)})
        self._serve_feed(site)
        self.appeared[url] = time.time()

    def _serve_feed(self, site: int) -> None:
        feed = rss(self.sites[site].url, self.items[site], f"Publisher {site}")
        down = Answer(b"down", "text/plain", 503)
        self.sites[site].pages["/feed.xml"] = lambda _: down if site in self.down else feed


@contextlib.contextmanager
def job(config: Path, arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A streaming job, killed at the end of the block if it still runs."""
    command = [sys.executable, "-m", "copytaster", "stream", str(config), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def committed(output: Path) -> list[tuple[str, str, str, float]]:
    """Return (URL, article_id, story_id, commit time) of everything filed."""
    tables = [table for table in ("articles", "copies") if any(output.glob(f"{table}/**/*.parquet"))]
    if not tables:
        return []
    at = {path.stem: path.stat().st_mtime for path in output.glob("_runs/*.json")}
    patterns = [f"{output}/{table}/**/*.parquet" for table in tables]
    query = "select url, article_id, story_id, run_id from read_parquet($patterns, union_by_name=true)"
    rows = duckdb.connect().execute(query, {"patterns": patterns}).fetchall()
    return [(url, article, story_id, at[run_id]) for url, article, story_id, run_id in rows]


def publish_all(press: Press, articles: int, seconds: float) -> None:
    """Publish at an even pace, while sites go down and come back."""
    for number in range(articles):
        press.down = set(range(SITES_DOWN)) if 0.5 <= number / articles < 0.75 else set()
        press.publish(number)
        time.sleep(seconds / articles)


def run(
    articles: int, seconds: float, config: Path, output: Path, press: Press, arguments: list[str]
) -> None:
    """Publish while a streaming job runs, is killed and restarted; end when everything is filed, or late."""
    publisher = threading.Thread(target=publish_all, args=(press, articles, seconds))
    publisher.start()
    with job(config, arguments):
        time.sleep(seconds / 2)
    with job(config, arguments) as restarted:
        publisher.join()
        end = time.monotonic() + MAX_LAST_S
        while len(committed(output)) < articles and time.monotonic() < end:
            time.sleep(0.5)
        restarted.send_signal(signal.SIGTERM)
        restarted.wait(60)


def distribution(latencies: list[float], every: float) -> dict[str, float]:
    """Return the distribution of times in seconds, and the share below two intervals."""
    parts = statistics.quantiles(latencies, n=20)
    quantiles = {"median": parts[9], "p90": parts[17], "p95": parts[18], "max": max(latencies)}
    share = sum(latency < 2 * every for latency in latencies) / len(latencies)
    return {name: round(value, 1) for name, value in quantiles.items()} | {"under_two_windows": share}


def judge(press: Press, output: Path, every: float) -> dict[str, Any]:
    """Return the faults, and the latencies in seconds."""
    rows = committed(output)
    filed = Counter(url for url, *_ in rows)
    story_of = {article: press.story[url] for url, article, _, _ in rows}
    failing = tuple(f"{site.url}/" for site in press.sites[:SITES_DOWN])
    latencies: dict[bool, list[float]] = {True: [], False: []}
    for url, _, _, at in rows:
        latencies[url.startswith(failing)].append(at - press.appeared[url])
    return {
        "published": len(press.appeared),
        "filed": sum(filed.values()),
        "lost": len(press.appeared.keys() - filed.keys()),
        "twice": sum(count > 1 for count in filed.values()),
        "with_another_story": sum(story_of.get(story_id) != press.story[url] for url, _, story_id, _ in rows),
        "stories": len({story_id for _, _, story_id, _ in rows}),
        "stories_published": len(set(press.story.values())),
        "findings": [str(finding) for finding in verify(str(output))],
        "windows": len(list(output.glob("_runs/*.json"))),
        "latency_s": distribution(latencies[False], every),
        "latency_s_of_sites_that_were_down": distribution(latencies[True], every),
    }


def main() -> int:
    """Print the results as JSON; return 1 if anything was lost, filed twice or inconsistent."""
    own, passed_on = sys.argv[1:], list[str]()
    if "--" in own:
        at = own.index("--")
        own, passed_on = own[:at], own[at + 1 :]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--every", type=int, default=10)
    args = parser.parse_args(own)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        press = Press([stack.enter_context(serve()) for _ in range(SITES)])
        config, output = Path(name, "run.yaml"), Path(name, "news")
        fetch = {"per_host_delay_s": 0, "allow_private_addresses": True}
        feeds = [f"{site.url}/feed.xml" for site in press.sites]
        config.write_text(json.dumps({"output": str(output), "feeds": feeds, "fetch": fetch}))
        arguments = ["--every", str(args.every), *passed_on]
        run(args.articles, args.seconds, config, output, press, arguments)
        results = judge(press, output, args.every)
    print(json.dumps(results, indent=2))
    faults = results["lost"] or results["twice"] or results["with_another_story"] or results["findings"]
    return int(bool(faults))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
