"""Recall and cost of the index of copies by the number of shingles that it keeps per article.

    python -m benchmarks.studies.index_recall copies.jsonl [--rounds 5]

Files a random half of a labelled set (as fit_copies reads it) and looks the other half up: how many of the
articles with a copy in the index find one, and how many articles each is compared with.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import random
import tempfile
from datetime import UTC, datetime

from benchmarks.studies.fit_copies import article
from transforms.copies import CopyIndex, Indexed, Signature, index, lookup, signature, write_segment
from transforms.copies.lookup import look_up

FILED_AT = datetime(2026, 1, 1, tzinfo=UTC)
SEGMENTS = 4


def main() -> None:
    """Print a line per number of shingles."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.set.read_text(encoding="utf-8").split("\n") if line.strip()]
    families = {row["id"]: row.get("family") or row["id"] for row in rows}
    signatures = [signature(article(row)) for row in rows]
    for shingles in (8, 16, 32, 64, 128, 256):
        for module in (index, lookup):
            vars(module)["SHINGLES_KEPT"] = shingles
        sought = found = compared = new = 0
        for number in range(args.rounds):
            shuffled = random.Random(number).sample(signatures, len(signatures))
            filed, rest = shuffled[: len(shuffled) // 2], shuffled[len(shuffled) // 2 :]
            there = {families[one.article_id] for one in filed}
            for one, known in zip(rest, compared_with(filed, rest), strict=True):
                family = families[one.article_id]
                new, compared = new + 1, compared + len(known)
                sought += family in there
                found += family in {families[other] for other in known}
        print(f"{shingles:4} shingles: recall {found / sought:.4f}, {compared / new:5.1f} compared")


def compared_with(filed: list[Signature], new: list[Signature]) -> list[list[str]]:
    """Return for each new article the ids of the indexed articles that it would be compared with."""
    with tempfile.TemporaryDirectory() as folder:
        bases = [f"{folder}/{number}" for number in range(SEGMENTS)]
        for number, base in enumerate(bases):
            write_segment(base, [Indexed(one.article_id, FILED_AT, one) for one in filed[number::SEGMENTS]])
        copies = CopyIndex(bases, FILED_AT)
        found = [next(look_up([one], copies)).alike.get(0, []) for one in new]
        return [[story.story_id for story in copies.load(rows).values()] for rows in found]


if __name__ == "__main__":
    main()
