"""Decide which articles of a run are copies, and of which story: stars, not chains."""

from __future__ import annotations

import collections
import dataclasses
import itertools
from collections.abc import Container, Iterable, Iterator, Sequence

from transforms.copies.boilerplate import boilerplate_lines_of, without_boilerplate
from transforms.copies.clustering import Edge, SimilarityGraph
from transforms.copies.scoring import ComparableText
from transforms.copies.signature import Signature
from transforms.records import CopyOf, Decision

EXACT_WORDS = 12
"""Content words below which equal texts are copies only under equal titles: "This article is for subscribers"
appears on pages that have nothing else in common."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class KnownStory:
    """An article that an earlier run filed, a story's row or a copy; the story keeps its id."""

    story_id: str
    signature: Signature


def join(
    run: Sequence[Signature],
    known: Sequence[KnownStory],
    pairs: Iterable[tuple[int, int]],
    boilerplate: Container[tuple[str, int]],
    relatives: Sequence[KnownStory] = (),
) -> dict[str, Decision]:
    """Compare `pairs` of articles and return decisions by article_id.

    Pairs hold positions, first of known stories, then of the run's articles. A story's id is that of
    the known story, or the article_id of its first published article (ties by article_id). Within the
    run, a copy joins the text of its story that accounts for most of the others, since a cut version
    may have been published first. It never joins a text that is itself a copy, nor a known story
    through a copy that merges it with others; `relatives`, further articles of the known stories, show
    that. `similarity` and `match` describe the copy and that text. The result does not depend on the
    order of the articles.
    """
    copies, twins = _exact(sorted(run, key=_order), sorted(known, key=_known_order))
    settled = {
        len(known) + place for place, article in enumerate(run) if article.article_id in copies | twins
    }
    left = [pair for pair in pairs if settled.isdisjoint(pair)]
    copies |= _alike(run, known, left, boilerplate, relatives)
    for article_id, first in twins.items():
        copies[article_id] = copies.get(first, CopyOf(first, 1.0, "exact"))
    agencies = _agencies(run, known, copies)
    decisions = {
        article.article_id: Decision(
            copies.get(article.article_id),
            agencies.get(article.article_id),
            boilerplate_lines_of(article, boilerplate),
        )
        for article in run
    }
    return {article_id: decision for article_id, decision in decisions.items() if decision != Decision()}


def first_with(exact_keys: Iterable[str]) -> list[int]:
    """Return for each key the position of the first equal one; its own position for ''."""
    firsts: dict[str, int] = {}
    return [firsts.setdefault(key, place) if key else place for place, key in enumerate(exact_keys)]


def exact_key(article: Signature) -> str:
    """Return a key that equal texts share; '' for an article without text."""
    if article.text_key is None:
        return ""
    return (
        article.text_key if len(article.words) >= EXACT_WORDS else f"{article.text_key} {article.title_key}"
    )


def _order(article: Signature) -> tuple[object, ...]:
    return article.dated_at, article.article_id, article.text_key or ""


def _known_order(story: KnownStory) -> tuple[object, ...]:
    return _order(story.signature), story.story_id


def _exact(
    ordered: Sequence[Signature], known: Sequence[KnownStory]
) -> tuple[dict[str, CopyOf], dict[str, str]]:
    """Find articles with the text of a known story, and articles with the text of an earlier one."""
    stories: dict[str, str] = {}
    for story in known:
        stories.setdefault(exact_key(story.signature), story.story_id)
    firsts: dict[str, str] = {}
    copies: dict[str, CopyOf] = {}
    twins: dict[str, str] = {}
    for article in ordered:
        key = exact_key(article)
        if not key:
            continue
        if key in stories:
            copies[article.article_id] = CopyOf(stories[key], 1.0, "exact")
        elif key in firsts:
            twins[article.article_id] = firsts[key]
        else:
            firsts[key] = article.article_id
    return copies, twins


class _Roster:
    """Articles to compare, ranked by time: known stories, then the run's articles, then relatives.

    Callers name articles by their position in `known` followed by `run`; the graph names them by rank.
    Relatives are compared with nothing, so they have ranks only.
    """

    def __init__(
        self, run: Sequence[Signature], known: Sequence[KnownStory], relatives: Sequence[KnownStory]
    ) -> None:
        everything = [*(story.signature for story in known), *run]
        order = sorted(range(len(known)), key=lambda position: _known_order(known[position]))
        order += sorted(range(len(known), len(everything)), key=lambda position: _order(everything[position]))
        self._rank_of = {position: rank for rank, position in enumerate(order)}
        self.first_new = len(known)
        """Rank of the first article of the run."""
        self.signatures = [
            *(everything[position] for position in order),
            *(story.signature for story in relatives),
        ]
        self.relatives = range(len(order), len(self.signatures))
        self._story_ids = {
            rank: known[position].story_id for rank, position in enumerate(order[: len(known)])
        }
        self._story_ids |= dict(zip(self.relatives, (story.story_id for story in relatives), strict=True))

    def ranked(self, pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return pairs of positions as pairs of ranks (earlier, later), sorted, each once."""
        ranks = ((self._rank_of[first], self._rank_of[second]) for first, second in pairs)
        return sorted({(min(pair), max(pair)) for pair in ranks})

    def kin(self, ranks: Container[int]) -> dict[int, list[int]]:
        """Return for each of `ranks` that is a known story or relative the others of its story."""
        of_story = collections.defaultdict(list)
        for rank, story_id in self._story_ids.items():
            if rank in ranks:
                of_story[story_id].append(rank)
        return {
            rank: [relative for relative in members if relative != rank]
            for members in of_story.values()
            for rank in members
        }

    def copies_of(self, centre: int, members: dict[int, Edge]) -> Iterator[tuple[str, CopyOf]]:
        """Yield the copies of a star by article_id, of the known story at its centre or its first article."""
        copies, story_id = dict(members), self._story_ids.get(centre)
        if story_id is None:
            row = min(centre, *members)
            story_id = self.signatures[row].article_id
            if row != centre:
                copies[centre] = copies.pop(row)
        for rank, edge in copies.items():
            yield self.signatures[rank].article_id, CopyOf(story_id, edge.similarity, edge.match)


def _alike(
    run: Sequence[Signature],
    known: Sequence[KnownStory],
    pairs: Sequence[tuple[int, int]],
    boilerplate: Container[tuple[str, int]],
    relatives: Sequence[KnownStory],
) -> dict[str, CopyOf]:
    """Compare pairs of positions in `known` followed by `run`, and return the copies by article_id."""
    if not pairs:
        return {}
    roster = _Roster(run, known, relatives)
    ranked = roster.ranked(pairs)
    texts = {
        rank: _comparable(roster.signatures[rank], boilerplate)
        for rank in {*roster.relatives, *itertools.chain(*ranked)}
    }
    graph = SimilarityGraph(texts, ranked, roster.first_new, roster.kin(texts))
    stars = graph.stars().items()
    return dict(itertools.chain(*(roster.copies_of(centre, members) for centre, members in stars)))


def _comparable(article: Signature, boilerplate: Container[tuple[str, int]]) -> ComparableText:
    own = without_boilerplate(article, boilerplate)
    return ComparableText.of(own.words, own.flags)


def _agencies(
    run: Sequence[Signature], known: Sequence[KnownStory], copies: dict[str, CopyOf]
) -> dict[str, str]:
    """Return the wire for articles that credit none, if the others of their story agree on one."""
    credited: dict[str, set[str]] = collections.defaultdict(set)
    stories = [(story.story_id, story.signature.agency) for story in known]
    for story_id, agency in [*((_story_of(article, copies), article.agency) for article in run), *stories]:
        if agency:
            credited[story_id].add(agency)
    agencies = {
        article.article_id: credited[_story_of(article, copies)] for article in run if not article.agency
    }
    return {article_id: next(iter(wires)) for article_id, wires in agencies.items() if len(wires) == 1}


def _story_of(article: Signature, copies: dict[str, CopyOf]) -> str:
    return copies[article.article_id].story_id if article.article_id in copies else article.article_id
