"""The cost of a large state: a run with new entries over it, against the same run over an empty one.

    python -m benchmarks.studies.large_state [--seen 1000000] [--indexed 500000] [--new 20] [--rounds 3]

Makes a dataset whose state knows many entries (three keys each) and has many articles in its index of
copies, with words drawn by real frequencies. Serves new pages on loopback, and runs over both in turn, as
processes. Every round starts from the same state. Prints time and peak memory of both.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.dataset.layout import RUNS, Dataset
from pipeline.dataset.state import MAX_INDEX_SEGMENT, Segment, State, write_state
from tests.support.sites import Answer, article_page, rss, serve
from transforms.copies.index import BATCH_ROWS, KEY_SCHEMA, KEYS, SHINGLES_KEPT, TEXT_SCHEMA, TEXTS
from transforms.copies.signature import mix, shingle_hashes
from transforms.records import key_of
from transforms.store.keys import LISTED_SCHEMA, key_table, write_segment

RUN = "r000001-20260301T000000Z"
FILED_AT = datetime.now(UTC) - timedelta(days=1)
PUBLISHERS = 2_000
WORDS = 250
VOCABULARY = 60_000


def make_state(output: Path, entries: int, articles: int) -> None:
    """Write the state of an imagined first run."""
    random = np.random.default_rng(1)
    dataset, at = Dataset(str(output)), FILED_AT.isoformat()
    keys = np.unique(random.integers(0, 2**63, 3 * entries, np.uint64))
    feeds = random.choice(random.integers(0, 2**63, PUBLISHERS, np.uint64), len(keys))
    times = np.full(len(keys), int(FILED_AT.timestamp()))
    seen = pa.table({"key": keys, "feed": feeds, "listed_at": times}, schema=LISTED_SCHEMA)
    (output / "_state" / RUN).mkdir(parents=True)
    write_segment(dataset.path("_state", RUN, "seen.parquet"), seen)
    filed = key_table(key_of(str(number)) for number in range(articles))
    write_segment(dataset.path("_state", RUN, "filed.parquet"), filed)
    index = []
    for number, start in enumerate(range(0, articles, MAX_INDEX_SEGMENT)):
        rows = min(MAX_INDEX_SEGMENT, articles - start)
        _index_segment(dataset.path("_state", RUN, f"index{number}"), rows, random)
        index.append(Segment(f"{RUN}/index{number}", rows, at))
    state = State(
        RUN,
        seen=(Segment(f"{RUN}/seen.parquet", len(seen), at),),
        filed=(Segment(f"{RUN}/filed.parquet", len(filed), at),),
        index=tuple(index),
    )
    write_state(dataset, state)
    dataset.write_json({"run_id": RUN, "files": [], "counts": {}}, RUNS, f"{RUN}.json")


def _index_segment(base: str, rows: int, random: np.random.Generator) -> None:
    words = (random.zipf(1.2, (rows, WORDS)) % VOCABULARY).astype(np.uint32)
    words = words * np.uint32(2_654_435_761)
    shingles = np.sort(np.stack([shingle_hashes(line, 3) for line in words]), axis=1)[:, :SHINGLES_KEPT]
    publishers = random.integers(0, PUBLISHERS, rows)
    lines = random.integers(0, 2**63, (rows, 12), np.uint64)
    keys = np.concatenate([shingles, mix(lines)], axis=1)
    order = np.argsort(keys.ravel(), kind="stable")
    holders = np.repeat(np.arange(rows, dtype=np.uint32), keys.shape[1])
    _write(base + KEYS, pa.table({"key": keys.ravel()[order], "row": holders[order]}, KEY_SCHEMA), rows)
    columns: dict[str, Any] = {
        "article_id": [f"{base[-4:]}{row:028x}" for row in range(rows)],
        "filed_at": [FILED_AT] * rows,
        "dated_at": [FILED_AT] * rows,
        "publisher": [f"Publisher {number}" for number in publishers],
        "text_key": [f"{row:032x}" for row in range(rows)],
        "title_key": [f"{row:032x}" for row in range(rows)],
        "words": _lists(words),
        "flags": _lists(np.zeros((rows, WORDS), np.uint8)),
        "line_keys": _lists(lines),
        "line_ends": _lists(np.tile(np.arange(20, WORDS, 20, dtype=np.int32), (rows, 1))),
        "agency": [None] * rows,
    }
    columns["story_id"] = columns["article_id"]
    _write(base + TEXTS, pa.table(columns, schema=TEXT_SCHEMA), BATCH_ROWS)


def _lists(values: npt.NDArray[Any]) -> pa.Array:
    ends = np.arange(0, values.size + 1, values.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(ends, values.ravel())


def _write(path: str, table: pa.Table, batch: int) -> None:
    with pa.OSFile(path, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=batch if table.schema == TEXT_SCHEMA else None)


@contextmanager
def new_pages(folder: Path, new: int) -> Iterator[Path]:
    """Serve new articles and their feed; yield the config."""
    random = np.random.default_rng(2)
    with serve() as site:
        items = []
        for number in range(new):
            words = [f"w{word}ord" for word in random.zipf(1.2, WORDS) % VOCABULARY]
            text = [" ".join(words[start : start + 40]) + "." for start in range(0, WORDS, 40)]
            site.pages[f"/{number}"] = Answer(article_page(f"Title {number}", text))
            items.append(
                {"title": f"Title {number}", "link": f"{site.url}/{number}", "published": datetime.now(UTC)}
            )
        site.pages["/feed.xml"] = rss(site.url, items, "Publisher 7")
        config = folder / "run.yaml"
        fetch = {"per_host_delay_s": 0, "allow_private_addresses": True}
        feeds = [f"{site.url}/feed.xml"]
        config.write_text(json.dumps({"output": str(folder / "news"), "feeds": feeds, "fetch": fetch}))
        yield config


def measured(config: Path, output: Path, new: int) -> tuple[float, float]:
    """Return seconds and peak MB of a run."""
    command = [sys.executable, "-m", "copytaster", "run", str(config), "--output", str(output), "--json"]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    counts = json.loads(process.stdout.read())["counts"]
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    assert counts["articles"] + counts["copies"] == new, counts
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def main() -> None:
    """Print both, and the difference."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seen", type=int, default=1_000_000)
    parser.add_argument("--indexed", type=int, default=500_000)
    parser.add_argument("--new", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, new_pages(Path(name), args.new) as config:
        folder = Path(name)
        # In another process, because the peak of a process includes its parent's memory at the start.
        maker = multiprocessing.get_context("spawn").Process(
            target=make_state, args=(folder / "large", args.seen, args.indexed)
        )
        maker.start()
        maker.join()
        size = sum(path.stat().st_size for path in (folder / "large/_state").rglob("*.*")) / 1e6
        print(f"{args.seen:,} entries seen, {args.indexed:,} articles indexed: {size:,.0f} MB of state")
        found: dict[str, list[tuple[float, float]]] = {"none": [], "large": []}
        for number in range(args.rounds + 1):
            for kind, results in found.items():
                output = folder / f"{kind}{number}"
                if kind == "large":
                    shutil.copytree(folder / "large", output, copy_function=os.link)
                results.append(measured(config, output, args.new))
        for kind, results in found.items():
            seconds, memory = zip(*results[1:], strict=True)  # The first round warms the disk cache.
            print(f"{kind:<6} state {statistics.median(seconds):6.2f} s, peak {max(memory):6.0f} MB")
        more = [large[0] - none[0] for none, large in zip(found["none"][1:], found["large"][1:], strict=True)]
        print(f"more by {statistics.median(more):.2f} s ({min(more):.2f} to {max(more):.2f})")


if __name__ == "__main__":
    main()
