"""FileUpdates: later versions of filed articles, compared with the version in the index.

They are compared with no other article, and not indexed a second time.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import numpy.typing as npt

from transforms.copies.boilerplate import (
    BoilerplateLines,
    Lines,
    boilerplate_lines,
    boilerplate_lines_of,
    without_boilerplate,
)
from transforms.copies.diff import features_of
from transforms.copies.history import CopyHistory
from transforms.copies.index import CopyIndex
from transforms.copies.lookup import look_up
from transforms.copies.signature import Signature
from transforms.reasons import Reason
from transforms.records import UPDATE, ArticleRef, CopyOf, Decision, Filed, Reject, key_of
from transforms.store import spill
from transforms.store.keys import KnownKeys


def file_update(ref: ArticleRef, index: CopyIndex, filed: KnownKeys) -> Filed | Reject:
    """Decide on an article that an earlier run filed and that its feed has updated since.

    It becomes a row of the same story if its lines differ from those of the filed row and of all
    versions since, whose keys are among the `filed` ids.
    """
    (article,) = spill.load([ref.digest])
    assert isinstance(article, Signature)
    earlier = index.of_article(article.article_id)
    if earlier is None:
        detail = f"an earlier run filed {ref.canonical_url}, too long ago to know its story"
        return Reject.of_ref(ref, Reason.DUPLICATE, detail)
    boilerplate = _boilerplate_lines(article, index)
    lines = _lines(article, boilerplate)
    version = key_of(f"version {article.article_id} {lines.tobytes().hex()}")
    if version in filed or np.array_equal(lines, _lines(earlier.signature, boilerplate)):
        return Reject.of_ref(ref, Reason.DUPLICATE, f"an earlier run filed this text of {ref.canonical_url}")
    features = features_of(earlier.signature, without_boilerplate(article, boilerplate))
    copy_of = CopyOf(earlier.story_id, features.probability() if features else 0.0, UPDATE)
    agency = None if article.agency else earlier.signature.agency
    return Filed(ref, Decision(copy_of, agency, boilerplate_lines_of(article, boilerplate)), version)


def _boilerplate_lines(article: Signature, index: CopyIndex) -> BoilerplateLines:
    """Return the boilerplate lines of the article's publisher that the article has."""
    rows = {row for earlier in look_up([article], index) for row in earlier.witnesses}
    witnesses = [held.signature for held in index.load(rows).values()]
    return boilerplate_lines(map(Lines.of, [*witnesses, article]))


def _lines(article: Signature, boilerplate: BoilerplateLines) -> npt.NDArray[np.uint64]:
    """Return the keys of the article's own lines."""
    own = [key for key in article.line_keys.tolist() if (article.publisher, key) not in boilerplate]
    return np.array(own, np.uint64)


class _Update(beam.DoFn):
    """ArticleRefs to Filed, with an output 'rejects'."""

    def __init__(self, history: CopyHistory, filed: Sequence[str]) -> None:
        self.history, self.segments = history, filed

    # Read on the first update, which most runs never see.
    @functools.cached_property
    def index(self) -> CopyIndex:
        return self.history.index()

    @functools.cached_property
    def filed(self) -> KnownKeys:
        return KnownKeys.load(self.segments)

    def process(self, element: ArticleRef) -> Iterator[Any]:
        outcome = file_update(element, self.index, self.filed)
        yield beam.pvalue.TaggedOutput("rejects", outcome) if isinstance(outcome, Reject) else outcome


@beam.typehints.with_input_types(ArticleRef)
class FileUpdates(beam.PTransform):
    """ArticleRefs of articles that were filed before, to (filed: Filed, rejects: Reject).

    `filed` names the segments of KnownKeys with the ids of filed articles.
    """

    def __init__(self, history: CopyHistory, filed: Sequence[str]) -> None:
        super().__init__()
        self.history, self.filed = history, filed

    def expand(self, refs: beam.PCollection[ArticleRef]) -> tuple[Any, Any]:
        update = _Update(self.history, self.filed)
        outcome = refs | beam.ParDo(update).with_outputs("rejects", main="filed")
        outcome.filed.element_type, outcome.rejects.element_type = Filed, Reject
        return outcome.filed, outcome.rejects
