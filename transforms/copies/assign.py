"""Decide which articles of a run are copies, and of which story: stars, not chains."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Container, Iterable, Sequence

from transforms.copies.boilerplate import boilerplate_lines_of, without_boilerplate
from transforms.copies.clustering import Links
from transforms.copies.scoring import Text
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
    house: Container[tuple[str, int]],
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
    settled = {len(known) + place for place, one in enumerate(run) if one.article_id in copies | twins}
    left = [pair for pair in pairs if settled.isdisjoint(pair)]
    copies |= _alike(run, known, left, house, relatives)
    for article_id, first in twins.items():
        copies[article_id] = copies.get(first, CopyOf(first, 1.0, "exact"))
    agencies = _agencies(run, known, copies)
    decisions = {
        one.article_id: Decision(
            copies.get(one.article_id), agencies.get(one.article_id), boilerplate_lines_of(one, house)
        )
        for one in run
    }
    return {article_id: one for article_id, one in decisions.items() if one != Decision()}


def first_with(exact_keys: Iterable[str]) -> list[int]:
    """Return for each key the position of the first equal one; its own position for ''."""
    firsts: dict[str, int] = {}
    return [firsts.setdefault(key, place) if key else place for place, key in enumerate(exact_keys)]


def exact_key(one: Signature) -> str:
    """Return a key that equal texts share; '' for an article without text."""
    if one.text_key is None:
        return ""
    return one.text_key if len(one.words) >= EXACT_WORDS else f"{one.text_key} {one.title_key}"


def _order(one: Signature) -> tuple[object, ...]:
    return one.dated_at, one.article_id, one.text_key or ""


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
    for one in ordered:
        key = exact_key(one)
        if not key:
            continue
        if key in stories:
            copies[one.article_id] = CopyOf(stories[key], 1.0, "exact")
        elif key in firsts:
            twins[one.article_id] = firsts[key]
        else:
            firsts[key] = one.article_id
    return copies, twins


def _alike(
    run: Sequence[Signature],
    known: Sequence[KnownStory],
    pairs: Sequence[tuple[int, int]],
    house: Container[tuple[str, int]],
    relatives: Sequence[KnownStory],
) -> dict[str, CopyOf]:
    if not pairs:
        return {}
    everything = [*(story.signature for story in known), *run]
    # Positions in order of time, known stories first.
    order = sorted(range(len(known)), key=lambda place: _known_order(known[place]))
    order += sorted(range(len(known), len(everything)), key=lambda place: _order(everything[place]))
    place_of = {place: number for number, place in enumerate(order)}

    def text(one: Signature) -> Text:
        own = without_boilerplate(one, house)
        return Text.of(own.words, own.flags)

    texts = {
        place_of[place]: text(everything[place]) for place in {place for pair in pairs for place in pair}
    }
    # Positions that are compared with nothing, after all others.
    others = {len(order) + at: story for at, story in enumerate(relatives)}
    texts |= {place: text(story.signature) for place, story in others.items()}
    of_story = collections.defaultdict(list)
    for place in (*range(len(known)), *others):
        story = others[place] if place in others else known[order[place]]
        if place in texts:
            of_story[story.story_id].append(place)
    kin = {place: [one for one in places if one != place] for places in of_story.values() for place in places}
    moved = [(place_of[one], place_of[other]) for one, other in pairs]
    links = Links(texts, sorted({(min(pair), max(pair)) for pair in moved}), len(known), kin)
    copies = {}
    for centre, members in links.stars().items():
        if centre < len(known):
            story_id, filed = known[order[centre]].story_id, members
        else:
            row = min(centre, *members)
            story_id, filed = everything[order[row]].article_id, dict(members)
            if row != centre:
                filed[centre] = filed.pop(row)
        for member, link in filed.items():
            copies[everything[order[member]].article_id] = CopyOf(story_id, link.similarity, link.match)
    return copies


def _agencies(
    run: Sequence[Signature], known: Sequence[KnownStory], copies: dict[str, CopyOf]
) -> dict[str, str]:
    """Return the wire for articles that credit none, if the others of their story agree on one."""
    credited: dict[str, set[str]] = collections.defaultdict(set)
    stories = [(story.story_id, story.signature.agency) for story in known]
    for story_id, agency in [*((_story_of(one, copies), one.agency) for one in run), *stories]:
        if agency:
            credited[story_id].add(agency)
    found = {one.article_id: credited[_story_of(one, copies)] for one in run if not one.agency}
    return {article_id: next(iter(wires)) for article_id, wires in found.items() if len(wires) == 1}


def _story_of(one: Signature, copies: dict[str, CopyOf]) -> str:
    return copies[one.article_id].story_id if one.article_id in copies else one.article_id
