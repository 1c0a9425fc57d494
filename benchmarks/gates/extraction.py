"""Extraction against its floors: what was reached on a corpus once is not lost again.

    python -m benchmarks.gates.extraction [PAGES.jsonl ...] [--raise] [--floors FILE]

Measured are the golden pages of tests/golden, and each labelled set that is named, as
benchmarks.studies.extraction measures.
A corpus is known by the fingerprint of its pages and labels, so that figures of two versions of it
are never compared. Exit 1 where a figure is below its floor. --raise writes what is better into the floors,
which is the only way they change; a corpus without floors gets them then.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.lib.sites import load
from benchmarks.studies.extraction import OURS, Labelled, measure, metadata_right
from tests.support.golden import as_articles

FLOORS = Path(__file__).parent / "floors.json"
# Of floors: what is lost below is one word in ten thousand.
DIGITS = 4

Figures = dict[str, float]


def fingerprint(articles: Sequence[Labelled]) -> str:
    """Of a corpus: its pages and all of their labels that are measured."""
    digest = hashlib.sha256()
    for article in articles:
        labels = [article.get(name) for name in ("id", "title", "published", "authors", "body")]
        digest.update(json.dumps(labels, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        digest.update(hashlib.sha256(article["page"]).digest())
    return digest.hexdigest()[:16]


def figures_of(articles: list[Labelled]) -> Figures:
    """What is measured of a corpus, rounded down."""
    text = measure(articles, OURS)["copytaster"]
    authors, published = metadata_right(articles)
    found = {
        "precision": text.precision,
        "recall": text.recall,
        "f1": text.f1,
        "authors": authors,
        "published": published,
    }
    return {name: math.floor(value * 10**DIGITS) / 10**DIGITS for name, value in found.items()}


def raised(floors: Figures, found: Figures) -> Figures:
    """The floors, each as high as it was or is reached now."""
    return {name: max(value, floors.get(name, 0.0)) for name, value in found.items()}


def fallen(floors: Figures, found: Figures) -> list[str]:
    """What is below its floor, in words."""
    return [
        f"{name} {found.get(name, 0.0):.4f}, its floor is {floor:.4f}"
        for name, floor in floors.items()
        if found.get(name, 0.0) < floor
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Prints a line for each corpus; 1 where one has fallen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="*")
    parser.add_argument("--raise", action="store_true", dest="may_rise", help="write what is better")
    parser.add_argument("--floors", type=Path, default=FLOORS)
    args = parser.parse_args(argv)
    known = json.loads(args.floors.read_text(encoding="utf-8")) if args.floors.exists() else {}
    status = 0
    for name, articles in [("golden", as_articles()), *((path.stem, load(path)) for path in args.pages)]:
        key = fingerprint(articles)
        found = figures_of(articles)
        floors = known.get(key, {}).get("floors", {})
        told = ", ".join(f"{figure} {value:.4f}" for figure, value in found.items())
        print(f"{name} ({key}, {len(articles)} pages): {told}{'' if floors else '; it has no floors'}")
        for what in fallen(floors, found):
            print(f"{name}: {what}", file=sys.stderr)
            status = 1
        known[key] = {"name": name, "pages": len(articles), "floors": raised(floors, found)}
    if args.may_rise:
        args.floors.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
