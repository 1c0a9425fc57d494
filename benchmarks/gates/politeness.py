"""Politeness and speed of fetching: many hosts, few pages each, slow answers.

    python -m benchmarks.gates.politeness [--hosts 1000] [--pages 5] [--answer 0.05] [--delay 0.2]

One server stands for all hosts (addresses of 127.0.0.0/8) and records when each request came and was
answered. The program measures, one after the other: a bare asyncio loop with aiohttp under the same limits
(hosts at once, one request at a time per host, delay between two, robots.txt first, bodies read); the fetch
step alone; `copytaster run` in one process and in two, each with these limits, so that two have twice as
many hosts at once; and two processes over few hosts with a long delay. Pages a second count from the first
page's request to the last page's answer. The exit status is 1 if two requests to a host overlap or come
closer than the delay, or if a rate is below 0.8 of the bare loop.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp
import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from benchmarks.lib.sites import PAGE
from transforms.fetch import FetchPages
from transforms.records import Clock, Entry
from transforms.web.client import FetchSettings

MIN_SHARE = 0.8
"""Minimum rate of fetching, as a share of the rate of the bare loop."""
TOLERANCE_S = 0.005
"""Seconds by which timers and clocks may differ."""
FEW_HOSTS, LONG_DELAY_S = 12, 3.0
WORDS = "The harbour was quiet on Tuesday morning when the first boats of the season left for the banks. " * 5


class Request(NamedTuple):
    """A request in the server's clock, in seconds."""

    host: str
    path: str
    came: float
    answered: float


class Limits(NamedTuple):
    """The load on the server, and its limits."""

    hosts: int
    pages: int
    answer_s: float
    delay_s: float
    concurrency: int

    def names(self, port: int) -> list[str]:
        """The hosts, each with its own address."""
        return [f"127.{16 + n // 62_500}.{n // 250 % 250}.{n % 250 + 1}:{port}" for n in range(self.hosts)]


def _serve(limits: Limits, pipe: multiprocessing.connection.Connection) -> None:
    """Answer until told to stop, then send the recorded requests."""
    requests: list[Request] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                came, path, host = time.monotonic(), line.split()[1].decode(), ""
                while (header := await reader.readline()).strip():
                    if header.lower().startswith(b"host:"):
                        host = header[5:].strip().decode()
                await asyncio.sleep(limits.answer_s)
                kind, body = _content(path, host, limits)
                head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
                # Recorded before the client can know of it: its next request comes later in any case.
                requests.append(Request(host, path, came, time.monotonic()))
                writer.write(head.encode() + body)
                await writer.drain()
        except (ConnectionError, IndexError):
            pass
        finally:
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "0.0.0.0", 0, backlog=4_096)
        pipe.send(server.sockets[0].getsockname()[1])
        while True:
            while not pipe.poll():
                await asyncio.sleep(0.05)
            if pipe.recv() == "stop":
                return
            pipe.send(requests[:])
            requests.clear()

    asyncio.run(serve())


def _content(path: str, host: str, limits: Limits) -> tuple[str, bytes]:
    if path == "/robots.txt":
        return "text/plain", b"User-agent: *\nDisallow: /private/\n"
    if path == "/feed.xml":
        items = "".join(
            f"<item><title>{host} {n}</title><link>http://{host}/{n}</link></item>"
            for n in range(limits.pages)
        )
        feed = f"<rss version='2.0'><channel><title>{host}</title>{items}</channel></rss>"
        return "application/rss+xml", feed.encode()
    # Equal texts would be copies, and work for another step.
    return "text/html", PAGE.format(title=f"{host}{path}", body=f"<p>{host}{path} {WORDS}</p>").encode()


@contextmanager
def served(limits: Limits) -> Iterator[tuple[int, Callable[[], list[Request]]]]:
    """Yield the server's port, and a function that returns the requests since its last call."""
    parent, child = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(limits, child), daemon=True)
    process.start()
    port: int = parent.recv()

    def take_requests() -> list[Request]:
        parent.send("take")
        requests: list[Request] = parent.recv()
        return requests

    try:
        yield port, take_requests
    finally:
        parent.send("stop")
        process.join(10)


async def _bare(limits: Limits, port: int) -> None:
    places = asyncio.Semaphore(limits.concurrency)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=limits.concurrency)) as session:

        async def visit(host: str) -> None:
            async with places:
                for number, path in enumerate(("robots.txt", *map(str, range(limits.pages)))):
                    await asyncio.sleep(limits.delay_s if number else 0)
                    async with session.get(f"http://{host}/{path}") as response:
                        await response.read()

        await asyncio.gather(*(visit(host) for host in limits.names(port)))


def _run(limits: Limits, port: int, folder: Path, *options: str) -> None:
    """Run `copytaster run` with these limits into a new dataset."""
    fetch = {
        "concurrency": limits.concurrency,
        "per_host_delay_s": limits.delay_s,
        "allow_private_addresses": True,
    }
    feeds = [f"http://{host}/feed.xml" for host in limits.names(port)]
    config = folder / "run.yaml"
    output = tempfile.mkdtemp(dir=folder)
    config.write_text(json.dumps({"output": output, "feeds": feeds, "fetch": fetch}), encoding="utf-8")
    command = [sys.executable, "-m", "copytaster", "run", str(config)]
    subprocess.run(
        [*command, "--json", *(["--", *options] if options else [])], check=True, capture_output=True
    )


def _fetch(limits: Limits, port: int) -> None:
    """Run FetchPages alone."""
    settings = FetchSettings(
        user_agent="copytaster-benchmark",
        concurrency=limits.concurrency,
        per_host_delay_s=limits.delay_s,
        allow_private_addresses=True,
    )
    work = [
        (
            host,
            tuple(
                Entry("f", url, (url,), url) for url in (f"http://{host}/{n}" for n in range(limits.pages))
            ),
        )
        for host in limits.names(port)
    ]
    with beam.Pipeline("FnApiRunner", options=PipelineOptions([])) as root:
        due = root | beam.Create(work).with_output_types(tuple[str, tuple[Entry, ...]])
        _ = due | FetchPages(settings, Clock())


def measured(
    name: str, requests: list[Request], limits: Limits, bare: float | None
) -> tuple[float, list[str]]:
    """Print a line; return pages a second and the faults."""
    pages = [request for request in requests if request.path[1:].isdecimal()]
    seconds = max(request.answered for request in pages) - min(request.came for request in pages)
    rate = len(pages) / seconds
    by_host: dict[str, list[Request]] = defaultdict(list)
    for request in sorted(requests, key=lambda request: request.came):
        by_host[request.host].append(request)
    gaps = [
        later.came - earlier.answered
        for host_requests in by_host.values()
        for earlier, later in itertools.pairwise(host_requests)
    ]
    share = f", {rate / bare:.2f} of the bare loop" if bare else ""
    speed = f"{len(pages)} pages in {seconds:.1f} s, {rate:.0f} a second{share}"
    print(f"{name:<20} {speed}; least gap {min(gaps):.3f} s")
    faults = []
    if len(pages) != limits.hosts * limits.pages:
        faults.append(f"{name}: {len(pages)} pages asked for, expected {limits.hosts * limits.pages}")
    if min(gaps) < limits.delay_s - TOLERANCE_S:
        faults.append(f"{name}: two requests to one host {min(gaps):.3f} s apart")
    if bare and rate < MIN_SHARE * bare:
        faults.append(f"{name}: {rate / bare:.2f} of the bare loop, expected {MIN_SHARE}")
    return rate, faults


def main() -> int:
    """Print a line per measurement; return 1 if there is a fault."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=1_000)
    parser.add_argument("--pages", type=int, default=5)
    parser.add_argument("--answer", type=float, default=0.05)
    parser.add_argument("--delay", type=float, default=0.2)
    parser.add_argument("--concurrency", type=int, default=32)
    args = parser.parse_args()
    limits = Limits(args.hosts, args.pages, args.answer, args.delay, args.concurrency)
    two = ("--direct_running_mode=multi_processing", "--direct_num_workers=2")
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder, served(limits) as (port, take_requests):
        asyncio.run(_bare(limits, port))
        bare, _ = measured("bare loop", take_requests(), limits, None)
        _fetch(limits, port)
        faults += measured("fetch step", take_requests(), limits, bare)[1]
        _run(limits, port, Path(folder))
        faults += measured("run", take_requests(), limits, bare)[1]
        _run(limits, port, Path(folder), *two)
        faults += measured("run, two processes", take_requests(), limits, bare)[1]
        # Few enough that different processes poll and read them within the delay.
        few = limits._replace(hosts=FEW_HOSTS, delay_s=LONG_DELAY_S)
        _run(few, port, Path(folder), *two)
        faults += measured(f"{FEW_HOSTS} hosts, the same", take_requests(), few, None)[1]
    print("\n".join(faults), file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
