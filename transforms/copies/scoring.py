"""Whether one of two articles is a copy of the other: their words aligned, and what that says."""

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
"""Of a quoted word, against 1 of the reporter's own: independent reports share quotations."""
RUN_WORDS = 3
"""A run of so many content words that two articles share is no accident."""
BACKGROUND_WEIGHT = 10.0
"""Weight (about own content words) taken from what is shared, and from the whole: the sentence of background
that reports on one affair have in common. Refitted without it, nine `rewrite` pairs are found among 1,281
short agency reports, with it six; of seven that were read six were follow-ups. Of 1,135 labelled pairs it
misses 4 and 11."""
LEAST_CONTIGUOUS = 0.05
"""Contiguous share under which words are not aligned; the least similar labelled pair has 0.12."""
SUBSTITUTION_WORDS = 4
"""A gap between aligned words of at most so many words on both sides replaces one expression by another."""
MOST_SUBSTITUTED = 0.25
"""Share of the names and numbers in aligned passages that may be replaced by others: in a copy they stay,
in two items of one template they change. At most 0.24 in the labelled pairs; 0.26 to 0.43 in six pairs of
market and price reports that were read."""
LEAST_SPECIFICS = 6.0
"""Weight of names and numbers in aligned passages, from which that share is looked at."""
PRIOR_SPECIFICS = 5.0
"""Added to the weight of names and numbers, at the share of all words: few of them say little."""

EMBEDDED_RATIO = math.log(1.5)
LATEST_START = 0.3
"""Where one text is half as long again as the other, what they share starts before this share of the longer:
versions are cut from their end, a passage taken over by another story stands anywhere. In 392 labelled pairs
it starts before 0.16, but for one."""

NARROW = 0.5
"""Where what two texts share lies within less than this share of both, and is less than half of the
shorter, it is one passage: a statement, a background, a quoted item. A copy that was cut or edited shares
words all over at least one of the two. Of 1,136 labelled pairs of copies it refuses one that was joined; of
24 of a story and an article that took a passage of it, which were joined, five."""
OVERLAP_OF_PASSAGE = 0.5
TRIMMED = 0.05
"""Share of what two texts share that is left out at either end when its extent is measured: stray runs."""

# Logistic regression on 1,814 candidate pairs of 171 wire stories, their copies and 344 other articles, by
# benchmarks/studies/fit_copies.py; cross-validated by family it joins no pair falsely and misses 11 of 1,135.
INTERCEPT = -4.3
IN_ORDER = 4.0
CONTIGUOUS = 3.6
SPECIFICS = 5.9
LENGTH_RATIO = -1.7

IS_COPY = 0.55
"""Probability from which a pair is a copy. On 988 labelled articles in one run 0.5 and 0.55 give F1 0.998,
0.6 gives 0.994; in eight runs of them, drawn four times, 0.5 gives 0.986 to 0.994, 0.55 gives 0.989 to
0.997. Of seven pairs of short agency reports, days apart, with 0.5 to 0.9, which were read, those under 0.55
were follow-ups."""
IS_NEAR = 0.6
"""Contiguous share from which a copy counts as `near`; under it sentences were rewritten."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Text:
    """An article's words, made ready to be compared with many others."""

    words: list[int]
    weights: Shares
    specifics: Mask
    """Which words are names or numbers."""
    runs: Keys
    """Hashes of the runs of RUN_WORDS words, in order."""
    sorted_runs: Keys

    @classmethod
    def of(cls, words: Words, flags: npt.NDArray[np.uint8]) -> Text:
        """The text of a sequence of words and their flags."""
        runs = shingle_hashes(words, RUN_WORDS)
        return cls(
            words=words.tolist(),
            weights=np.where(flags & QUOTED, QUOTED_WEIGHT, 1.0),
            specifics=(flags & (NAME | NUMBER)) > 0,
            runs=runs,
            sorted_runs=np.unique(runs),
        )


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What is measured of a pair; shares are of the weight of the shorter text, 0 to 1."""

    in_order: float
    """Words that stand in the other text too, in the same order."""
    contiguous: float
    """Words in runs that the other text has too."""
    specifics: float
    """Names and numbers in order; near `in_order` where there are few."""
    length_ratio: float
    """Natural logarithm of the longer length over the shorter, in content words."""
    substituted: float
    """Share of the names and numbers in aligned passages that stand opposite other words."""
    starts: float
    """Share of the longer text that is over when a tenth of what it shares has come."""
    extent: float
    """Share of a text between the first and the last of what it shares; the larger of both texts'."""

    def probability(self) -> float:
        """That one is a copy of the other, 0 to 1; 0 where a rule forbids it."""
        if self.embedded or self.one_passage or self.of_a_template:
            return 0.0
        return 1.0 / (1.0 + math.exp(-sum(self.terms().values())))

    def terms(self) -> dict[str, float]:
        """What each figure adds to the logarithm of the odds."""
        return {
            "intercept": INTERCEPT,
            "in_order": IN_ORDER * self.in_order,
            "contiguous": CONTIGUOUS * self.contiguous,
            "specifics": SPECIFICS * self.specifics,
            "length_ratio": LENGTH_RATIO * self.length_ratio,
        }

    @property
    def embedded(self) -> bool:
        """Whether the shorter text is a passage that the longer has taken over."""
        return self.length_ratio >= EMBEDDED_RATIO and self.starts > LATEST_START

    @property
    def one_passage(self) -> bool:
        """Whether all that they share stands together in both, and is less than half of the shorter."""
        return self.extent < NARROW and self.contiguous < OVERLAP_OF_PASSAGE

    @property
    def of_a_template(self) -> bool:
        """Whether both fill in one template: the words are the same, the names and numbers are not."""
        return self.substituted > MOST_SUBSTITUTED

    @property
    def match(self) -> str:
        """How the copy is recognised: near or rewrite."""
        return "near" if self.contiguous >= IS_NEAR else "rewrite"


def measure(one: Text, other: Text) -> Figures | None:
    """The figures of a pair, the same in either order; None where it shares next to nothing."""
    short, long = sorted((one, other), key=lambda text: (len(text.words), text.words))
    total = float(short.weights.sum())
    shared, shared_by_long = in_runs(short, long), in_runs(long, short)
    in_runs_weight = float(short.weights @ shared)
    if in_runs_weight <= LEAST_CONTIGUOUS * total:
        return None
    here, there, size = _aligned(short.words, long.words)
    matched = _spans(here, size, len(short.words))
    in_order = _share(float(short.weights @ matched), total)
    specifics = short.weights * short.specifics
    kept = float(specifics @ matched)
    return Figures(
        in_order=in_order,
        contiguous=_share(in_runs_weight, total),
        specifics=(kept + PRIOR_SPECIFICS * in_order) / (float(specifics.sum()) + PRIOR_SPECIFICS),
        length_ratio=math.log(len(long.words) / len(short.words)),
        substituted=_substituted(specifics, here, there, size, kept),
        starts=_starts(shared_by_long),
        extent=max(_extent(short, shared), _extent(long, shared_by_long)),
    )


def _share(shared: float, total: float) -> float:
    return (
        max(0.0, shared - BACKGROUND_WEIGHT) / (total - BACKGROUND_WEIGHT)
        if total > BACKGROUND_WEIGHT
        else 0.0
    )


def in_runs(text: Text, other: Text) -> Shares:
    """Per word of a text, 1 where it stands in a run of words that the other text has too, else 0."""
    found = np.searchsorted(other.sorted_runs, text.runs)
    found[found == len(other.sorted_runs)] = 0
    shared = (
        other.sorted_runs[found] == text.runs if len(other.sorted_runs) else np.zeros(len(text.runs), bool)
    )
    covered = np.zeros(len(text.words))
    for at in range(RUN_WORDS):
        covered[at : at + len(shared)] += shared
    return np.minimum(covered, 1.0)


def _starts(shared: Shares) -> float:
    so_far = np.cumsum(shared)
    return float(np.searchsorted(so_far, 0.1 * so_far[-1])) / len(shared)


def _extent(text: Text, shared: Shares) -> float:
    so_far = np.cumsum(text.weights * shared)
    first, last = np.searchsorted(so_far, np.array([TRIMMED, 1.0 - TRIMMED]) * so_far[-1])
    return float(text.weights[first : last + 1].sum() / text.weights.sum())


def _aligned(short: list[int], long: list[int]) -> tuple[npt.NDArray[np.int64], ...]:
    """The longest common subsequence as blocks: start in the one, start in the other, length."""
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
    kept: float,
) -> float:
    gap_starts = (here + size)[:-1]
    gap, opposite = here[1:] - gap_starts, there[1:] - (there + size)[:-1]
    small = (gap > 0) & (gap <= SUBSTITUTION_WORDS) & (opposite > 0) & (opposite <= SUBSTITUTION_WORDS)
    replaced = float(specifics @ _spans(gap_starts[small], gap[small], len(specifics)))
    return replaced / (replaced + kept) if replaced + kept >= LEAST_SPECIFICS else 0.0
