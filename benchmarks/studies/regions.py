"""Measure regions on labelled articles: the main country, the set of countries, and speed.

    python -m benchmarks.studies.regions REGIONS.jsonl [--compare]

With --compare, flashgeotext (pip install -e '.[bench]') tags the same texts for comparison. It reports
countries and those of towns, by number of mentions. The speed is measured on texts of 500 words, made by
joining the texts of the set.

The labels are `countries` (the main one first) or `countries_unordered`. The report has a line for each
`source`. The texts are tagged as they are, not extracted from pages.
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
"""Codes of the countries of an article, the main one first; '' first if there is no main country."""

WORDS_PER_TEXT = 500


def ours() -> Callable[[str, str], Countries]:
    """Return a function from title and text to the countries that TagRegions finds."""
    gazetteer = Gazetteer.load()

    def countries(title: str, text: str) -> Countries:
        url = "https://example.org/"
        article = Article("a", url, url, url, url, title, text, datetime.now(UTC), language="en")
        tagged = tag(article, gazetteer)
        others = [country.code for country in tagged.countries if country.code != tagged.country]
        return [tagged.country, *others] if tagged.country else ["", *others]

    return countries


def by_flashgeotext() -> Callable[[str, str], Countries]:
    """Return the same for flashgeotext, the most mentioned country first."""
    from flashgeotext.geotext import GeoText  # noqa: PLC0415  Only needed with --compare.

    finder = GeoText()

    def countries(title: str, text: str) -> Countries:
        matches = finder.extract(f"{title}. {text}")["countries"]
        codes = {code_of(name): match["count"] for name, match in matches.items()}
        return sorted(codes, key=lambda code: -codes[code]) or [""]

    names = {str(name): code for code, name in Locale("en").territories.items() if len(code) == 2}

    def code_of(name: str) -> str:
        return str(names.get(name, name))

    return countries


def report(name: str, rows: list[dict[str, Any]], method: Callable[[str, str], Countries]) -> None:
    """Print a line for each source, one for all articles, and the speed."""
    main_hits, f1_scores = defaultdict(list), defaultdict(list)
    for row in rows:
        main, *others = method(row["title"], row["text"])
        found = {main, *others} - {""}
        labels = set(row.get("countries") or row["countries_unordered"])
        for source in (row.get("source", "unnamed"), "all"):
            f1_scores[source].append(2 * len(labels & found) / ((len(labels) + len(found)) or 1))
            if row.get("countries"):
                main_hits[source].append(main == row["countries"][0])
    for source, scores in f1_scores.items():
        hits = main_hits[source] or [False]
        main_share, f1 = sum(hits) / len(hits), sum(scores) / len(scores)
        print(f"{name:<13} {source:<14} n {len(scores):>5}  main {main_share:.4f}  F1 {f1:.4f}")
    words = " ".join(row["text"] for row in rows).split(" ")
    texts = [
        " ".join(words[start : start + WORDS_PER_TEXT])
        for start in range(0, len(words) - WORDS_PER_TEXT, WORDS_PER_TEXT)
    ]
    started = time.perf_counter()
    for text in texts:
        method("", text)
    speed = len(texts) / (time.perf_counter() - started)
    print(f"{name:<13} {speed:,.0f} texts of {WORDS_PER_TEXT} words per second")


def main() -> None:
    """Report on this project and, with --compare, on flashgeotext."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", type=Path, help="labelled articles, one JSON object per line")
    parser.add_argument("--compare", action="store_true", help="also measure flashgeotext")
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.set.read_text(encoding="utf-8").split("\n") if line.strip()]
    report("ours", rows, ours())
    if args.compare:
        report("flashgeotext", rows, by_flashgeotext())


if __name__ == "__main__":
    main()
