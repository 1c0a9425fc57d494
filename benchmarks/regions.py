"""Regions over labelled articles: the main country, the set of countries, and articles a second.

    python -m benchmarks.regions REGIONS.jsonl

Labels are `countries` (the main one first) or `countries_unordered`; `source` parts the
report. The texts are tagged as they stand, without a page around them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from transforms.records import Article
from transforms.regions import Gazetteer, tag


def main() -> None:
    """Prints a line for each source and one for all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", type=Path)
    lines = parser.parse_args().set.read_text(encoding="utf-8").split("\n")
    gazetteer = Gazetteer.load()
    right, found = defaultdict(list), defaultdict(list)
    started = time.perf_counter()
    for row in (json.loads(line) for line in lines if line.strip()):
        url = f"https://{row['id']}.example/"
        blank = Article(
            row["id"], url, url, url, url, row["title"], row["text"], datetime.now(UTC), language="en"
        )
        article = tag(blank, gazetteer)
        have = {country.code for country in article.countries}
        want = set(row.get("countries") or row["countries_unordered"])
        for source in (row.get("source", "unnamed"), "all"):
            found[source].append(2 * len(want & have) / ((len(want) + len(have)) or 1))
            if row.get("countries"):
                right[source].append(article.country == row["countries"][0])
    rate = len(found["all"]) / (time.perf_counter() - started)
    for source, shares in found.items():
        mains = right[source] or [False]
        f1 = sum(shares) / len(shares)
        print(f"{source:<14} n {len(shares):>5}  main country {sum(mains) / len(mains):.4f}  F1 {f1:.4f}")
    print(f"{rate:.0f} articles a second")


if __name__ == "__main__":
    main()
