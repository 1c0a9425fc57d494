"""Which articles of a run are copies, and of which story: stars around the fullest texts, no chains."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from transforms.copies.candidates import candidates
from transforms.copies.house import house_lines, without_house_lines
from transforms.copies.signature import Signature
from transforms.copies.stars import Links
from transforms.copies.verify import Text
from transforms.records import CopyOf

EXACT_WORDS = 12
"""Content words under which equal texts are copies only under equal titles: "This article is for subscribers"
stands on pages that have nothing else in common."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class KnownStory:
    """An article that an earlier run filed, a story's row or a copy of one; the story keeps its id."""

    story_id: str
    signature: Signature


def group(
    signatures: Iterable[Signature],
    known: Sequence[KnownStory] = (),
    witnesses: Sequence[Signature] = (),
) -> dict[str, CopyOf]:
    """The copies among articles, by article_id; an article that is no copy has no entry.

    A story's id is the article_id of its first published article, ties by
    article_id, or that of the known story. Within the run a copy is joined to
    the text of its story that accounts for most of the others (a cut version
    may have been published first), never to a text that is itself joined to
    another. `similarity` and `match` tell of the copy and that text. `witnesses`
    are earlier articles of the same publishers, whose house lines they show. The
    result does not depend on the order of the articles.
    """
    unique = {one.article_id: one for one in sorted(signatures, key=_order, reverse=True)}
    known = sorted(known, key=lambda story: (_order(story.signature), story.story_id))
    copies, twins = _exact(sorted(unique.values(), key=_order), known)
    run = [one for one in sorted(unique.values(), key=_order) if one.article_id not in copies | twins]
    copies |= _alike(run, known, witnesses)
    for article_id, first in twins.items():
        copies[article_id] = copies.get(first, CopyOf(first, 1.0, "exact"))
    return copies


def _order(one: Signature) -> tuple[object, ...]:
    return one.dated_at, one.article_id, one.text_key or ""


def _exact(
    ordered: Sequence[Signature], known: Sequence[KnownStory]
) -> tuple[dict[str, CopyOf], dict[str, str]]:
    """Articles with the text of a known story; and those with an earlier article's, with that one's id."""
    stories: dict[str, str] = {}
    for story in known:
        stories.setdefault(_exact_key(story.signature), story.story_id)
    firsts: dict[str, str] = {}
    copies: dict[str, CopyOf] = {}
    twins: dict[str, str] = {}
    for one in ordered:
        key = _exact_key(one)
        if not key:
            continue
        if key in stories:
            copies[one.article_id] = CopyOf(stories[key], 1.0, "exact")
        elif key in firsts:
            twins[one.article_id] = firsts[key]
        else:
            firsts[key] = one.article_id
    return copies, twins


def _exact_key(one: Signature) -> str:
    if one.text_key is None:
        return ""
    return one.text_key if len(one.words) >= EXACT_WORDS else f"{one.text_key} {one.title_key}"


def _alike(
    run: Sequence[Signature], known: Sequence[KnownStory], witnesses: Sequence[Signature]
) -> dict[str, CopyOf]:
    signatures = [story.signature for story in known] + list(run)
    house = house_lines([*witnesses, *signatures])
    texts = [Text.of(*without_house_lines(one, house)) for one in signatures]
    links = Links(texts, candidates(signatures), first_new=len(known))
    copies = {}
    for centre, members in links.stars().items():
        if centre < len(known):
            story_id, filed = known[centre].story_id, members
        else:
            row = min(centre, *members)
            story_id, filed = signatures[row].article_id, dict(members)
            if row != centre:
                filed[centre] = filed.pop(row)
        for member, link in filed.items():
            copies[signatures[member].article_id] = CopyOf(story_id, link.similarity, link.match)
    return copies
