"""StreamFeeds and RememberEntries: poll feeds in a streaming job; Beam's state keeps polls and known keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec, TimerSpec, on_timer
from apache_beam.utils.timestamp import Timestamp

from transforms.feeds.poll import ask, log_poll, poll_outcome
from transforms.feeds.schedule import due_feeds
from transforms.feeds.select import EntryStatus, by_host, classify, distinct
from transforms.records import DueFeed, Entry, FeedPoll, ReseenEntries
from transforms.store.coders import pack, unpack
from transforms.store.keys import KnownKeys, RecentKeys, pack_keys
from transforms.web.circuit import CircuitBreaker
from transforms.web.client import Failure, FetchSettings, Response, Web
from transforms.web.unbounded import StreamHosts, Task

RENEW_AFTER = timedelta(days=1)
"""Age at which the keys of an entry are renewed, if its feed still lists it.

An entry takes minutes to reach the dataset. If it were renewed before it is filed, and the job was killed in
between, it would be lost."""

BREAKER_RESET_S = 600.0
"""Seconds after which the feeds of a silent host are tried again (story-indexer).

A feed that goes on failing gets a longer wait of its own (schedule.py)."""

_Packed = tuple[str, bytes]
_KEYED = beam.typehints.KV[str, bytes]


class StreamedPolls(NamedTuple):
    """Outputs of StreamFeeds."""

    entries: beam.PCollection[_Packed]
    """(host of their pages, packed Entry records)."""
    polls: beam.PCollection[FeedPoll]


class RememberedEntries(NamedTuple):
    """Outputs of RememberEntries."""

    new: beam.PCollection[_Packed]
    """(host, packed Entry records) for new entries and, as updates, changed ones."""
    reseen: beam.PCollection[ReseenEntries]


def storable_poll(poll: FeedPoll) -> FeedPoll:
    """Return a poll as the dataset stores it: the next job then reads the whole feed.

    Entries that the feed listed may still be on their way. Their keys are stored when they are filed.
    """
    return dataclasses.replace(poll, listed=b"", etag=None, last_modified=None, body_key=None)


class Selection(NamedTuple):
    """What to do with the entries of one poll and one host."""

    new: tuple[Entry, ...]
    """New entries, and changed ones as updates."""
    renewed: tuple[str, ...]
    """Keys to store again, so that they stay known."""
    known: int
    """Number of known entries."""


def select_entries(
    entries: Iterable[Entry], known: KnownKeys, recent: RecentKeys, at: datetime, since: datetime
) -> Selection:
    """Return which entries are new or changed (see `classify`), and note their keys in `recent`.

    A key is known if an earlier run stored it (`known`) or this job has listed it (`recent`).
    """

    def is_known(key: str) -> bool:
        return key in recent or key in known

    new: list[Entry] = []
    renewed: list[str] = []
    known_entries = 0
    for entry in distinct(entries):
        match classify(entry, is_known, since):
            case EntryStatus.NEW:
                new.append(entry)
            case EntryStatus.CHANGED:
                new.append(entry.as_update())
                # The key of its version is stored when the update is filed, as with a new entry.
                renewed += (*entry.keys, *entry.versions[1:])
            case EntryStatus.KNOWN:
                known_entries += 1
                if _is_fresh(entry, recent, at):
                    continue
                renewed += entry.remembered
        for key in entry.remembered:
            recent.note(key, at)
    return Selection(tuple(new), tuple(renewed), known_entries)


def _is_fresh(entry: Entry, recent: RecentKeys, at: datetime) -> bool:
    """Return True if an entry was noted too recently for its keys to be renewed."""
    noted = next((key for key in entry.keys if key in recent), None)
    if noted is None or recent.listed_at(noted) <= at - RENEW_AFTER:
        return False
    return all(key in recent for key in entry.versions)


class _StreamHostFeeds(StreamHosts[DueFeed, Response | Failure]):
    """(host, its feeds) at each tick to (host of pages, packed entries); the other output is 'polls'.

    The state of a host is the last poll of each of its feeds, by URL.
    """

    def setup(self) -> None:
        self._breaker = CircuitBreaker(BREAKER_RESET_S)
        super().setup()

    def begin(self, work: tuple[DueFeed, ...], memory: Any) -> tuple[list[Task], Any]:
        polls: dict[str, FeedPoll] = memory or {}
        feeds = (dataclasses.replace(feed, last=polls.get(feed.source.url, feed.last)) for feed in work)
        return [Task(feed.source.url, feed) for feed in due_feeds(feeds, datetime.now(UTC))], memory

    async def work(self, web: Web, job: DueFeed) -> Response | Failure:
        return await ask(self._breaker, web, job, self.settings, datetime.now(UTC))

    def end(self, job: DueFeed, result: Response | Failure, memory: Any) -> tuple[list[Any], list[Task], Any]:
        poll, entries = poll_outcome(job, result, datetime.now(UTC))
        log_poll(poll)
        outputs = [beam.pvalue.TaggedOutput("polls", storable_poll(poll)), *by_host(entries)]
        return outputs, [], (memory or {}) | {poll.url: dataclasses.replace(poll, listed=b"")}


@beam.typehints.with_input_types(_Packed)
class StreamFeeds(beam.PTransform):
    """(host, packed DueFeed records) at each tick to StreamedPolls.

    Keyed by the host of the feed, so that two feeds of one host are never polled at once.
    """

    def __init__(self, settings: FetchSettings) -> None:
        super().__init__()
        self.settings = settings

    def expand(self, feeds: beam.PCollection[_Packed]) -> StreamedPolls:
        outputs = feeds | beam.ParDo(_StreamHostFeeds(self.settings)).with_outputs("polls", main="entries")
        outputs.entries.element_type, outputs.polls.element_type = _KEYED, FeedPoll
        return StreamedPolls(outputs.entries, outputs.polls)


class _Remember(beam.DoFn):
    """(host, packed entries) to those that are new; the other output is 'reseen'."""

    RECENT = ReadModifyWriteStateSpec("recent", BytesCoder())
    FORGET = TimerSpec("forget", TimeDomain.WATERMARK)

    def __init__(self, load_known: Callable[[], KnownKeys], horizon: timedelta) -> None:
        self.load_known, self.horizon = load_known, horizon

    def setup(self) -> None:
        self.known = self.load_known()

    def process(
        self,
        element: _Packed,
        recent_state: Any = beam.DoFn.StateParam(RECENT),
        forget: Any = beam.DoFn.TimerParam(FORGET),
        timestamp: Timestamp = beam.DoFn.TimestampParam,
    ) -> Iterator[Any]:
        host, entries = element[0], unpack(element[1])
        at = timestamp.to_utc_datetime(has_tz=True)
        recent = RecentKeys(recent_state.read() or b"")
        recent.forget(at - self.horizon)
        selection = select_entries(entries, self.known, recent, at, at - self.horizon)
        recent_state.write(recent.packed())
        forget.set(timestamp + self.horizon.total_seconds())
        if selection.known or selection.renewed:
            renewed = pack_keys(selection.renewed)
            reseen = ReseenEntries(entries[0].feed_url, at, selection.known, renewed)
            yield beam.pvalue.TaggedOutput("reseen", reseen)
        if selection.new:
            yield host, pack(selection.new)

    @on_timer(FORGET)
    def forget(self, recent_state: Any = beam.DoFn.StateParam(RECENT)) -> None:
        recent_state.clear()


@beam.typehints.with_input_types(_Packed)
class RememberEntries(beam.PTransform):
    """(host, packed Entry records of one feed) to RememberedEntries.

    New entries are those without a key that earlier runs know or that was listed within the horizon.
    Keyed by the host of their pages, so that an entry that two feeds list is new once. Keys expire by
    event time.

    Args:
        load_known: loads the keys that earlier runs know; called once for each worker.
        horizon: how long keys are kept after they were last listed.
    """

    def __init__(self, load_known: Callable[[], KnownKeys], horizon: timedelta) -> None:
        super().__init__()
        self.load_known, self.horizon = load_known, horizon

    def expand(self, entries: beam.PCollection[_Packed]) -> RememberedEntries:
        remember = _Remember(self.load_known, self.horizon)
        outputs = entries | beam.ParDo(remember).with_outputs("reseen", main="new")
        outputs.new.element_type, outputs.reseen.element_type = _KEYED, ReseenEntries
        return RememberedEntries(outputs.new, outputs.reseen)
