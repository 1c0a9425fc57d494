"""Group syndicated copies: exact ones, cut and edited ones, and rewritten ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam

from transforms.copies.assign import KnownStory
from transforms.copies.boilerplate import without_boilerplate
from transforms.copies.history import CopyHistory
from transforms.copies.index import (
    SEGMENT_FILES,
    CopyIndex,
    Indexed,
    IndexSegment,
    batches,
    merge_segments,
    write_segment,
)
from transforms.copies.lookup import EarlierArticles, combined, look_up, search, slices
from transforms.copies.partition import Neighbourhood, decide_near, survey
from transforms.copies.repeats import DropRepeats, first_of
from transforms.copies.signature import Signature, signature
from transforms.copies.versions import FileUpdates, file_update
from transforms.records import ArticleRef, BlobRef, Decision, Filed
from transforms.store import spill
from transforms.store.coders import pack, unpack

__all__ = [
    "SEGMENT_FILES",
    "CopyHistory",
    "CopyIndex",
    "DropRepeats",
    "FileUpdates",
    "GroupCopies",
    "Indexed",
    "KnownStory",
    "Signature",
    "decide",
    "file_update",
    "first_of",
    "merge_segments",
    "signature",
    "write_segment",
]

NEIGHBOURHOODS_PER_ELEMENT = 100
"""Neighbourhoods that cross a shuffle as one element: some 30 KB."""

MAX_SORTED_ARTICLES = 50_000
"""Maximum number of articles that a segment holds in order of time, so that a repeated run writes the same
bytes. A larger run keeps the order of its spill files, because its signatures are not all held in
memory."""

_RUN = "run"
_Packed = tuple[str, bytes]


def decide(refs: Iterable[ArticleRef], history: CopyHistory) -> dict[str, Decision]:
    """Compare articles with each other and with earlier ones, write their index segment, and return
    decisions by article_id.

    GroupCopies does the same in parts.
    """
    blobs = digests(refs)
    index = history.index()
    lookups = look_up(spill.load(blobs), index) if index.segments else ()
    near, decisions = _survey(blobs, lookups, index)
    for neighbourhood in near:
        decisions |= decide_near(neighbourhood, list(spill.load(neighbourhood.blobs)), index)
    write_index_segment(blobs, decisions, history)
    return decisions


def digests(refs: Iterable[ArticleRef]) -> list[BlobRef]:
    """Return where the signatures of articles are, in an order that does not depend on theirs."""
    return sorted((ref.digest for ref in refs), key=lambda blob: (blob.path, blob.offset, blob.packed))


def write_index_segment(
    blobs: Sequence[BlobRef], decisions: dict[str, Decision], history: CopyHistory
) -> None:
    """Write the articles of a run as an index segment, without their boilerplate lines."""

    def indexed(signature: Signature) -> Indexed:
        decision = decisions.get(signature.article_id, Decision())
        boilerplate = {(signature.publisher, key) for key in decision.boilerplate_lines}
        own = dataclasses.replace(
            without_boilerplate(signature, boilerplate), agency=signature.agency or decision.agency
        )
        return Indexed(_story_of(signature, decision), history.filed_at, own)

    signatures: Iterable[Signature] = spill.load(blobs)
    if len(blobs) <= MAX_SORTED_ARTICLES:
        signatures = sorted(signatures, key=lambda signature: (signature.dated_at, signature.article_id))
    write_segment(history.segment, map(indexed, signatures))


def _story_of(article: Signature, decision: Decision) -> str:
    return decision.copy_of.story_id if decision.copy_of else article.article_id


def _survey(
    blobs: list[BlobRef], lookups: Iterable[EarlierArticles], index: CopyIndex
) -> tuple[list[Neighbourhood], dict[str, Decision]]:
    alike: dict[int, list[int]] = {}
    rows: set[int] = set()
    for earlier in lookups:
        alike |= earlier.alike
        rows.update(earlier.witnesses)
    witnesses = [earlier.signature for earlier in index.load(rows).values()]
    return survey(blobs, spill.load(blobs), alike, witnesses)


class _MakeQueries(beam.DoFn):
    """All article refs of a run, under one key, to spilled slices of queries."""

    def __init__(self, history: CopyHistory) -> None:
        self.history = history

    def process(self, element: tuple[str, Iterable[bytes]]) -> Iterator[tuple[BlobRef, ...]]:
        file = spill.SpillFile(f"{self.history.segment}.query")
        query = tuple(map(file.add, slices(spill.load(digests(map(unpack, element[1]))))))
        file.close()
        yield query


class _Search(beam.DoFn):
    """(number, index segment) to (number of the slice, packed matches)."""

    def process(self, element: tuple[int, str], queries: tuple[BlobRef, ...]) -> Iterator[tuple[int, bytes]]:
        number, segment = element[0], IndexSegment(element[1])
        for at, query in enumerate(spill.load(queries)):
            yield at, pack(search(segment, number, query))


def _combined(element: tuple[int, Iterable[bytes]], queries: tuple[BlobRef, ...]) -> _Packed:
    number, matches = element
    (query,) = spill.load([queries[number]])
    return _RUN, pack(combined(query, [unpack(part) for part in matches]))


class _Survey(beam.DoFn):
    """All article refs and all matches, under one key, to packed neighbourhoods, with an output 'alone'."""

    def __init__(self, history: CopyHistory) -> None:
        self.history = history

    def process(self, element: tuple[str, dict[str, Iterable[bytes]]]) -> Iterator[Any]:
        parts = element[1]
        blobs = digests(map(unpack, parts["articles"]))
        near, alone = _survey(blobs, map(unpack, parts["found"]), self.history.index())
        for part in batches(near, NEIGHBOURHOODS_PER_ELEMENT):
            yield pack(part)
        for decided in alone.items():
            yield beam.pvalue.TaggedOutput("alone", decided)


class _Compare(beam.DoFn):
    """Packed neighbourhoods to (article_id, Decision)."""

    def __init__(self, history: CopyHistory) -> None:
        self.history = history

    def setup(self) -> None:
        self.index = self.history.index()

    def process(self, element: bytes) -> Iterator[tuple[str, Decision]]:
        for item in unpack(element):
            yield from decide_near(item, list(spill.load(item.blobs)), self.index).items()


class _WriteIndex(beam.DoFn):
    """All filed articles, under one key, to an index segment."""

    def __init__(self, history: CopyHistory) -> None:
        self.history = history

    def process(self, element: tuple[str, Iterable[bytes]]) -> None:
        filed: list[Filed] = list(map(unpack, element[1]))
        decisions = {item.ref.article_id: item.decision for item in filed}
        write_index_segment(digests(item.ref for item in filed), decisions, self.history)


def _keyed(record: Any) -> _Packed:
    return _RUN, pack(record)


def _file(ref: ArticleRef, decisions: dict[str, Decision]) -> Filed:
    return Filed(ref, decisions.get(ref.article_id, Decision()))


@beam.typehints.with_input_types(ArticleRef)
@beam.typehints.with_output_types(Filed)
class GroupCopies(beam.PTransform):
    """Articles of a run to Filed: each a story, or a copy of a story of this run or an earlier one.

    Only article refs meet, under one key; signatures are read from spill files. Workers search one
    index segment each, then compare the neighbourhoods that the survey of the run gives. Decisions
    return to the refs as a side input.
    """

    def __init__(self, history: CopyHistory) -> None:
        super().__init__()
        self.history = history

    def expand(self, refs: beam.PCollection[ArticleRef]) -> beam.PCollection[Filed]:
        """Emit one Filed per ref."""
        decided = tuple[str, Decision]
        keyed = refs | beam.Map(_keyed).with_output_types(_Packed)
        surveyed = (
            {"articles": keyed, "found": self._look_up(keyed)}
            | beam.CoGroupByKey()
            | "Survey" >> beam.ParDo(_Survey(self.history)).with_outputs("alone", main="near")
        )
        surveyed.near.element_type, surveyed.alone.element_type = bytes, decided
        compared = (
            surveyed.near
            | beam.Reshuffle()
            | "Compare" >> beam.ParDo(_Compare(self.history)).with_output_types(decided)
        )
        decisions: Any = (compared, surveyed.alone) | beam.Flatten()
        filed = refs | "File" >> beam.Map(_file, beam.pvalue.AsDict(decisions)).with_output_types(Filed)
        _ = (
            filed
            | "KeyFiled" >> beam.Map(_keyed).with_output_types(_Packed)
            | "AllFiled" >> beam.GroupByKey()
            | "WriteIndex" >> beam.ParDo(_WriteIndex(self.history))
        )
        return filed

    def _look_up(self, keyed: beam.PCollection[_Packed]) -> beam.PCollection[_Packed]:
        """Search the index for the articles, one element per slice."""
        segments = list(enumerate(self.history.segments))
        if not segments:
            return keyed.pipeline | "NothingEarlier" >> beam.Create([]).with_output_types(_Packed)
        grouped = keyed | "AllArticles" >> beam.GroupByKey()
        spilled = beam.ParDo(_MakeQueries(self.history)).with_output_types(tuple[BlobRef, ...])
        queries = beam.pvalue.AsSingleton(grouped | "MakeQueries" >> spilled, default_value=())
        return (
            keyed.pipeline
            | "Segments" >> beam.Create(segments).with_output_types(tuple[int, str])
            | "ToWorkers" >> beam.Reshuffle()
            | "Search" >> beam.ParDo(_Search(), queries).with_output_types(tuple[int, bytes])
            | "OfSlice" >> beam.GroupByKey()
            | "Found" >> beam.Map(_combined, queries).with_output_types(_Packed)
        )
