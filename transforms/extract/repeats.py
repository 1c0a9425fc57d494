"""DropRepeats: two entries can lead to one page; it is filed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam

from transforms.coders import pack, unpack
from transforms.memory import SeenKeys
from transforms.records import Article, Reject


def first_of(articles: Iterable[Article], *, filed_before: bool) -> tuple[Article | None, list[Reject]]:
    """Of articles with one id, the one to file, and the others as rejects with the reason `duplicate`.

    The choice does not depend on the order they come in.
    """
    ordered = sorted(articles, key=lambda article: (article.url, article.feed_url, article.entry_id))
    kept = None if filed_before else ordered.pop(0)
    why = "an earlier run filed" if filed_before else "another entry of this run leads to"
    return kept, [_reject(article, f"{why} {article.canonical_url}") for article in ordered]


def _reject(article: Article, detail: str) -> Reject:
    return Reject(
        url=article.url,
        feed_url=article.feed_url,
        entry_id=article.entry_id,
        title=article.title,
        stage="extract",
        reason="duplicate",
        detail=detail,
        attempts=1,
        first_seen_at=article.fetched_at,
        last_tried_at=article.fetched_at,
    )


def _by_id(article: Article) -> tuple[str, bytes]:
    return article.article_id, pack(article)


class _FirstOf(beam.DoFn):
    def __init__(self, seen_path: str | None) -> None:
        self.seen_path = seen_path

    def setup(self) -> None:
        self.seen = SeenKeys.load(self.seen_path)

    def process(self, element: tuple[str, Iterable[bytes]]) -> Iterator[Any]:
        article_id, packed = element
        kept, repeats = first_of(map(unpack, packed), filed_before=article_id in self.seen)
        if kept:
            yield kept
        for reject in repeats:
            yield beam.pvalue.TaggedOutput("rejects", reject)


@beam.typehints.with_input_types(Article)
class DropRepeats(beam.PTransform):
    """Articles to (articles: Article, rejects: Reject): one article an id, none that an earlier run filed."""

    def __init__(self, seen_path: str | None) -> None:
        super().__init__()
        self.seen_path = seen_path

    def expand(self, articles: beam.PCollection[Article]) -> tuple[Any, Any]:
        kept = (
            articles
            | beam.Map(_by_id).with_output_types(tuple[str, bytes])
            | beam.GroupByKey()
            | beam.ParDo(_FirstOf(self.seen_path)).with_outputs("rejects", main="articles")
        )
        kept.articles.element_type, kept.rejects.element_type = Article, Reject
        return kept.articles, kept.rejects
