"""Spill files: articles wait on disk between the step that makes them and the one that writes them.

A local runner keeps everything that crosses a shuffle in memory, several times. Only an ArticleRef of each
article crosses: the fields that other steps need, and where the rest is.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from transforms.records import Article, ArticleRef, BlobRef
from transforms.store.coders import pack, unpack

FOLDER = "_spool"


class SpillFile:
    """A file of packed values, written once from start to end. The first value creates it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._length = 0

    def add(self, value: Any) -> BlobRef:
        """Append a value; it can be read after the file is closed."""
        if self._file is None:
            self._file = FileSystems.create(self.path, mime_type="application/octet-stream")
        packed = pack(value)
        self._file.write(packed)
        self._length += len(packed)
        return BlobRef(self.path, self._length - len(packed), len(packed))

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None


def load(blobs: Iterable[BlobRef]) -> Iterator[Any]:
    """Yield the values of blobs, in their order, opening each file once.

    Fast if the blobs of one file come in the order they were written.
    """
    with contextlib.ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        for blob in blobs:
            if blob.packed:
                yield unpack(blob.packed)
                continue
            if blob.path not in files:
                opened = FileSystems.open(blob.path, mime_type="application/octet-stream")
                files[blob.path] = stack.enter_context(opened)
            files[blob.path].seek(blob.offset)
            yield unpack(files[blob.path].read(blob.length))


def article_ref(article: Article, at: BlobRef, digest_at: BlobRef) -> ArticleRef:
    """Return the ref of an article that was spilled to `at`, its digest to `digest_at`."""
    return ArticleRef(
        article_id=article.article_id,
        url=article.url,
        canonical_url=article.canonical_url,
        feed_url=article.feed_url,
        entry_id=article.entry_id,
        title=article.title,
        fetched_at=article.fetched_at,
        dated_at=article.dated_at,
        region=article.region,
        article=at,
        digest=digest_at,
        keys=article.keys,
        update=article.update,
    )


class _Spill(beam.DoFn):
    """Each bundle writes its own files, so a repeated bundle disturbs no other."""

    def __init__(self, staging: str, digest: Callable[[Article], Any]) -> None:
        self.staging, self.digest = staging, digest

    def start_bundle(self) -> None:
        name = uuid.uuid4().hex
        self._articles = SpillFile(f"{self.staging}/{FOLDER}/{name}.articles")
        self._digests = SpillFile(f"{self.staging}/{FOLDER}/{name}.digests")

    def process(self, article: Article) -> Iterator[ArticleRef]:
        yield article_ref(article, self._articles.add(article), self._digests.add(self.digest(article)))

    def finish_bundle(self) -> None:
        self._articles.close()
        self._digests.close()


@beam.typehints.with_input_types(Article)
@beam.typehints.with_output_types(ArticleRef)
class SpillArticles(beam.PTransform):
    """Articles to ArticleRefs; the articles and their digests are in files below `staging` afterwards.

    A ref must cross a shuffle before its blobs are read: only then is the file of its bundle complete.
    """

    def __init__(self, staging: str, digest: Callable[[Article], Any]) -> None:
        super().__init__()
        self.staging, self.digest = staging, digest

    def expand(self, articles: beam.PCollection[Article]) -> beam.PCollection[ArticleRef]:
        """Emit one ref per article."""
        return articles | beam.ParDo(_Spill(self.staging, self.digest)).with_output_types(ArticleRef)


@beam.typehints.with_input_types(Article)
@beam.typehints.with_output_types(ArticleRef)
class PackArticles(beam.PTransform):
    """Articles to ArticleRefs that carry them, for a streaming job: about 4 KB each."""

    def __init__(self, digest: Callable[[Article], Any]) -> None:
        super().__init__()
        self.digest = digest

    def expand(self, articles: beam.PCollection[Article]) -> beam.PCollection[ArticleRef]:
        """Emit one ref per article."""
        return articles | beam.Map(_packed, self.digest).with_output_types(ArticleRef)


def _packed(article: Article, digest: Callable[[Article], Any]) -> ArticleRef:
    return article_ref(article, _carried(article), _carried(digest(article)))


def _carried(value: Any) -> BlobRef:
    return BlobRef("", 0, 0, pack(value))
