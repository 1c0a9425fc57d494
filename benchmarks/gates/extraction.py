"""Check that extraction stays at its floors, the best figures reached so far.

    python -m benchmarks.gates.extraction [PAGES.jsonl ...] [--raise] [--floors FILE]

The gate measures the golden pages of tests/support/golden and each given set as benchmarks.studies.extraction
does. A fingerprint of its pages and labels identifies a corpus: two versions of it are never compared. Exit
status 1 means that a figure is below its floor. --raise writes better figures into the floors, which is how
they change; a corpus without floors then gets them.
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
DIGITS = 4
"""Decimals of a floor: a smaller loss is less than one word in ten thousand."""

Figures = dict[str, float]


def fingerprint(articles: Sequence[Labelled]) -> str:
    """Return the fingerprint of a corpus: of its pages and all labels that are measured."""
    digest = hashlib.sha256()
    for article in articles:
        labels = [article.get(name) for name in ("id", "title", "published", "authors", "body")]
        digest.update(json.dumps(labels, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        digest.update(hashlib.sha256(article["page"]).digest())
    return digest.hexdigest()[:16]


def figures_of(articles: list[Labelled]) -> Figures:
    """Measure a corpus; figures are rounded down."""
    text = measure(articles, OURS)["copytaster"]
    authors, published = metadata_right(articles)
    figures = {
        "precision": text.precision,
        "recall": text.recall,
        "f1": text.f1,
        "authors": authors,
        "published": published,
    }
    return {name: math.floor(value * 10**DIGITS) / 10**DIGITS for name, value in figures.items()}


def raised(floors: Figures, figures: Figures) -> Figures:
    """Return the floors, each raised to the figure if that is higher."""
    return {name: max(value, floors.get(name, 0.0)) for name, value in figures.items()}


def below_floor(floors: Figures, figures: Figures) -> list[str]:
    """Return one message for each figure below its floor."""
    return [
        f"{name} is {figures.get(name, 0.0):.4f}, below its floor {floor:.4f}"
        for name, floor in floors.items()
        if figures.get(name, 0.0) < floor
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each corpus; return 1 if a figure is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="*")
    parser.add_argument(
        "--raise", action="store_true", dest="may_rise", help="write better figures into the floors"
    )
    parser.add_argument("--floors", type=Path, default=FLOORS)
    args = parser.parse_args(argv)
    known = json.loads(args.floors.read_text(encoding="utf-8")) if args.floors.exists() else {}
    status = 0
    for name, articles in [("golden", as_articles()), *((path.stem, load(path)) for path in args.pages)]:
        key = fingerprint(articles)
        figures = figures_of(articles)
        floors = known.get(key, {}).get("floors", {})
        text = ", ".join(f"{figure} {value:.4f}" for figure, value in figures.items())
        print(f"{name} ({key}, {len(articles)} pages): {text}{'' if floors else '; it has no floors'}")
        for message in below_floor(floors, figures):
            print(f"{name}: {message}", file=sys.stderr)
            status = 1
        known[key] = {"name": name, "pages": len(articles), "floors": raised(floors, figures)}
    if args.may_rise:
        args.floors.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
