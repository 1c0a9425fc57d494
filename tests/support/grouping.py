"""Grouping without files: the parts of `decide` that choose, over articles and known stories in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from transforms.copies import KnownStory, Signature
from transforms.copies.assign import exact_key, first_with, join
from transforms.copies.boilerplate import Lines, boilerplate_lines
from transforms.copies.candidates import candidates
from transforms.records import CopyOf


def group(
    signatures: Iterable[Signature],
    known: Sequence[KnownStory] = (),
    witnesses: Sequence[Signature] = (),
) -> dict[str, CopyOf]:
    """The copies among articles, by article_id; known stories are found as those of a run are."""
    unique = {one.article_id: one for one in signatures}
    run = sorted(unique.values(), key=lambda one: (one.dated_at, one.article_id))
    everything = [*(story.signature for story in known), *run]
    boilerplate = boilerplate_lines(map(Lines.of, [*witnesses, *everything]))
    firsts = [place for place, first in enumerate(first_with(map(exact_key, run))) if place == first]
    kept = [*range(len(known)), *(len(known) + place for place in firsts)]
    pairs = candidates([everything[place].shingles for place in kept])
    decisions = join(run, known, [(kept[one], kept[other]) for one, other in pairs], boilerplate)
    return {article_id: one.copy_of for article_id, one in decisions.items() if one.copy_of}
