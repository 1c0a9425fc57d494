"""DropRepeats: two entries can lead to one page; it is filed once, again only if it was updated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import apache_beam as beam

from transforms.reasons import Reason
from transforms.records import ArticleRef, Reject
from transforms.store.coders import pack, unpack
from transforms.store.keys import KnownKeys


class DedupResult(NamedTuple):
    """What becomes of articles with one id: one of them is filed, or none."""

    article: ArticleRef | None
    """The first time."""
    update: ArticleRef | None
    """As a later version."""
    rejects: list[Reject]


def first_of(refs: Iterable[ArticleRef], *, filed_before: bool) -> DedupResult:
    """Of articles with one id, the one to file, and the others as rejects with the reason `duplicate`.

    Of what was filed before that is an update, of what was not any; updates come first, the
    one read last, since they were read after what they update. The choice does not depend
    on the order they come in.
    """
    ordered = sorted(refs, key=_order)
    kept = ordered[0] if ordered[0].update or not filed_before else None
    why = "another entry of this run leads to" if kept else "an earlier run filed"
    repeats = ordered[1:] if kept else ordered
    rejects = [Reject.of_ref(ref, Reason.DUPLICATE, f"{why} {ref.canonical_url}") for ref in repeats]
    return DedupResult(None if filed_before else kept, kept if filed_before else None, rejects)


def _order(ref: ArticleRef) -> tuple[object, ...]:
    read_at = -ref.fetched_at.timestamp() if ref.update else 0.0
    return not ref.update, read_at, ref.url, ref.feed_url, ref.entry_id


def _by_id(ref: ArticleRef) -> tuple[str, bytes]:
    return ref.article_id, pack(ref)


class _FirstOf(beam.DoFn):
    def __init__(self, filed: Sequence[str]) -> None:
        self.segments = filed

    def setup(self) -> None:
        self.filed = KnownKeys.load(self.segments)

    def process(self, element: tuple[str, Iterable[bytes]]) -> Iterator[Any]:
        article_id, packed = element
        chosen = first_of(map(unpack, packed), filed_before=article_id in self.filed)
        if chosen.article:
            yield chosen.article
        if chosen.update:
            yield beam.pvalue.TaggedOutput("updates", chosen.update)
        for reject in chosen.rejects:
            yield beam.pvalue.TaggedOutput("rejects", reject)


@beam.typehints.with_input_types(ArticleRef)
class DropRepeats(beam.PTransform):
    """ArticleRefs to (articles: ArticleRef, updates: ArticleRef, rejects: Reject): one article an id.

    What an earlier run filed comes out as an update, where its entry is one.
    `filed` names the segments of KnownKeys with the ids of what was filed.
    """

    def __init__(self, filed: Sequence[str]) -> None:
        super().__init__()
        self.filed = filed

    def expand(self, refs: beam.PCollection[ArticleRef]) -> tuple[Any, Any, Any]:
        kept = (
            refs
            | beam.Map(_by_id).with_output_types(tuple[str, bytes])
            | beam.GroupByKey()
            | beam.ParDo(_FirstOf(self.filed)).with_outputs("updates", "rejects", main="articles")
        )
        kept.articles.element_type = kept.updates.element_type = ArticleRef
        kept.rejects.element_type = Reject
        return kept.articles, kept.updates, kept.rejects
