"""PollFeeds: feeds to their entries, asked for politely."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import apache_beam as beam

from transforms.crawl import CrawlHosts
from transforms.feeds.parse import NotAFeedError, parse_feed
from transforms.memory import pack_keys
from transforms.records import Clock, DueFeed, Entry, FeedPoll, key_of
from transforms.urls import host_of
from transforms.web import Failure, FetchSettings, Response, Web

# A feed may be this many times as long as a page: it holds many articles.
MAX_BODY_FACTOR = 4
# Retry-After has been seen at 88 hours (rss-fetcher); no feed is left alone for longer.
LONGEST_WAIT = timedelta(days=1)

LOG = logging.getLogger("copytaster.feeds")


def poll_outcome(
    due: DueFeed, answer: Response | Failure, at: datetime
) -> tuple[FeedPoll, tuple[Entry, ...]]:
    """What a feed's answer means: the poll to remember, and the entries where it was read anew.

    Validators are kept only after a good parse; the hash of the body is a second
    check, because many servers ignore validators.
    """
    poll = FeedPoll(url=due.source.url, polled_at=at, status="failed", failures=due.failures + 1)
    kept = dataclasses.replace(
        poll,
        etag=due.etag,
        last_modified=due.last_modified,
        body_key=due.body_key,
        read_at=due.read_at,
    )
    if isinstance(answer, Failure):
        asked = min(timedelta(seconds=answer.retry_after_s), LONGEST_WAIT) if answer.retry_after_s else None
        not_before = at + asked if asked else None
        return dataclasses.replace(
            kept, reason=answer.reason, detail=answer.detail, not_before=not_before
        ), ()
    unchanged = dataclasses.replace(kept, status="unchanged", failures=0)
    if answer.status == 304:
        return unchanged, ()
    body_key = key_of(answer.body.decode("latin-1"))
    if body_key == due.body_key:
        return dataclasses.replace(unchanged, etag=answer.etag, last_modified=answer.last_modified), ()
    try:
        entries = parse_feed(answer.body, due.source, answer.url, at).entries
    except NotAFeedError as error:
        return dataclasses.replace(kept, reason="not-a-feed", detail=str(error)), ()
    except Exception as error:  # A parser's defect on hostile input costs this feed a poll, not the run.
        LOG.exception("%s: the feed cannot be parsed", due.source.url)
        return dataclasses.replace(kept, reason="not-a-feed", detail=f"{type(error).__name__}: {error}"), ()
    read = dataclasses.replace(
        poll,
        status="read",
        entries=len(entries),
        failures=0,
        etag=answer.etag,
        last_modified=answer.last_modified,
        body_key=body_key,
        read_at=at,
        listed=pack_keys(key for entry in entries for key in entry.keys),
    )
    return read, entries


async def ask(web: Web, due: DueFeed, settings: FetchSettings) -> Response | Failure:
    """A feed's answer, where it was changed since the last poll; a defect of ours costs it a poll."""
    validators = {"If-None-Match": due.etag, "If-Modified-Since": due.last_modified}
    sent = {name: value for name, value in validators.items() if value}
    try:
        return await web.get(due.source.url, sent, max_bytes=MAX_BODY_FACTOR * settings.max_bytes)
    except Exception as error:
        LOG.exception("%s: cannot be polled", due.source.url)
        return Failure("defect", f"{type(error).__name__}: {error}", True)


class _Poll(CrawlHosts[DueFeed, Response | Failure]):
    """(host, feeds) to entries; the polls go to the output 'polls'."""

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__(settings)
        self.clock = clock

    async def work(self, web: Web, job: DueFeed) -> Response | Failure:
        return await ask(web, job, self.settings)

    def emit(self, job: DueFeed, result: Response | Failure) -> Iterator[Any]:
        poll, entries = poll_outcome(job, result, self.clock.now())
        LOG.info("polled %s: %s%s", poll.url, poll.status, f", {poll.reason}" if poll.reason else "")
        yield beam.pvalue.TaggedOutput("polls", poll)
        yield from entries


@beam.typehints.with_input_types(DueFeed)
class PollFeeds(beam.PTransform):
    """Feeds to (entries: PCollection[Entry], polls: PCollection[FeedPoll]); one poll a feed."""

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__()
        self.settings, self.clock = settings, clock

    def expand(self, feeds: beam.PCollection[DueFeed]) -> tuple[Any, Any]:
        polled = (
            feeds
            | beam.WithKeys(lambda due: host_of(due.source.url)).with_output_types(tuple[str, DueFeed])
            | beam.GroupByKey()
            | beam.ParDo(_Poll(self.settings, self.clock)).with_outputs("polls", main="entries")
        )
        polled.entries.element_type, polled.polls.element_type = Entry, FeedPoll
        return polled.entries, polled.polls
