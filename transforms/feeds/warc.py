"""ReadWarcs: read pages from WARC files instead of the web, such as Common Crawl's news crawl."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple, cast

import apache_beam as beam
from apache_beam.io.filesystem import BeamIOError, CompressionTypes
from apache_beam.io.filesystems import FileSystems
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from transforms.feeds.keys import with_keys
from transforms.reasons import Reason, http_status
from transforms.records import Clock, Entry, FeedPoll, Page, Reject, to_utc
from transforms.store.keys import KnownKeys, pack_keys
from transforms.text.urls import is_web_url
from transforms.web.content_types import HTML_TYPES

TIMEOUT_S = 60.0
"""Seconds of silence after which a server of WARC files counts as gone."""

LOG = logging.getLogger("copytaster.feeds")


class WarcContents(NamedTuple):
    """Outputs of ReadWarcs."""

    pages: beam.PCollection[Page]
    rejects: beam.PCollection[Reject]
    polls: beam.PCollection[FeedPoll]
    """One for each file, as if it were a feed."""
    due: beam.PCollection[tuple[str, int]]
    """(path, number of pages and rejects)."""


def pages_of(
    stream: BinaryIO, source: str, max_bytes: int, clock: Clock
) -> Iterator[tuple[Entry, Page | Reject]]:
    """Yield the responses of a WARC file: HTML pages, and rejects for others.

    The file (ISO 28500) is plain or compressed. It is the feed of its entries, and pages have the time of
    the crawl. If the file is broken, raises OSError after the records before the defect.
    """
    for record in ArchiveIterator(stream, record_types=WarcRecordType.response, auto_decode="all"):
        url = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
        (entry,) = with_keys([Entry(source, record.record_id or url, (), url)])
        yield entry, _outcome(record, entry, max_bytes, clock)


def _outcome(record: WarcRecord, entry: Entry, max_bytes: int, clock: Clock) -> Page | Reject:
    at = to_utc(record.record_date) or clock.now()

    def reject(reason: str, detail: str) -> Reject:
        return Reject.of(entry, "fetch", reason, detail, at)

    if not is_web_url(entry.url):
        return reject(Reason.BAD_URL, f"no http or https URL: {entry.url!r}")
    status = record.http_headers.status_code if record.http_headers else None
    if status != 200:
        return reject(http_status(status) if status else Reason.BAD_RESPONSE, "as the crawler stored it")
    if record.http_content_type not in HTML_TYPES:
        return reject(Reason.NOT_HTML, f"served as {record.http_content_type}")
    body = record.reader.read(max_bytes + 1)
    if len(body) > max_bytes:
        return reject(Reason.TOO_LARGE, f"more than {max_bytes} bytes")
    return Page(entry, entry.url, body, record.http_charset, at)


def open_warc(path: str) -> BinaryIO:
    """Return the bytes of a file on any of Beam's filesystems, or on the web."""
    if path.startswith(("http://", "https://")):
        return cast(BinaryIO, urllib.request.urlopen(path, timeout=TIMEOUT_S))
    # Beam must not decompress it: records are compressed one by one, which ArchiveIterator handles.
    return cast(BinaryIO, FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED))


class _ReadWarc(beam.DoFn):
    """Paths to pages; the other outputs are 'rejects', 'polls' and 'due'."""

    def __init__(self, segments: Sequence[str], max_bytes: int, clock: Clock) -> None:
        self.segments, self.max_bytes, self.clock = segments, max_bytes, clock

    def setup(self) -> None:
        self.known = KnownKeys.load(self.segments)

    def process(self, element: str) -> Iterator[Any]:
        listed: set[str] = set()
        entries = due = 0
        problem = ""
        try:
            with open_warc(element) as stream:
                for entry, outcome in pages_of(stream, element, self.max_bytes, self.clock):
                    is_new = not any(key in listed or key in self.known for key in entry.keys)
                    listed.update(entry.keys)
                    entries, due = entries + 1, due + is_new
                    if is_new and isinstance(outcome, Reject):
                        yield beam.pvalue.TaggedOutput("rejects", outcome)
                    elif is_new:
                        yield outcome
        except (OSError, BeamIOError) as error:
            problem = f"{type(error).__name__}: {error}"
        LOG.info("polled %s: %s", element, problem or "read")
        yield beam.pvalue.TaggedOutput("polls", self._poll(element, entries, listed, problem))
        yield beam.pvalue.TaggedOutput("due", (element, due))

    def _poll(self, path: str, entries: int, listed: set[str], problem: str) -> FeedPoll:
        at = self.clock.now()
        return FeedPoll(
            url=path,
            polled_at=at,
            status="failed" if problem else "read",
            entries=entries,
            reason=Reason.BROKEN_WARC if problem else None,
            detail=problem or None,
            failures=int(bool(problem)),
            read_at=at,
            listed=pack_keys(listed),
        )


@beam.typehints.with_input_types(str)
class ReadWarcs(beam.PTransform):
    """Paths of WARC files to WarcContents.

    Pages that earlier runs know are left out. One worker reads a file from start to end.

    Args:
        segments: files of the keys that earlier runs know.
        max_bytes: larger pages are rejected.
        clock: the time of the run.
    """

    def __init__(self, segments: Sequence[str], max_bytes: int, clock: Clock) -> None:
        super().__init__()
        self.segments, self.max_bytes, self.clock = segments, max_bytes, clock

    def expand(self, paths: beam.PCollection[str]) -> WarcContents:
        read = _ReadWarc(self.segments, self.max_bytes, self.clock)
        outputs = (
            paths | beam.Reshuffle() | beam.ParDo(read).with_outputs("rejects", "polls", "due", main="pages")
        )
        outputs.pages.element_type, outputs.rejects.element_type = Page, Reject
        outputs.polls.element_type, outputs.due.element_type = FeedPoll, tuple[str, int]
        return WarcContents(outputs.pages, outputs.rejects, outputs.polls, outputs.due)
