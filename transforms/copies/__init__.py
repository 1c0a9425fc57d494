"""Which articles are copies of one story: exact ones, cut and edited ones, and rewritten ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import apache_beam as beam

from transforms import spool
from transforms.coders import pack, unpack
from transforms.copies.group import KnownStory, group
from transforms.copies.index import SEGMENT_FILES, CopyIndex, Indexed, merge_segments, write_segment
from transforms.copies.signature import Signature, signature
from transforms.records import CopyOf, Filed, Slip

__all__ = [
    "SEGMENT_FILES",
    "CopyHistory",
    "CopyIndex",
    "GroupCopies",
    "Indexed",
    "KnownStory",
    "Signature",
    "decide",
    "group",
    "merge_segments",
    "signature",
    "write_segment",
]

_RUN = "run"


@dataclasses.dataclass(frozen=True, slots=True)
class CopyHistory:
    """Where copies of earlier articles are looked for, and where this run's articles are noted."""

    segments: tuple[str, ...]
    """Of the index, the oldest first."""
    not_before: datetime
    """What was filed earlier does not count."""
    segment: str
    """To be written: what this run files."""
    filed_at: datetime


def decide(slips: Iterable[Slip], history: CopyHistory) -> dict[str, CopyOf]:
    """The copies among articles, by article_id, of each other or of earlier ones; notes them all."""
    refs = sorted((slip.digest for slip in slips), key=lambda ref: (ref.path, ref.offset))
    signatures = sorted(spool.load(refs), key=lambda one: (one.dated_at, one.article_id))
    known, witnesses = CopyIndex(history.segments, history.not_before).known(signatures)
    copies = group(signatures, known, witnesses)

    def indexed(one: Signature) -> Indexed:
        copy_of = copies.get(one.article_id)
        return Indexed(copy_of.story_id if copy_of else one.article_id, history.filed_at, one)

    write_segment(history.segment, map(indexed, signatures))
    return copies


class _Decide(beam.DoFn):
    """The slips of a run, under one key, to (article_id, CopyOf) for those that are copies."""

    def __init__(self, history: CopyHistory) -> None:
        self.history = history

    def process(self, element: tuple[str, Iterable[bytes]]) -> Iterator[tuple[str, CopyOf]]:
        yield from decide(map(unpack, element[1]), self.history).items()


def _keyed(slip: Slip) -> tuple[str, bytes]:
    return _RUN, pack(slip)


def _file(slip: Slip, copies: dict[str, CopyOf]) -> Filed:
    return Filed(slip, copies.get(slip.article_id))


@beam.typehints.with_input_types(Slip)
@beam.typehints.with_output_types(Filed)
class GroupCopies(beam.PTransform):
    """Articles of a run, each as a story or as a copy of one, of this run's or of an earlier one's.

    Only slips meet, under one key: signatures are read from the spool, and of
    earlier ones those that share shingles with them from the index. What was
    decided comes back to the slips as a side input.
    """

    def __init__(self, history: CopyHistory) -> None:
        super().__init__()
        self.history = history

    def expand(self, slips: beam.PCollection[Slip]) -> beam.PCollection[Filed]:
        """One Filed out for each slip in."""
        copies: Any = (
            slips
            | beam.Map(_keyed).with_output_types(tuple[str, bytes])
            | beam.GroupByKey()
            | "Decide" >> beam.ParDo(_Decide(self.history)).with_output_types(tuple[str, CopyOf])
        )
        return slips | "File" >> beam.Map(_file, beam.pvalue.AsDict(copies)).with_output_types(Filed)
