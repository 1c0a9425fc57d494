"""Partition a run's articles into neighbourhoods: copies are within one, never across two.

The survey of a run holds a kilobyte per article. Neighbourhoods are small and independent, so workers
compare each by itself.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

from transforms.copies.assign import KnownStory, exact_key, first_with, join
from transforms.copies.boilerplate import BoilerplateLines, Lines, boilerplate_lines, boilerplate_lines_of
from transforms.copies.candidates import candidates
from transforms.copies.index import CopyIndex
from transforms.copies.signature import Keys, Signature
from transforms.records import BlobRef, Decision

Pair = tuple[int, int]


@dataclasses.dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Articles of a run that may be copies of each other or of earlier ones, and of no related."""

    blobs: tuple[BlobRef, ...]
    """Where their signatures are."""
    rows: tuple[int, ...]
    """Rows of the index: earlier articles."""
    pairs: tuple[Pair, ...]
    """Pairs to compare, as positions, first of `rows`, then of `blobs`."""
    boilerplate: BoilerplateLines
    """Boilerplate lines of their publishers."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Member:
    blob: BlobRef
    order: tuple[object, ...]
    article_id: str
    exact_key: str
    shingles: Keys
    lines: Lines


def survey(
    blobs: Sequence[BlobRef],
    signatures: Iterable[Signature],
    alike: Mapping[int, Sequence[int]],
    witnesses: Iterable[Signature],
) -> tuple[list[Neighbourhood], dict[str, Decision]]:
    """Return the neighbourhoods of a run, and decisions about articles outside of them.

    `signatures` are those of `blobs`, in order. `alike` has rows of the index by the number of the
    article in that order.
    """
    members = [_member(blob, signature) for blob, signature in zip(blobs, signatures, strict=True)]
    boilerplate = boilerplate_lines([*map(Lines.of, witnesses), *(member.lines for member in members)])
    ordered = sorted(range(len(members)), key=lambda number: members[number].order)
    first = first_with(members[number].exact_key for number in ordered)
    apart = [number for place, number in enumerate(ordered) if first[place] == place]
    twins = [(ordered[first[place]], number) for place, number in enumerate(ordered)]
    pairs = [
        (apart[earlier], apart[later])
        for earlier, later in candidates([members[at].shingles for at in apart])
    ]
    pairs_of: dict[int, list[Pair]] = collections.defaultdict(list)
    for pair in pairs:
        pairs_of[pair[0]].append(pair)
    lines_of: dict[str, set[tuple[str, int]]] = collections.defaultdict(set)
    for line in boilerplate:
        lines_of[line[0]].add(line)
    near: list[Neighbourhood] = []
    alone: dict[str, Decision] = {}
    for part in _parts(len(members), pairs, twins):
        if len(part) == 1 and not alike.get(part[0]):
            member = members[part[0]]
            if keys := boilerplate_lines_of(member.lines, boilerplate):
                alone[member.article_id] = Decision(boilerplate_lines=keys)
        else:
            publishers = {members[number].lines.publisher for number in part}
            own_boilerplate = frozenset[tuple[str, int]]().union(
                *(lines_of.get(name, ()) for name in publishers)
            )
            near.append(_neighbourhood(part, members, pairs_of, alike, own_boilerplate))
    return near, alone


def decide_near(
    neighbourhood: Neighbourhood, run: Sequence[Signature], index: CopyIndex
) -> dict[str, Decision]:
    """Return the decisions for a neighbourhood, by article_id; `run` are the signatures of its blobs."""
    loaded = index.load(neighbourhood.rows)
    copies = {
        article.story_id for article in loaded.values() if article.story_id != article.signature.article_id
    }
    relatives = index.load(set(index.of_stories(copies)).difference(loaded)) if copies else {}
    live = [place for place, row in enumerate(neighbourhood.rows) if row in loaded]
    known = [loaded[neighbourhood.rows[place]] for place in live]
    position_of = {place: at for at, place in enumerate(live)}
    for at in range(len(run)):
        position_of[len(neighbourhood.rows) + at] = len(live) + at
    pairs = [
        (position_of[a], position_of[b])
        for a, b in neighbourhood.pairs
        if a in position_of and b in position_of
    ]
    stories = [KnownStory(article.story_id, article.signature) for article in known]
    related = [KnownStory(article.story_id, article.signature) for article in relatives.values()]
    return join(run, stories, pairs, neighbourhood.boilerplate, related)


def _member(blob: BlobRef, article: Signature) -> _Member:
    order = (article.dated_at, article.article_id)
    return _Member(blob, order, article.article_id, exact_key(article), article.shingles, Lines.of(article))


def _parts(count: int, *links: Iterable[Pair]) -> Iterator[list[int]]:
    """Yield the connected components of `count` articles, each in ascending order."""
    above = list(range(count))

    def root(number: int) -> int:
        while above[number] != number:
            above[number] = above[above[number]]
            number = above[number]
        return number

    for pairs in links:
        for earlier, later in pairs:
            above[root(earlier)] = root(later)
    parts: dict[int, list[int]] = collections.defaultdict(list)
    for number in range(count):
        parts[root(number)].append(number)
    yield from parts.values()


def _neighbourhood(
    part: Sequence[int],
    members: Sequence[_Member],
    pairs_of: Mapping[int, Sequence[Pair]],
    alike: Mapping[int, Sequence[int]],
    boilerplate: BoilerplateLines,
) -> Neighbourhood:
    rows = sorted({row for number in part for row in alike.get(number, ())})
    place_of_row = {row: place for place, row in enumerate(rows)}
    place_of = {number: len(rows) + at for at, number in enumerate(part)}
    pairs = [(place_of_row[row], place_of[number]) for number in part for row in alike.get(number, ())]
    pairs += [
        (place_of[earlier], place_of[later]) for number in part for earlier, later in pairs_of.get(number, ())
    ]
    return Neighbourhood(
        tuple(members[number].blob for number in part), tuple(rows), tuple(pairs), boilerplate
    )
