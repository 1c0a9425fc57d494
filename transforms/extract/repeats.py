"""DropRepeats: two entries can lead to one page; it is filed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam

from transforms.coders import pack, unpack
from transforms.memory import SeenKeys
from transforms.records import Reject, Slip


def first_of(slips: Iterable[Slip], *, filed_before: bool) -> tuple[Slip | None, list[Reject]]:
    """Of articles with one id, the one to file, and the others as rejects with the reason `duplicate`.

    The choice does not depend on the order they come in.
    """
    ordered = sorted(slips, key=lambda slip: (slip.url, slip.feed_url, slip.entry_id))
    kept = None if filed_before else ordered.pop(0)
    why = "an earlier run filed" if filed_before else "another entry of this run leads to"
    return kept, [_reject(slip, f"{why} {slip.canonical_url}") for slip in ordered]


def _reject(slip: Slip, detail: str) -> Reject:
    return Reject(
        url=slip.url,
        feed_url=slip.feed_url,
        entry_id=slip.entry_id,
        title=slip.title,
        stage="extract",
        reason="duplicate",
        detail=detail,
        attempts=1,
        first_seen_at=slip.fetched_at,
        last_tried_at=slip.fetched_at,
        keys=slip.keys,
    )


def _by_id(slip: Slip) -> tuple[str, bytes]:
    return slip.article_id, pack(slip)


class _FirstOf(beam.DoFn):
    def __init__(self, filed: Sequence[str]) -> None:
        self.segments = filed

    def setup(self) -> None:
        self.filed = SeenKeys.load(self.segments)

    def process(self, element: tuple[str, Iterable[bytes]]) -> Iterator[Any]:
        article_id, packed = element
        kept, repeats = first_of(map(unpack, packed), filed_before=article_id in self.filed)
        if kept:
            yield kept
        for reject in repeats:
            yield beam.pvalue.TaggedOutput("rejects", reject)


@beam.typehints.with_input_types(Slip)
class DropRepeats(beam.PTransform):
    """Slips to (slips: Slip, rejects: Reject): one article an id, none that an earlier run filed.

    `filed` names the segments of SeenKeys with the ids of what was filed.
    """

    def __init__(self, filed: Sequence[str]) -> None:
        super().__init__()
        self.filed = filed

    def expand(self, slips: beam.PCollection[Slip]) -> tuple[Any, Any]:
        kept = (
            slips
            | beam.Map(_by_id).with_output_types(tuple[str, bytes])
            | beam.GroupByKey()
            | beam.ParDo(_FirstOf(self.filed)).with_outputs("rejects", main="slips")
        )
        kept.slips.element_type, kept.rejects.element_type = Slip, Reject
        return kept.slips, kept.rejects
