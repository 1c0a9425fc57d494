"""Copies found here and by MinHash-LSH (datasketch, rensa) on the same texts: quality and time.

    pip install -e '.[bench]'
    python -m benchmarks.studies.copies copies.jsonl [--rounds 3]

Input is one JSON object per line, as in benchmarks.studies.fit_copies. MinHash takes word 5-grams and 128
permutations; a pair that LSH brings together counts if its estimated Jaccard index reaches the threshold,
and groups are connected components. Prints precision, recall and F1 over all pairs of articles, the
adjusted Rand index, articles a second (the median of the rounds), and for ours the compared pairs and the
results by kind of edit.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import pathlib
import re
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import datasketch
import rensa

from benchmarks.studies.fit_copies import article
from transforms.copies import CopyHistory, decide, signature
from transforms.copies.candidates import candidates
from transforms.store.spill import SpillFile, article_ref

PERMUTATIONS, THRESHOLDS, WORDS = 128, (0.8, 0.5, 0.2), 5
Rows = Sequence[dict[str, Any]]


def grams(text: str) -> list[str]:
    """Return the runs of WORDS words."""
    words = re.findall(r"\w+", text.lower())
    return [" ".join(words[at : at + WORDS]) for at in range(max(1, len(words) - WORDS + 1))]


def by_datasketch(rows: Rows, threshold: float) -> list[int]:
    """Return the group of each row."""
    lsh = datasketch.MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    hashes: list[Any] = []
    pairs: list[tuple[int, int]] = []
    for number, row in enumerate(rows):
        one = datasketch.MinHash(num_perm=PERMUTATIONS)
        one.update_batch([gram.encode() for gram in grams(row["text"])])
        pairs += [(other, number) for other in lsh.query(one) if one.jaccard(hashes[other]) >= threshold]
        lsh.insert(number, one)
        hashes.append(one)
    return components(len(rows), pairs)


def by_rensa(rows: Rows, threshold: float) -> list[int]:
    """Return the group of each row."""
    # rensa takes the number of bands; a threshold of (1 / bands) ** (bands / permutations) finds half.
    divisors = [bands for bands in range(1, PERMUTATIONS + 1) if PERMUTATIONS % bands == 0]
    bands = min(divisors, key=lambda one: abs((1 / one) ** (one / PERMUTATIONS) - threshold))
    lsh = rensa.RMinHashLSH(threshold, PERMUTATIONS, bands)
    hashes: list[Any] = []
    pairs: list[tuple[int, int]] = []
    for number, row in enumerate(rows):
        one = rensa.RMinHash(PERMUTATIONS, 42)
        one.update(grams(row["text"]))
        pairs += [(other, number) for other in lsh.query(one) if one.jaccard(hashes[other]) >= threshold]
        lsh.insert(number, one)
        hashes.append(one)
    return components(len(rows), pairs)


def over_runs(rows: Rows, runs: int) -> list[int]:
    """Return the group of each row if they come in several runs, in order of publication."""
    number = {row["id"]: at for at, row in enumerate(rows)}
    ordered = sorted(rows, key=lambda row: (row.get("published") or "", row["id"]))
    stories: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        segments: list[str] = []
        for run in range(runs):
            part = [article(row) for row in ordered[run * len(rows) // runs : (run + 1) * len(rows) // runs]]
            file = SpillFile(f"{folder}/{run}.digests")
            refs = [article_ref(one, ref, ref) for one in part for ref in [file.add(signature(one))]]
            file.close()
            begun = datetime(1, 1, 1, tzinfo=UTC)
            decisions = decide(refs, CopyHistory(tuple(segments), begun, f"{folder}/{run}", begun))
            segments.append(f"{folder}/{run}")
            for one in part:
                decision = decisions.get(one.article_id)
                copied = decision.copy_of if decision else None
                stories[one.article_id] = copied.story_id if copied else one.article_id
    return [number[stories[row["id"]]] for row in rows]


def components(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return the connected component of each number below `count`."""
    above = list(range(count))

    def root(number: int) -> int:
        while above[number] != number:
            number = above[number]
        return number

    for one, other in pairs:
        above[root(one)] = root(other)
    return [root(number) for number in range(count)]


def score(families: Sequence[str], groups: Sequence[int]) -> dict[str, float]:
    """Return precision, recall and F1 over pairs, and the adjusted Rand index."""

    def pairs(names: Iterable[object]) -> int:
        return sum(math.comb(count, 2) for count in Counter(names).values())

    both, true, found = pairs(zip(families, groups, strict=True)), pairs(families), pairs(groups)
    expected = true * found / math.comb(len(groups), 2)
    precision, recall = both / found if found else 1.0, both / true
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * both / (true + found),
        "ari": (both - expected) / ((true + found) / 2 - expected),
    }


def timed(rows: Rows, rounds: int, method: Callable[[Rows], list[int]]) -> tuple[list[int], float]:
    """Return the groups, and articles a second."""
    seconds, groups = [], list[int]()
    for _ in range(rounds):
        started = time.perf_counter()
        groups = method(rows)
        seconds.append(time.perf_counter() - started)
    return groups, len(rows) / statistics.median(seconds)


def by_edit(rows: Rows, families: Sequence[str], groups: Sequence[int]) -> dict[str, str]:
    """Count, per kind of edit, the articles grouped with most of the rest of their family."""
    members = defaultdict(list)
    for family, its_group in zip(families, groups, strict=True):
        members[family].append(its_group)
    whole, found = Counter[str](), Counter[str]()
    for row, family, its_group in zip(rows, families, groups, strict=True):
        if len(members[family]) > 1:
            whole[row.get("edit") or "none"] += 1
            found[row.get("edit") or "none"] += its_group == Counter(members[family]).most_common(1)[0][0]
    return {edit: f"{found[edit]}/{count}" for edit, count in sorted(whole.items())}


def main() -> None:
    """Print a line per method and threshold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.set.read_text(encoding="utf-8").split("\n") if line.strip()]
    families = [row.get("family") or row["id"] for row in rows]

    def report(name: str, method: Callable[[Rows], list[int]]) -> list[int]:
        groups, rate = timed(rows, args.rounds, method)
        figures = "  ".join(f"{key} {value:.3f}" for key, value in score(families, groups).items())
        print(f"{name:<16} {figures}  {rate:7,.0f} articles a second", flush=True)
        return groups

    for threshold in THRESHOLDS:
        report(f"datasketch {threshold}", lambda rows, at=threshold: by_datasketch(rows, at))  # type: ignore[misc]
        report(f"rensa {threshold}", lambda rows, at=threshold: by_rensa(rows, at))  # type: ignore[misc]
    ours = report("ours", lambda rows: over_runs(rows, 1))
    for runs in (4, 20):
        report(f"ours, {runs} runs", lambda rows, runs=runs: over_runs(rows, runs))  # type: ignore[misc]
    signatures, rate = [], 0.0
    # As the command line does (pipeline.cli.process): imported objects are not collected again and again.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    for _ in range(args.rounds):
        articles, started = list(map(article, rows)), time.perf_counter()
        signatures = list(map(signature, articles))
        rate = max(rate, len(rows) / (time.perf_counter() - started))
    ordered = sorted(range(len(rows)), key=lambda at: (signatures[at].dated_at, signatures[at].article_id))
    compared = candidates([signatures[at].shingles for at in ordered])
    met = {frozenset((ordered[one], ordered[other])) for one, other in compared}
    print(f"signatures: {rate:,.0f} a second; pairs compared: {len(met) / len(rows):.1f} an article")
    print(f"with most of their family, by edit: {by_edit(rows, families, ours)}")


if __name__ == "__main__":
    main()
