"""DropRepeats: file a page once, however many entries lead to it, and again only after an update."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import apache_beam as beam

from transforms.reasons import Reason
from transforms.records import ArticleRef, Reject
from transforms.store.coders import pack, unpack
from transforms.store.keys import KnownKeys


class DedupResult(NamedTuple):
    """The fate of articles with one id: at most one of them is filed."""

    article: ArticleRef | None
    """The article to file for the first time."""
    update: ArticleRef | None
    """The article to file as a later version."""
    rejects: list[Reject]


def first_of(refs: Iterable[ArticleRef], *, filed_before: bool) -> DedupResult:
    """Choose the article to file among those with one id, and reject the others as `duplicate`.

    If the article is already stored, keep only an update; otherwise keep any. Prefer updates, and among
    updates the one fetched last. The choice does not depend on their order.
    """
    ordered = sorted(refs, key=_order)
    filed = ordered[0] if ordered[0].update or not filed_before else None
    why = "another entry of this run leads to" if filed else "an earlier run filed"
    repeats = ordered[1:] if filed else ordered
    rejects = [Reject.of_ref(ref, Reason.DUPLICATE, f"{why} {ref.canonical_url}") for ref in repeats]
    return DedupResult(None if filed_before else filed, filed if filed_before else None, rejects)


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
    """ArticleRefs to (articles: ArticleRef, updates: ArticleRef, rejects: Reject): one article per id.

    An article that an earlier run filed comes out as an update if its entry is one. `filed` names the
    segments of KnownKeys with the ids of filed articles.
    """

    def __init__(self, filed: Sequence[str]) -> None:
        super().__init__()
        self.filed = filed

    def expand(self, refs: beam.PCollection[ArticleRef]) -> tuple[Any, Any, Any]:
        chosen = (
            refs
            | beam.Map(_by_id).with_output_types(tuple[str, bytes])
            | beam.GroupByKey()
            | beam.ParDo(_FirstOf(self.filed)).with_outputs("updates", "rejects", main="articles")
        )
        chosen.articles.element_type = chosen.updates.element_type = ArticleRef
        chosen.rejects.element_type = Reject
        return chosen.articles, chosen.updates, chosen.rejects
