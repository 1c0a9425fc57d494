"""Articles wait in files between the step that made them and the one that writes them.

A local runner keeps whatever crosses a shuffle in memory, several times. What
crosses it here is a slip of each article: what other steps have to know, and
where the rest stands.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from transforms.records import Article, Ref, Slip
from transforms.store.coders import pack, unpack

FOLDER = "_spool"


class SpoolFile:
    """A file of packed values, written once from start to end; it is created by the first value."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._length = 0

    def add(self, value: Any) -> Ref:
        """Appends a value; it can be read when the file is closed."""
        if self._file is None:
            self._file = FileSystems.create(self.path, mime_type="application/octet-stream")
        packed = pack(value)
        self._file.write(packed)
        self._length += len(packed)
        return Ref(self.path, self._length - len(packed), len(packed))

    def close(self) -> None:
        """Ends the file, where there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None


def load(refs: Iterable[Ref]) -> Iterator[Any]:
    """The values that refs stand for, in the refs' order; each file is opened once.

    Quick where refs of one file come in the order they were written.
    """
    with contextlib.ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        for ref in refs:
            if ref.packed:
                yield unpack(ref.packed)
                continue
            if ref.path not in files:
                opened = FileSystems.open(ref.path, mime_type="application/octet-stream")
                files[ref.path] = stack.enter_context(opened)
            files[ref.path].seek(ref.offset)
            yield unpack(files[ref.path].read(ref.length))


def slip_of(article: Article, at: Ref, digest_at: Ref) -> Slip:
    """The slip of an article that was spooled."""
    return Slip(
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


class _Spool(beam.DoFn):
    """Each bundle writes files of its own, so that one that is repeated disturbs none."""

    def __init__(self, staging: str, digest: Callable[[Article], Any]) -> None:
        self.staging, self.digest = staging, digest

    def start_bundle(self) -> None:
        name = uuid.uuid4().hex
        self._articles = SpoolFile(f"{self.staging}/{FOLDER}/{name}.articles")
        self._digests = SpoolFile(f"{self.staging}/{FOLDER}/{name}.digests")

    def process(self, article: Article) -> Iterator[Slip]:
        yield slip_of(article, self._articles.add(article), self._digests.add(self.digest(article)))

    def finish_bundle(self) -> None:
        self._articles.close()
        self._digests.close()


@beam.typehints.with_input_types(Article)
@beam.typehints.with_output_types(Slip)
class SpoolArticles(beam.PTransform):
    """Articles to slips; the articles, and a digest of each, are in files below `staging` afterwards.

    A slip must cross a shuffle before its refs are read: only then is its bundle's file whole.
    """

    def __init__(self, staging: str, digest: Callable[[Article], Any]) -> None:
        super().__init__()
        self.staging, self.digest = staging, digest

    def expand(self, articles: beam.PCollection[Article]) -> beam.PCollection[Slip]:
        """One slip out for each article in."""
        return articles | beam.ParDo(_Spool(self.staging, self.digest)).with_output_types(Slip)


@beam.typehints.with_input_types(Article)
@beam.typehints.with_output_types(Slip)
class PackArticles(beam.PTransform):
    """Articles to slips that carry them: an endless job holds those of one window, some 4 KB each."""

    def __init__(self, digest: Callable[[Article], Any]) -> None:
        super().__init__()
        self.digest = digest

    def expand(self, articles: beam.PCollection[Article]) -> beam.PCollection[Slip]:
        """One slip out for each article in."""
        return articles | beam.Map(_packed, self.digest).with_output_types(Slip)


def _packed(article: Article, digest: Callable[[Article], Any]) -> Slip:
    return slip_of(article, _carried(article), _carried(digest(article)))


def _carried(value: Any) -> Ref:
    return Ref("", 0, 0, pack(value))
