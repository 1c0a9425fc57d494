"""ReadWarcs: read pages from WARC files, such as Common Crawl's news crawl."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, cast

import apache_beam as beam
from apache_beam.io.filesystem import BeamIOError, CompressionTypes
from apache_beam.io.filesystems import FileSystems
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from transforms.feeds import with_keys
from transforms.reasons import Reason, http_status
from transforms.records import Clock, Entry, FeedPoll, Page, Reject, to_utc
from transforms.store.keys import KnownKeys, pack_keys
from transforms.text.urls import is_web_url

# A server of WARC files that stays silent this long is gone.
TIMEOUT_S = 60.0
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})

LOG = logging.getLogger("copytaster.feeds")


def pages_of(
    stream: BinaryIO, source: str, max_bytes: int, clock: Clock
) -> Iterator[tuple[Entry, Page | Reject]]:
    """Yield the responses of a WARC file (ISO 28500), plain or compressed: HTML pages, and rejects for
    others.

    The file is an entry's feed, and its time is the crawl's. Raises OSError if the file is broken,
    after everything before the break.
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
    """Open a file on any Beam filesystem, or on the web."""
    if path.startswith(("http://", "https://")):
        return cast(BinaryIO, urllib.request.urlopen(path, timeout=TIMEOUT_S))
    # Undecompressed: each record is compressed by itself, which the WARC reader handles best.
    return cast(BinaryIO, FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED))


class _Read(beam.DoFn):
    """Paths to pages, with outputs 'rejects', 'polls' and 'due'."""

    def __init__(self, seen: Sequence[str], max_bytes: int, clock: Clock) -> None:
        self.segments, self.max_bytes, self.clock = seen, max_bytes, clock

    def setup(self) -> None:
        self.seen = KnownKeys.load(self.segments)

    def process(self, element: str) -> Iterator[Any]:
        listed: set[str] = set()
        entries = due = 0
        problem = ""
        try:
            with open_warc(element) as stream:
                for entry, outcome in pages_of(stream, element, self.max_bytes, self.clock):
                    known = not listed.isdisjoint(entry.keys) or any(key in self.seen for key in entry.keys)
                    listed.update(entry.keys)
                    entries, due = entries + 1, due + (not known)
                    if not known:
                        yield (
                            beam.pvalue.TaggedOutput("rejects", outcome)
                            if isinstance(outcome, Reject)
                            else outcome
                        )
        except (OSError, BeamIOError) as error:
            problem = f"{type(error).__name__}: {error}"
        LOG.info("polled %s: %s", element, problem or "read")
        at = self.clock.now()
        poll = FeedPoll(
            url=element,
            polled_at=at,
            status="failed" if problem else "read",
            entries=entries,
            reason=Reason.BROKEN_WARC if problem else None,
            detail=problem or None,
            failures=int(bool(problem)),
            read_at=at,
            listed=pack_keys(listed),
        )
        yield beam.pvalue.TaggedOutput("polls", poll)
        yield beam.pvalue.TaggedOutput("due", (element, due))


@beam.typehints.with_input_types(str)
class ReadWarcs(beam.PTransform):
    """Paths of WARC files to (pages: Page, rejects: Reject, polls: FeedPoll, due: (path, count)).

    Pages whose URL is known from earlier runs (segments of KnownKeys) are left out. One worker reads
    each file from start to end.
    """

    def __init__(self, seen: Sequence[str], max_bytes: int, clock: Clock) -> None:
        super().__init__()
        self.seen, self.max_bytes, self.clock = seen, max_bytes, clock

    def expand(self, paths: beam.PCollection[str]) -> tuple[Any, Any, Any, Any]:
        read = _Read(self.seen, self.max_bytes, self.clock)
        read = (
            paths | beam.Reshuffle() | beam.ParDo(read).with_outputs("rejects", "polls", "due", main="pages")
        )
        read.pages.element_type, read.rejects.element_type = Page, Reject
        read.polls.element_type, read.due.element_type = FeedPoll, tuple[str, int]
        return read.pages, read.rejects, read.polls, read.due
