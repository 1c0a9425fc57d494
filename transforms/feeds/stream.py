"""StreamFeeds and RememberEntries: feeds in a streaming job, with their polls and entries in Beam state."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec, TimerSpec, on_timer
from apache_beam.utils.timestamp import Timestamp

from transforms.feeds.poll import ask, poll_outcome
from transforms.feeds.schedule import due_feeds
from transforms.feeds.select import News, by_host, classify, distinct
from transforms.records import DueFeed, Entry, FeedPoll, ReseenEntries
from transforms.store.coders import pack, unpack
from transforms.store.keys import KnownKeys, RecentKeys, pack_keys
from transforms.web.circuit import CircuitBreaker
from transforms.web.client import Failure, FetchSettings, Response, Web
from transforms.web.unbounded import StreamHosts, Task

MIN_RENEWAL_AGE = timedelta(days=1)
"""Age at which a listed entry's key is renewed. An entry takes minutes to reach the dataset; renewed before
that, it would be lost if the job is killed in between."""

MAX_SILENT_S = 600.0
"""Seconds to skip the feeds of a silent host (story-indexer); after that each waits for itself."""

LOG = logging.getLogger("copytaster.feeds")

_Packed = tuple[str, bytes]
_KEYED = beam.typehints.KV[str, bytes]


def storable_poll(poll: FeedPoll) -> FeedPoll:
    """Return a poll without the values that would keep the next job from reading the feed again.

    Its entries may still be in flight; their keys are stored when they are filed.
    """
    return dataclasses.replace(poll, listed=b"", etag=None, last_modified=None, body_key=None)


class Selection(NamedTuple):
    """The entries that a poll found, of one host, sorted by what to do."""

    new: tuple[Entry, ...]
    """New entries, and changed ones as updates."""
    renewed: tuple[str, ...]
    """Keys to renew in the state."""
    known: int


def select_entries(
    entries: Iterable[Entry], seen: KnownKeys, recent: RecentKeys, at: datetime, since: datetime
) -> Selection:
    """Sort entries into new and known, by earlier runs' keys and by `recent`, which is updated.

    A known entry that was published `since` and has changed is new as an update.
    """

    def is_known(key: str) -> bool:
        return key in recent or key in seen

    new: list[Entry] = []
    renewed: list[str] = []
    known = 0
    for entry in distinct(entries):
        recent_keys = [key for key in entry.keys if key in recent]
        news = classify(entry, is_known, since)
        if news is News.NEW:
            new.append(entry)
        elif news is News.CHANGED:
            new.append(entry.as_update())
            # Its version becomes known when it is filed, as a new entry does.
            renewed += (*entry.keys, *entry.versions[1:])
        else:
            known += 1
            fresh = bool(recent_keys) and recent.listed_at(recent_keys[0]) > at - MIN_RENEWAL_AGE
            if fresh and all(key in recent for key in entry.versions):
                continue
            renewed += entry.remembered
        for key in entry.remembered:
            recent.note(key, at)
    return Selection(tuple(new), tuple(renewed), known)


class _StreamFeeds(StreamHosts[DueFeed, Response | Failure]):
    """(host, its feeds) at each tick to (host of the pages, packed entries), with an output 'polls'."""

    def setup(self) -> None:
        self._hosts = CircuitBreaker(MAX_SILENT_S)
        super().setup()

    def begin(self, work: tuple[DueFeed, ...], memory: Any) -> tuple[list[Task], Any]:
        # The host's state is the last poll of each feed, by URL.
        known = (
            dataclasses.replace(feed, last=(memory or {}).get(feed.source.url, feed.last)) for feed in work
        )
        return [Task(feed.source.url, feed) for feed in due_feeds(known, datetime.now(UTC))], memory

    async def work(self, web: Web, job: DueFeed) -> Response | Failure:
        return await ask(self._hosts, web, job, self.settings, datetime.now(UTC))

    def end(self, job: DueFeed, result: Response | Failure, memory: Any) -> tuple[list[Any], list[Task], Any]:
        poll, entries = poll_outcome(job, result, datetime.now(UTC))
        LOG.info("polled %s: %s%s", poll.url, poll.status, f", {poll.reason}" if poll.reason else "")
        return (
            [beam.pvalue.TaggedOutput("polls", storable_poll(poll)), *by_host(entries)],
            [],
            (memory or {}) | {poll.url: dataclasses.replace(poll, listed=b"")},
        )


@beam.typehints.with_input_types(_Packed)
class StreamFeeds(beam.PTransform):
    """(host, packed DueFeeds) at each tick to (entries: (host of pages, packed Entries), polls: FeedPoll).

    Last polls, with their validators, are kept per host of the feed, so two feeds of one host are never
    polled at the same time.
    """

    def __init__(self, settings: FetchSettings) -> None:
        super().__init__()
        self.settings = settings

    def expand(self, feeds: beam.PCollection[_Packed]) -> tuple[Any, Any]:
        polled = feeds | beam.ParDo(_StreamFeeds(self.settings)).with_outputs("polls", main="entries")
        polled.entries.element_type, polled.polls.element_type = _KEYED, FeedPoll
        return polled.entries, polled.polls


class _Remember(beam.DoFn):
    """(host, packed entries) to the new ones; 'listed' has the others."""

    RECENT = ReadModifyWriteStateSpec("recent", BytesCoder())
    FORGET = TimerSpec("forget", TimeDomain.WATERMARK)

    def __init__(self, seen: Callable[[], KnownKeys], horizon: timedelta) -> None:
        self.load_seen, self.horizon = seen, horizon

    def setup(self) -> None:
        self.seen = self.load_seen()

    def process(
        self,
        element: _Packed,
        recent: Any = beam.DoFn.StateParam(RECENT),
        forget: Any = beam.DoFn.TimerParam(FORGET),
        timestamp: Timestamp = beam.DoFn.TimestampParam,
    ) -> Iterator[Any]:
        host, entries = element[0], unpack(element[1])
        at = timestamp.to_utc_datetime(has_tz=True)
        recent_keys = RecentKeys(recent.read() or b"")
        recent_keys.forget(at - self.horizon)
        choice = select_entries(entries, self.seen, recent_keys, at, at - self.horizon)
        recent.write(recent_keys.packed())
        forget.set(timestamp + self.horizon.total_seconds())
        if choice.known or choice.renewed:
            listed = ReseenEntries(entries[0].feed_url, at, choice.known, pack_keys(choice.renewed))
            yield beam.pvalue.TaggedOutput("listed", listed)
        if choice.new:
            yield host, pack(choice.new)

    @on_timer(FORGET)
    def forget(self, recent: Any = beam.DoFn.StateParam(RECENT)) -> None:
        recent.clear()


@beam.typehints.with_input_types(_Packed)
class RememberEntries(beam.PTransform):
    """(host, packed Entries of one feed) to (new: (host, packed Entries), listed: ReseenEntries).

    An entry is new if none of its keys is in `seen`, loaded once per worker, or was listed within the
    horizon. Entries are keyed by the host of their pages, so that an entry of two feeds meets itself.
    Keys expire by event time.
    """

    def __init__(self, seen: Callable[[], KnownKeys], horizon: timedelta) -> None:
        super().__init__()
        self.seen, self.horizon = seen, horizon

    def expand(self, entries: beam.PCollection[_Packed]) -> tuple[Any, Any]:
        chosen = entries | beam.ParDo(_Remember(self.seen, self.horizon)).with_outputs("listed", main="new")
        chosen.new.element_type, chosen.listed.element_type = _KEYED, ReseenEntries
        return chosen.new, chosen.listed
