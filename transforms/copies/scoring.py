"""Score a pair of articles: align their words and decide whether one is a copy of the other."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import LCSseq

from transforms.copies.signature import NAME, NUMBER, QUOTED, Keys, Words, shingle_hashes

Shares = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

QUOTED_WEIGHT = 0.2
"""Weight of a quoted word, against 1 for the reporter's own: independent reports share quotations."""
RUN_WORDS = 3
"""Content words in a shared run that is not an accident."""
BACKGROUND_WEIGHT = 10.0
"""Weight, in about own content words, that is subtracted from the shared part and from the whole: the
background sentence that reports on one affair have in common. Refitted without it, nine `rewrite` pairs are
found among 1,281 short agency reports, with it six; of seven that were read, six were follow-ups. Of 1,135
labelled pairs it misses 11, instead of 4."""
MIN_CONTIGUOUS = 0.05
"""Contiguous share below which words are not aligned; the least similar labelled pair has 0.12."""
SUBSTITUTION_WORDS = 4
"""Maximum words of a gap, on both sides, that replaces one expression by another."""
MAX_SUBSTITUTED = 0.25
"""Maximum share of names and numbers in aligned passages that are replaced. In a copy they stay, in two items
of one template they change. At most 0.24 in labelled pairs; 0.26 to 0.43 in six pairs of market and price
reports that were read."""
MIN_SPECIFICS = 6.0
"""Minimum weight of names and numbers in aligned passages for that share to count."""
PRIOR_SPECIFICS = 5.0
"""Prior weight of names and numbers, at the share of all words: a few of them say little."""

EMBEDDED_RATIO = math.log(1.5)
MAX_START = 0.3
"""If one text is half as long again as the other, the shared part begins before this share of the longer one.
Versions are cut from their end; a passage that another story took over can be anywhere. In 392 labelled
pairs it begins before 0.16, except for one."""

MAX_PASSAGE_EXTENT = 0.5
"""If the shared words span less than this share of both texts, and are less than half of the shorter one,
they are one passage: a statement, a background, a quoted item. A cut or edited copy shares words all over at
least one of the two. Of 1,136 labelled pairs of copies the rule refuses one that was joined; of 24 pairs of
a story and an article that took over a passage of it, which were joined, it refuses five."""
OVERLAP_OF_PASSAGE = 0.5
TRIMMED = 0.05
"""Fraction of the shared words that is ignored at either end when their extent is measured: stray runs."""

# Logistic regression on 1,814 candidate pairs of 171 wire stories, their copies and 344 other articles, by
# benchmarks/studies/fit_copies.py. Cross-validated by family, it joins no pair falsely and misses 11 of
# 1,135.
INTERCEPT = -4.3
IN_ORDER = 4.0
CONTIGUOUS = 3.6
SPECIFICS = 5.9
LENGTH_RATIO = -1.7

MIN_COPY_PROBABILITY = 0.55
"""Minimum probability of a copy. On 988 labelled articles in one run, 0.5 and 0.55 give F1 0.998, 0.6 gives
0.994. In eight runs of them, drawn four times, 0.5 gives 0.986 to 0.994, 0.55 gives 0.989 to 0.997. Of
seven pairs of short agency reports, days apart, with 0.5 to 0.9, which were read, those below 0.55 were
follow-ups."""
MIN_NEAR = 0.6
"""Minimum contiguous share of a copy that counts as `near`; below it, sentences were rewritten."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class ComparableText:
    """An article's words, prepared for many comparisons."""

    words: list[int]
    weights: Shares
    specifics: Mask
    """Mask of words that are names or numbers."""
    runs: Keys
    """Hashes of the runs of RUN_WORDS words, in order."""
    sorted_runs: Keys

    @classmethod
    def of(cls, words: Words, flags: npt.NDArray[np.uint8]) -> ComparableText:
        """Prepare a sequence of words and their flags."""
        runs = shingle_hashes(words, RUN_WORDS)
        return cls(
            words=words.tolist(),
            weights=np.where(flags & QUOTED, QUOTED_WEIGHT, 1.0),
            specifics=(flags & (NAME | NUMBER)) > 0,
            runs=runs,
            sorted_runs=np.unique(runs),
        )


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class PairFeatures:
    """Features of a pair; shares are of the weight of the shorter text, 0 to 1."""

    in_order: float
    """Words that the other text has too, in the same order."""
    contiguous: float
    """Words in runs that the other text has too."""
    specifics: float
    """Names and numbers in order; close to `in_order` if there are few."""
    length_ratio: float
    """Natural logarithm of the longer length over the shorter, in content words."""
    substituted: float
    """Share of names and numbers in aligned passages that face other words."""
    starts: float
    """Share of the longer text before a tenth of the shared part has come."""
    extent: float
    """Share of a text between the first and the last shared word; the larger of both texts'."""

    def probability(self) -> float:
        """Return the probability of a copy, 0 to 1; 0 if a rule forbids it."""
        if self.embedded or self.one_passage or self.of_a_template:
            return 0.0
        return 1.0 / (1.0 + math.exp(-sum(self.terms().values())))

    def terms(self) -> dict[str, float]:
        """Return what each feature adds to the log odds."""
        return {
            "intercept": INTERCEPT,
            "in_order": IN_ORDER * self.in_order,
            "contiguous": CONTIGUOUS * self.contiguous,
            "specifics": SPECIFICS * self.specifics,
            "length_ratio": LENGTH_RATIO * self.length_ratio,
        }

    @property
    def embedded(self) -> bool:
        """Return True if the shorter text is a passage that the longer has taken over."""
        return self.length_ratio >= EMBEDDED_RATIO and self.starts > MAX_START

    @property
    def one_passage(self) -> bool:
        """Return True if all shared words are in one passage of both, less than half of the shorter text."""
        return self.extent < MAX_PASSAGE_EXTENT and self.contiguous < OVERLAP_OF_PASSAGE

    @property
    def of_a_template(self) -> bool:
        """Return True if both fill in one template: the same words with other names and numbers."""
        return self.substituted > MAX_SUBSTITUTED

    @property
    def match(self) -> str:
        """Return how the copy is recognised: near or rewrite."""
        return "near" if self.contiguous >= MIN_NEAR else "rewrite"


def measure(first: ComparableText, second: ComparableText) -> PairFeatures | None:
    """Measure a pair, in either order; None if it shares next to nothing."""
    short, long = sorted((first, second), key=lambda text: (len(text.words), text.words))
    total = float(short.weights.sum())
    shared, shared_by_long = in_runs(short, long), in_runs(long, short)
    in_runs_weight = float(short.weights @ shared)
    if in_runs_weight <= MIN_CONTIGUOUS * total:
        return None
    here, there, size = _aligned(short.words, long.words)
    matched = _spans(here, size, len(short.words))
    in_order = _share(float(short.weights @ matched), total)
    specifics = short.weights * short.specifics
    matched_specifics = float(specifics @ matched)
    return PairFeatures(
        in_order=in_order,
        contiguous=_share(in_runs_weight, total),
        specifics=(matched_specifics + PRIOR_SPECIFICS * in_order)
        / (float(specifics.sum()) + PRIOR_SPECIFICS),
        length_ratio=math.log(len(long.words) / len(short.words)),
        substituted=_substituted(specifics, here, there, size, matched_specifics),
        starts=_starts(shared_by_long),
        extent=max(_extent(short, shared), _extent(long, shared_by_long)),
    )


def _share(shared: float, total: float) -> float:
    return (
        max(0.0, shared - BACKGROUND_WEIGHT) / (total - BACKGROUND_WEIGHT)
        if total > BACKGROUND_WEIGHT
        else 0.0
    )


def in_runs(text: ComparableText, other: ComparableText) -> Shares:
    """Return 1 per word in a run that the other text has too, else 0."""
    positions = np.searchsorted(other.sorted_runs, text.runs)
    positions[positions == len(other.sorted_runs)] = 0
    shared = (
        other.sorted_runs[positions] == text.runs
        if len(other.sorted_runs)
        else np.zeros(len(text.runs), bool)
    )
    covered = np.zeros(len(text.words))
    for at in range(RUN_WORDS):
        covered[at : at + len(shared)] += shared
    return np.minimum(covered, 1.0)


def _starts(shared: Shares) -> float:
    so_far = np.cumsum(shared)
    return float(np.searchsorted(so_far, 0.1 * so_far[-1])) / len(shared)


def _extent(text: ComparableText, shared: Shares) -> float:
    so_far = np.cumsum(text.weights * shared)
    first, last = np.searchsorted(so_far, np.array([TRIMMED, 1.0 - TRIMMED]) * so_far[-1])
    return float(text.weights[first : last + 1].sum() / text.weights.sum())


def _aligned(short: list[int], long: list[int]) -> tuple[npt.NDArray[np.int64], ...]:
    """Return the longest common subsequence as blocks: start in the one, start in the other, length."""
    blocks = [
        (op.src_start, op.dest_start, op.src_end - op.src_start)
        for op in LCSseq.opcodes(short, long)
        if op.tag == "equal"
    ]
    table = np.array(blocks, np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _spans(starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64], length: int) -> Shares:
    edges = np.zeros(length + 1)
    np.add.at(edges, starts, 1.0)
    np.add.at(edges, starts + sizes, -1.0)
    return np.cumsum(edges[:-1])


def _substituted(
    specifics: Shares,
    here: npt.NDArray[np.int64],
    there: npt.NDArray[np.int64],
    size: npt.NDArray[np.int64],
    matched_specifics: float,
) -> float:
    gap_starts = (here + size)[:-1]
    gap, opposite = here[1:] - gap_starts, there[1:] - (there + size)[:-1]
    small = (gap > 0) & (gap <= SUBSTITUTION_WORDS) & (opposite > 0) & (opposite <= SUBSTITUTION_WORDS)
    replaced = float(specifics @ _spans(gap_starts[small], gap[small], len(specifics)))
    return replaced / (replaced + matched_specifics) if replaced + matched_specifics >= MIN_SPECIFICS else 0.0
