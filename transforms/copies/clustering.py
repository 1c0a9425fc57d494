"""Star clustering: each copy is joined to one centre, never to another copy.

Method: Aslam, Pelekhov, Rus 2004, doi:10.7155/jgaa.00084, with two changes. A text's rank is how much of
the others it accounts for, and a text that merges others is not a centre.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
from collections.abc import Container, Iterable, Mapping, Sequence

import numpy as np

from transforms.copies.scoring import MIN_COPY_PROBABILITY, ComparableText, Shares, in_runs, measure

MAX_OVERLAP = 0.2
"""Maximum overlap of two passages that count as different parts of a text, as a share of the smaller."""
MAX_PASSAGES = 12
"""Maximum number of overlapping texts to examine, by longest shared passage."""
MIN_COVERED = 1 / 3
"""Minimum share of a merging article that a story accounts for if it is that story's copy. Below it, the
article is a digest, a story of its own."""


@dataclasses.dataclass(frozen=True, slots=True)
class Edge:
    """Why one article is joined to another."""

    similarity: float
    """Probability that one is a copy of the other."""
    match: str
    covered: float
    """Share of the one's weight in runs that the other has too."""


class SimilarityGraph:
    """Pairs of texts that are copies, by position; positions below `first_new` are known stories.

    Positions are in order of publication. `kin` maps the position of a known story's article to the
    positions of other articles of that story.
    """

    def __init__(
        self,
        texts: Mapping[int, ComparableText],
        pairs: Iterable[tuple[int, int]],
        first_new: int = 0,
        kin: Mapping[int, Sequence[int]] | None = None,
    ) -> None:
        self._texts = texts
        self._first_new = first_new
        self._kin = kin or {}
        self._edges: dict[int, dict[int, Edge]] = collections.defaultdict(dict)
        for earlier, later in pairs:
            if later >= first_new:
                self._add(earlier, later)

    def stars(self) -> dict[int, dict[int, Edge]]:
        """Return the members of stories with their edges, by the position of the story's centre or row."""
        linked = sorted(position for position in self._edges if position >= self._first_new)
        merging = {position for position in linked if self._merges(position)}
        centres = self._centres([position for position in linked if position not in merging])
        stars: dict[int, dict[int, Edge]] = collections.defaultdict(dict)
        for position in linked:
            least = MIN_COVERED if position in merging else 0.0
            story = self._best(position, range(self._first_new), least)
            beside = None if position in centres else self._best(position, centres, least)
            edges = self._edges[position]
            if beside is not None and (story is None or edges[beside].covered > edges[story].covered):
                of_centre = self._best(beside, range(self._first_new), 0.0)
                stars[beside if of_centre is None else of_centre][position] = edges[beside]
            elif story is not None:
                stars[story][position] = edges[story]
        return {story: stars[story] for story in sorted(stars)}

    def _add(self, earlier: int, later: int) -> None:
        features = measure(self._texts[earlier], self._texts[later])
        if features is None:
            return
        similarity = features.probability()
        if similarity < MIN_COPY_PROBABILITY:
            return
        for here, there in ((earlier, later), (later, earlier)):
            text = self._texts[here]
            covered = float(text.weights @ in_runs(text, self._texts[there])) / float(text.weights.sum())
            self._edges[here][there] = Edge(similarity, features.match, covered)

    def _centres(self, positions: Iterable[int]) -> set[int]:
        """Return centres, best first: no two are linked, and every other text is linked to one."""
        ranks = {position: self._rank(position) for position in positions}
        centres: set[int] = set()
        beside: set[int] = set()
        for position in sorted(ranks, key=lambda position: (-ranks[position], position)):
            if position not in beside:
                centres.add(position)
                beside.update(self._edges[position])
        return centres

    def _rank(self, position: int) -> float:
        """Return how much of the others a text accounts for. It is squared, since a small share of
        many says little."""
        return round(
            sum(self._edges[neighbour][position].covered ** 2 for neighbour in self._edges[position]), 6
        )

    def _best(self, position: int, choices: Container[int], least: float) -> int | None:
        """Return the choice that accounts for most of a text, and for at least `least` of it."""
        edges = self._edges[position]
        allowed = [
            choice
            for choice in edges
            if choice in choices and edges[choice].covered >= least and not self._bridges(position, choice)
        ]
        return max(
            allowed,
            key=lambda choice: (edges[choice].covered, edges[choice].similarity, -choice),
            default=None,
        )

    def _merges(self, position: int) -> bool:
        """Return True if different parts of a text are copies of texts that are not copies of each other."""
        text = self._texts[position]
        passages = [
            (text.weights * in_runs(text, self._texts[neighbour]), neighbour)
            for neighbour in self._edges[position]
        ]
        largest = sorted(passages, key=lambda passage: (-float(passage[0].sum()), passage[1]))[:MAX_PASSAGES]
        return any(
            self._apart(shared_a, shared_b)
            and text_b not in self._edges[text_a]
            and not self._alike(text_a, text_b)
            for (shared_a, text_a), (shared_b, text_b) in itertools.combinations(largest, 2)
        )

    def _bridges(self, position: int, known: int) -> bool:
        """Return True if a known article shares a passage that does not come from its own story."""
        kin = [relative for relative in self._kin.get(known, ()) if relative not in self._edges[position]]
        if known >= self._first_new or not kin:
            return False
        text = self._texts[known]
        shared = text.weights * in_runs(text, self._texts[position])
        return any(
            self._apart(shared, text.weights * in_runs(text, self._texts[relative]))
            and self._alike(known, relative)
            and not self._alike(position, relative)
            for relative in kin
        )

    def _apart(self, first: Shares, second: Shares) -> bool:
        return float(np.minimum(first, second).sum()) < MAX_OVERLAP * min(
            float(first.sum()), float(second.sum())
        )

    def _alike(self, first: int, second: int) -> bool:
        features = measure(self._texts[first], self._texts[second])
        return features is not None and features.probability() >= MIN_COPY_PROBABILITY
