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
        self._links: dict[int, dict[int, Edge]] = collections.defaultdict(dict)
        for earlier, later in pairs:
            if later >= first_new:
                self._add(earlier, later)

    def stars(self) -> dict[int, dict[int, Edge]]:
        """Return the members of stories with their edges, by the position of the story's centre or row."""
        linked = sorted(place for place in self._links if place >= self._first_new)
        merging = {place for place in linked if self._merges(place)}
        centres = self._centres([place for place in linked if place not in merging])
        stars: dict[int, dict[int, Edge]] = collections.defaultdict(dict)
        for place in linked:
            least = MIN_COVERED if place in merging else 0.0
            story = self._best(place, range(self._first_new), least)
            beside = None if place in centres else self._best(place, centres, least)
            links = self._links[place]
            if beside is not None and (story is None or links[beside].covered > links[story].covered):
                of_centre = self._best(beside, range(self._first_new), 0.0)
                stars[beside if of_centre is None else of_centre][place] = links[beside]
            elif story is not None:
                stars[story][place] = links[story]
        return {story: stars[story] for story in sorted(stars)}

    def _add(self, earlier: int, later: int) -> None:
        figures = measure(self._texts[earlier], self._texts[later])
        if figures is None:
            return
        similarity = figures.probability()
        if similarity < MIN_COPY_PROBABILITY:
            return
        for here, there in ((earlier, later), (later, earlier)):
            text = self._texts[here]
            covered = float(text.weights @ in_runs(text, self._texts[there])) / float(text.weights.sum())
            self._links[here][there] = Edge(similarity, figures.match, covered)

    def _centres(self, places: Iterable[int]) -> set[int]:
        """Return centres, best first: no two are linked, and every other text is linked to one."""
        ranks = {place: self._rank(place) for place in places}
        centres: set[int] = set()
        beside: set[int] = set()
        for place in sorted(ranks, key=lambda place: (-ranks[place], place)):
            if place not in beside:
                centres.add(place)
                beside.update(self._links[place])
        return centres

    def _rank(self, place: int) -> float:
        """Return how much of the others a text accounts for. It is squared, since a small share of
        many says little."""
        return round(sum(self._links[neighbour][place].covered ** 2 for neighbour in self._links[place]), 6)

    def _best(self, place: int, choices: Container[int], least: float) -> int | None:
        """Return the choice that accounts for most of a text, and for at least `least` of it."""
        links = self._links[place]
        allowed = [
            choice
            for choice in links
            if choice in choices and links[choice].covered >= least and not self._bridges(place, choice)
        ]
        return max(
            allowed,
            key=lambda choice: (links[choice].covered, links[choice].similarity, -choice),
            default=None,
        )

    def _merges(self, place: int) -> bool:
        """Return True if different parts of a text are copies of texts that are not copies of each other."""
        text = self._texts[place]
        passages = [(text.weights * in_runs(text, self._texts[other]), other) for other in self._links[place]]
        largest = sorted(passages, key=lambda passage: (-float(passage[0].sum()), passage[1]))[:MAX_PASSAGES]
        return any(
            self._apart(mine, yours) and other not in self._links[one] and not self._alike(one, other)
            for (mine, one), (yours, other) in itertools.combinations(largest, 2)
        )

    def _bridges(self, place: int, known: int) -> bool:
        """Return True if a known article shares a passage that does not come from its own story."""
        kin = [relative for relative in self._kin.get(known, ()) if relative not in self._links[place]]
        if known >= self._first_new or not kin:
            return False
        text = self._texts[known]
        shared = text.weights * in_runs(text, self._texts[place])
        return any(
            self._apart(shared, text.weights * in_runs(text, self._texts[relative]))
            and self._alike(known, relative)
            and not self._alike(place, relative)
            for relative in kin
        )

    def _apart(self, first: Shares, second: Shares) -> bool:
        return float(np.minimum(first, second).sum()) < MAX_OVERLAP * min(
            float(first.sum()), float(second.sum())
        )

    def _alike(self, first: int, second: int) -> bool:
        figures = measure(self._texts[first], self._texts[second])
        return figures is not None and figures.probability() >= MIN_COPY_PROBABILITY
