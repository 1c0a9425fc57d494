"""PollFeeds: poll feeds politely and parse their entries."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

import apache_beam as beam

from transforms.feeds.parse.document import NotAFeedError
from transforms.feeds.parse.feed import ParsedFeed, parse_feed
from transforms.feeds.schedule import (
    MAX_REQUESTED_WAIT,
    entries_a_day,
    moved,
    next_poll,
    points_of,
    requested_wait,
    validators,
)
from transforms.reasons import Reason
from transforms.records import Clock, DueFeed, Entry, FeedPoll, key_of
from transforms.store.keys import pack_keys
from transforms.text.urls import host_of, is_web_url
from transforms.web.bounded import BatchHosts
from transforms.web.challenges import is_challenge
from transforms.web.circuit import CircuitBreaker
from transforms.web.client import Failure, FetchSettings, Response, Web
from transforms.web.headers import linked

MAX_BODY_FACTOR = 4
"""A feed may be this many times as long as a page: it holds many articles."""

LOG = logging.getLogger("copytaster.feeds")


class Polled(NamedTuple):
    """Outputs of PollFeeds: one poll for each feed, and the entries of the feeds that were read."""

    entries: beam.PCollection[Entry]
    polls: beam.PCollection[FeedPoll]


def poll_outcome(
    due: DueFeed, answer: Response | Failure, at: datetime
) -> tuple[FeedPoll, tuple[Entry, ...]]:
    """Return the poll to store, and the entries if the feed was read.

    Validators are stored only after a successful parse. The hash of the body is a second check, because
    many servers ignore validators.
    """
    last = due.last or FeedPoll(due.source.url, at, "")
    base = dataclasses.replace(last, polled_at=at, entries=0, listed=b"", next_poll_at=None)
    if isinstance(answer, Failure):
        return _failed(due, base, answer, at), ()
    moved_to, moved_since = moved(due, answer.moved_to, at)
    base = dataclasses.replace(base, moved_to=moved_to, moved_since=moved_since)
    body_key = None if answer.status == 304 else key_of(answer.body.decode("latin-1"))
    if body_key is None or body_key == last.body_key:
        return _unchanged(due, base, answer, at), ()
    try:
        parsed = parse_feed(answer.body, due.source, answer.url, at, answer.charset)
    except NotAFeedError as error:
        failure = Failure(Reason.NOT_A_FEED, str(error), False)
        if is_challenge(answer.body):
            failure = Failure(Reason.BLOCKED, f"a challenge instead of the feed: {answer.url}", False)
        return _failed(due, base, failure, at), ()
    except Exception as error:  # A defect of the parser costs this feed a poll and does not stop the run.
        LOG.exception("%s: unexpected error while parsing the feed", due.source.url)
        failure = Failure(Reason.NOT_A_FEED, f"{type(error).__name__}: {error}", False)
        return _failed(due, base, failure, at), ()
    return _read(due, base, answer, parsed, body_key, at), parsed.entries


def _failed(due: DueFeed, base: FeedPoll, failure: Failure, at: datetime) -> FeedPoll:
    poll = dataclasses.replace(
        base,
        status="failed",
        reason=failure.reason,
        detail=failure.detail,
        failures=base.failures + 1,
        points=base.points + points_of(failure.reason, temporary=failure.temporary),
        # A feed that fails at its new URL is polled at its own again.
        moved_to=None if due.moved_to else base.moved_to,
    )
    requested = timedelta(seconds=min(failure.retry_after_s or 0.0, MAX_REQUESTED_WAIT.total_seconds()))
    return dataclasses.replace(poll, next_poll_at=next_poll(poll, due.last, requested))


def _unchanged(due: DueFeed, base: FeedPoll, answer: Response, at: datetime) -> FeedPoll:
    poll = _succeeded(base, "unchanged", at, quiet=base.quiet + 1)
    if answer.status != 304:
        poll = dataclasses.replace(poll, etag=answer.etag, last_modified=answer.last_modified, whole_at=at)
    return dataclasses.replace(poll, next_poll_at=next_poll(poll, due.last, requested_wait(answer.headers)))


def _read(
    due: DueFeed, base: FeedPoll, answer: Response, parsed: ParsedFeed, body_key: str, at: datetime
) -> FeedPoll:
    entries = parsed.entries
    entries_key = key_of(" ".join(sorted(entry.keys[0] for entry in entries)))
    rate = entries_a_day((entry.published_at for entry in entries), at)
    header_hubs = filter(is_web_url, linked(answer.headers.get("link", ""), "hub"))
    poll = dataclasses.replace(
        _succeeded(base, "read", at, quiet=base.quiet + 1 if entries_key == base.entries_key else 0),
        entries=len(entries),
        etag=answer.etag,
        last_modified=answer.last_modified,
        body_key=body_key,
        entries_key=entries_key,
        read_at=at,
        whole_at=at,
        asks_s=parsed.interval.total_seconds() if parsed.interval else None,
        entries_a_day=rate,
        window_s=len(entries) / rate * 86_400 if rate else None,
        hub=next(chain(parsed.hubs, header_hubs), None),
        listed=pack_keys(key for entry in entries for key in entry.remembered),
    )
    return dataclasses.replace(poll, next_poll_at=next_poll(poll, due.last, requested_wait(answer.headers)))


def _succeeded(base: FeedPoll, status: str, at: datetime, *, quiet: int) -> FeedPoll:
    return dataclasses.replace(
        base,
        status=status,
        reason=None,
        detail=None,
        failures=0,
        points=0.0,
        quiet=quiet,
        succeeded_at=at,
    )


async def ask(
    breaker: CircuitBreaker, web: Web, due: DueFeed, settings: FetchSettings, at: datetime
) -> Response | Failure:
    """Return the answer to a conditional request for a feed.

    An unexpected exception is a temporary failure: it costs the feed a poll and does not stop the run.
    """
    try:
        max_bytes = MAX_BODY_FACTOR * settings.max_bytes
        return await breaker.get(web, due.address, validators(due, at), max_bytes=max_bytes)
    except Exception as error:
        LOG.exception("%s: unexpected error while polling", due.source.url)
        return Failure(Reason.DEFECT, f"{type(error).__name__}: {error}", True)


def log_poll(poll: FeedPoll) -> None:
    """Log the status of a poll."""
    LOG.info("polled %s: %s%s", poll.url, poll.status, f", {poll.reason}" if poll.reason else "")


class _PollHosts(BatchHosts[DueFeed, Response | Failure]):
    """(host, feeds) to entries; the other output is 'polls'."""

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__(settings)
        self.clock = clock

    def setup(self) -> None:
        self._breaker = CircuitBreaker()
        super().setup()

    async def work(self, web: Web, job: DueFeed) -> Response | Failure:
        return await ask(self._breaker, web, job, self.settings, self.clock.now())

    def emit(self, job: DueFeed, result: Response | Failure) -> Iterator[Any]:
        poll, entries = poll_outcome(job, result, self.clock.now())
        log_poll(poll)
        yield beam.pvalue.TaggedOutput("polls", poll)
        yield from entries


@beam.typehints.with_input_types(DueFeed)
class PollFeeds(beam.PTransform):
    """Feeds to Polled, for a batch run."""

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__()
        self.settings, self.clock = settings, clock

    def expand(self, feeds: beam.PCollection[DueFeed]) -> Polled:
        outputs = (
            feeds
            | beam.WithKeys(lambda due: host_of(due.address)).with_output_types(tuple[str, DueFeed])
            | beam.GroupByKey()
            | beam.ParDo(_PollHosts(self.settings, self.clock)).with_outputs("polls", main="entries")
        )
        outputs.entries.element_type, outputs.polls.element_type = Entry, FeedPoll
        return Polled(outputs.entries, outputs.polls)
