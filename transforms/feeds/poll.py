"""PollFeeds: poll feeds politely and emit their entries."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import apache_beam as beam

from transforms.feeds.parse.document import NotAFeedError
from transforms.feeds.parse.feed import ParsedFeed, parse_feed
from transforms.feeds.schedule import (
    MAX_ASKED,
    asked_by,
    entries_a_day,
    moved,
    next_poll,
    points_of,
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

# A feed may be this many times as long as a page, since it holds many articles.
MAX_BODY_FACTOR = 4

LOG = logging.getLogger("copytaster.feeds")


def poll_outcome(
    due: DueFeed, answer: Response | Failure, at: datetime
) -> tuple[FeedPoll, tuple[Entry, ...]]:
    """Turn a feed's response into the poll to store, and the entries if it was read.

    Validators are kept only after a good parse. The hash of the body is a second check, because many
    servers ignore validators.
    """
    last = due.last or FeedPoll(due.source.url, at, "")
    poll = dataclasses.replace(last, polled_at=at, entries=0, listed=b"", next_poll_at=None)
    if isinstance(answer, Failure):
        return _failed(due, poll, answer, at), ()
    moved_to, moved_since = moved(due, answer.moved_to, at)
    poll = dataclasses.replace(poll, moved_to=moved_to, moved_since=moved_since)
    body_key = None if answer.status == 304 else key_of(answer.body.decode("latin-1"))
    if body_key is None or body_key == last.body_key:
        return _unchanged(due, poll, answer, at), ()
    try:
        parsed = parse_feed(answer.body, due.source, answer.url, at, answer.charset)
    except NotAFeedError as error:
        failure = Failure(Reason.NOT_A_FEED, str(error), False)
        if is_challenge(answer.body):
            failure = Failure(Reason.BLOCKED, f"a challenge instead of the feed: {answer.url}", False)
        return _failed(due, poll, failure, at), ()
    except Exception as error:  # A parser's defect on hostile input costs this feed a poll, not the run.
        LOG.exception("%s: the feed cannot be parsed", due.source.url)
        failure = Failure(Reason.NOT_A_FEED, f"{type(error).__name__}: {error}", False)
        return _failed(due, poll, failure, at), ()
    return _read(due, poll, answer, parsed, body_key, at), parsed.entries


def _failed(due: DueFeed, poll: FeedPoll, failure: Failure, at: datetime) -> FeedPoll:
    poll = dataclasses.replace(
        poll,
        status="failed",
        reason=failure.reason,
        detail=failure.detail,
        failures=poll.failures + 1,
        points=poll.points + points_of(failure.reason, temporary=failure.temporary),
        # If the new address fails, the next poll asks the feed's own again.
        moved_to=None if due.moved_to else poll.moved_to,
    )
    asked = timedelta(seconds=min(failure.retry_after_s or 0.0, MAX_ASKED.total_seconds()))
    return dataclasses.replace(poll, next_poll_at=next_poll(poll, due.last, asked))


def _unchanged(due: DueFeed, poll: FeedPoll, answer: Response, at: datetime) -> FeedPoll:
    poll = _answered(poll, "unchanged", at, quiet=poll.quiet + 1)
    if answer.status != 304:
        poll = dataclasses.replace(poll, etag=answer.etag, last_modified=answer.last_modified, whole_at=at)
    return dataclasses.replace(poll, next_poll_at=next_poll(poll, due.last, asked_by(answer.headers)))


def _read(
    due: DueFeed, poll: FeedPoll, answer: Response, parsed: ParsedFeed, body_key: str, at: datetime
) -> FeedPoll:
    entries = parsed.entries
    entries_key = key_of(" ".join(sorted(entry.keys[0] for entry in entries)))
    rate = entries_a_day((entry.published_at for entry in entries), at)
    poll = dataclasses.replace(
        _answered(poll, "read", at, quiet=poll.quiet + 1 if entries_key == poll.entries_key else 0),
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
        hub=next(chain(parsed.hubs, filter(is_web_url, linked(answer.headers.get("link", ""), "hub"))), None),
        listed=pack_keys(key for entry in entries for key in entry.remembered),
    )
    return dataclasses.replace(poll, next_poll_at=next_poll(poll, due.last, asked_by(answer.headers)))


def _answered(poll: FeedPoll, status: str, at: datetime, *, quiet: int) -> FeedPoll:
    return dataclasses.replace(
        poll,
        status=status,
        reason=None,
        detail=None,
        failures=0,
        points=0.0,
        quiet=quiet,
        succeeded_at=at,
    )


async def ask(
    hosts: CircuitBreaker, web: Web, due: DueFeed, settings: FetchSettings, at: datetime
) -> Response | Failure:
    """Request a feed, conditionally on its last poll; a defect of ours costs it a poll."""
    try:
        longest = MAX_BODY_FACTOR * settings.max_bytes
        return await hosts.get(web, due.address, validators(due, at), max_bytes=longest)
    except Exception as error:
        LOG.exception("%s: cannot be polled", due.source.url)
        return Failure(Reason.DEFECT, f"{type(error).__name__}: {error}", True)


class _Poll(BatchHosts[DueFeed, Response | Failure]):
    """(host, feeds) to entries, with an output 'polls'."""

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__(settings)
        self.clock = clock

    def setup(self) -> None:
        self._hosts = CircuitBreaker()
        super().setup()

    async def work(self, web: Web, job: DueFeed) -> Response | Failure:
        return await ask(self._hosts, web, job, self.settings, self.clock.now())

    def emit(self, job: DueFeed, result: Response | Failure) -> Iterator[Any]:
        poll, entries = poll_outcome(job, result, self.clock.now())
        LOG.info("polled %s: %s%s", poll.url, poll.status, f", {poll.reason}" if poll.reason else "")
        yield beam.pvalue.TaggedOutput("polls", poll)
        yield from entries


@beam.typehints.with_input_types(DueFeed)
class PollFeeds(beam.PTransform):
    """Feeds to (entries: PCollection[Entry], polls: PCollection[FeedPoll]); one poll per feed."""

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__()
        self.settings, self.clock = settings, clock

    def expand(self, feeds: beam.PCollection[DueFeed]) -> tuple[Any, Any]:
        polled = (
            feeds
            | beam.WithKeys(lambda due: host_of(due.address)).with_output_types(tuple[str, DueFeed])
            | beam.GroupByKey()
            | beam.ParDo(_Poll(self.settings, self.clock)).with_outputs("polls", main="entries")
        )
        polled.entries.element_type, polled.polls.element_type = Entry, FeedPoll
        return polled.entries, polled.polls
