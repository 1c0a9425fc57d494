"""Fit the coefficients of transforms/copies/scoring.py on labelled articles.

    python -m benchmarks.studies.fit_copies copies.jsonl

Input is one JSON object per line: id, publisher, title, published, text; family (articles of one family are
copies) and edit (how it was made), if known. Prints the coefficients, and the errors in five-fold
cross-validation by family; no pair that touches a family of the test is trained on.

Pairs of two families are left out if one article was localised: it may carry paragraphs of the other's, so
the pair's label does not describe its texts.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import zlib
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.copies.boilerplate import Lines, boilerplate_lines, without_boilerplate
from transforms.copies.candidates import candidates
from transforms.copies.scoring import MIN_COPY_PROBABILITY, ComparableText, PairFeatures, measure
from transforms.copies.signature import Signature, signature
from transforms.records import Article

Floats = npt.NDArray[np.float64]

FOLDS = 5
RIDGE = 1.0
"""L2 penalty on everything except the intercept."""
NAMES = ("INTERCEPT", "IN_ORDER", "CONTIGUOUS", "SPECIFICS", "LENGTH_RATIO")


def article(row: dict[str, Any]) -> Article:
    """Return the article of a line of the labelled set."""
    at = (
        datetime.fromisoformat(row["published"]) if row.get("published") else datetime(2000, 1, 1, tzinfo=UTC)
    )
    return Article(
        article_id=row["id"],
        url="",
        canonical_url="",
        feed_url="",
        entry_id="",
        title=row["title"],
        text=row["text"],
        fetched_at=at,
        publisher=row["publisher"],
    )


def pairs(rows: list[dict[str, Any]]) -> list[tuple[PairFeatures, str, str]]:
    """Yield the measured candidate pairs: their features, and the family of each article."""
    labels = {row["id"]: (row.get("family") or row["id"], row.get("edit")) for row in rows}
    signatures = sorted(map(signature, map(article, rows)), key=_order)
    house = boilerplate_lines(map(Lines.of, signatures))
    own = [without_boilerplate(one, house) for one in signatures]
    texts = [ComparableText.of(one.words, one.flags) for one in own]
    found = []
    for one, other in candidates([one.shingles for one in signatures]):
        family, edit = labels[signatures[one].article_id]
        other_family, other_edit = labels[signatures[other].article_id]
        if family != other_family and "localise" in (edit, other_edit):
            continue
        figures = measure(texts[one], texts[other])
        if figures:
            found.append((figures, family, other_family))
    return found


def _order(one: Signature) -> tuple[datetime, str]:
    return one.dated_at, one.article_id


def fit(features: Floats, labels: Floats) -> Floats:
    """Return the coefficients of a logistic regression, by Newton's method."""
    weights = np.zeros(features.shape[1])
    ridge = np.r_[1e-6, np.full(len(weights) - 1, RIDGE)]
    for _ in range(30):
        chance = probability(features, weights)
        gradient = features.T @ (chance - labels) + ridge * weights
        curvature = (features * (chance * (1 - chance))[:, None]).T @ features + np.diag(ridge)
        weights -= np.linalg.solve(curvature, gradient)
    return weights


def probability(features: Floats, weights: Floats) -> Floats:
    """Return the regression's probability for each row."""
    result: Floats = 1 / (1 + np.exp(-features @ weights))
    return result


def fold(family: str) -> int:
    """Return the fold of a family, the same in every run."""
    return zlib.crc32(family.encode()) % FOLDS


def main() -> None:
    """Print the coefficients and their cross-validation."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=pathlib.Path)
    lines = parser.parse_args().path.read_text(encoding="utf-8").split("\n")
    found = pairs([json.loads(line) for line in lines if line])
    features = np.array([[1.0, f.in_order, f.contiguous, f.specifics, f.length_ratio] for f, _, _ in found])
    labels = np.array([float(one == other) for _, one, other in found])
    folds = np.array([(fold(one), fold(other)) for _, one, other in found])
    chance = np.zeros(len(labels))
    for test in range(FOLDS):
        touched = (folds == test).any(axis=1)
        weights = fit(features[~touched], labels[~touched])
        chance[folds[:, 0] == test] = probability(features[folds[:, 0] == test], weights)
    false, missed = (
        ((chance >= MIN_COPY_PROBABILITY) & (labels == 0)).sum(),
        ((chance < MIN_COPY_PROBABILITY) & (labels == 1)).sum(),
    )
    loss = -np.mean(np.log(np.where(labels == 1, chance, 1 - chance)))
    print(f"{len(labels)} pairs, {int(labels.sum())} of them copies; cross-validated:")
    print(f"  {false} false, {missed} missed, log loss {loss:.4f}")
    forbidden = np.array([f.embedded or f.one_passage or f.of_a_template for f, _, _ in found])
    false = ((chance >= MIN_COPY_PROBABILITY) & (labels == 0) & ~forbidden).sum()
    missed = (((chance < MIN_COPY_PROBABILITY) | forbidden) & (labels == 1)).sum()
    print(f"  with the rules {false} false, {missed} missed ({(forbidden & (labels == 1)).sum()} by rules)")
    for low in np.arange(0, 1, 0.2):
        within = (chance >= low) & (chance <= low + 0.2)
        told, true = chance[within].mean(), labels[within].mean()
        print(f"  {within.sum():5} pairs of {low:.1f} to {low + 0.2:.1f}: {told:.2f} told, {true:.2f} true")
    substituted = np.array([f.substituted for f, _, _ in found])[labels == 1]
    usual, most = np.quantile(substituted, 0.999), substituted.max()
    print(f"  substituted, of copies: 99.9 % under {usual:.2f}, all {most:.2f}")
    for name, weight in zip(NAMES, fit(features, labels), strict=True):
        print(f"{name} = {weight:.1f}")


if __name__ == "__main__":
    main()
