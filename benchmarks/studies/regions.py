"""Regions over labelled articles: the main country, the set of countries, and articles a second.

    python -m benchmarks.studies.regions REGIONS.jsonl [--beside]

With --beside flashgeotext (pip install -e '.[bench]') sees the same texts: its countries, and those of its
towns, by the number of their mentions. The rate is that of texts of 500 words, made of those
of the set one after another.

Labels are `countries` (the main one first) or `countries_unordered`; `source` parts the
report. The texts are tagged as they stand, without a page around them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel import Locale

from transforms.records import Article
from transforms.regions import Gazetteer, tag

Countries = list[str]
"""Codes of the countries of an article, the main one first."""

LONG = 500


def ours() -> Callable[[str, str], Countries]:
    """Title and text to countries, as TagRegions finds them."""
    gazetteer = Gazetteer.load()

    def countries(title: str, text: str) -> Countries:
        url = "https://example.org/"
        article = Article("a", url, url, url, url, title, text, datetime.now(UTC), language="en")
        tagged = tag(article, gazetteer)
        others = [country.code for country in tagged.countries if country.code != tagged.country]
        return [tagged.country, *others] if tagged.country else ["", *others]

    return countries


def by_flashgeotext() -> Callable[[str, str], Countries]:
    """The same by flashgeotext, the most mentioned country first."""
    from flashgeotext.geotext import GeoText  # noqa: PLC0415  Only where it is asked for.

    finder = GeoText()

    def countries(title: str, text: str) -> Countries:
        found = finder.extract(f"{title}. {text}")["countries"]
        codes = {code_of(name): told["count"] for name, told in found.items()}
        return sorted(codes, key=lambda code: -codes[code]) or [""]

    names = {str(name): code for code, name in Locale("en").territories.items() if len(code) == 2}

    def code_of(name: str) -> str:
        return str(names.get(name, name))

    return countries


def report(name: str, rows: list[dict[str, Any]], method: Callable[[str, str], Countries]) -> None:
    """Prints a line for each source, one for all, and the rate."""
    right, shares = defaultdict(list), defaultdict(list)
    for row in rows:
        main, *others = method(row["title"], row["text"])
        have = {main, *others} - {""}
        want = set(row.get("countries") or row["countries_unordered"])
        for source in (row.get("source", "unnamed"), "all"):
            shares[source].append(2 * len(want & have) / ((len(want) + len(have)) or 1))
            if row.get("countries"):
                right[source].append(main == row["countries"][0])
    for source, found in shares.items():
        mains = right[source] or [False]
        f1 = sum(found) / len(found)
        print(f"{name:<13} {source:<14} n {len(found):>5}  main {sum(mains) / len(mains):.4f}  F1 {f1:.4f}")
    words = " ".join(row["text"] for row in rows).split(" ")
    texts = [" ".join(words[start : start + LONG]) for start in range(0, len(words) - LONG, LONG)]
    started = time.perf_counter()
    for text in texts:
        method("", text)
    print(f"{name:<13} {len(texts) / (time.perf_counter() - started):,.0f} texts of {LONG} words a second")


def main() -> None:
    """Reports ours, and what is asked for beside it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", type=Path)
    parser.add_argument("--beside", action="store_true")
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.set.read_text(encoding="utf-8").split("\n") if line.strip()]
    report("ours", rows, ours())
    if args.beside:
        report("flashgeotext", rows, by_flashgeotext())


if __name__ == "__main__":
    main()
