"""SelectNew: keep new entries, and known ones that their feed has changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum

import apache_beam as beam

from transforms.records import DueFeed, Entry, Postponed
from transforms.store.coders import pack, unpack
from transforms.store.keys import KnownKeys
from transforms.text.urls import host_of


def distinct(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries that share no key, in any order of arrival; among equal ones, prefer the most tried,
    then the first.

    Equal entries of two feeds link to the same page, so they are found among those of one host.
    """
    ordered = sorted(entries, key=lambda entry: (-entry.attempts, entry.feed_url, entry.entry_id, entry.keys))
    taken: set[str] = set()
    chosen = []
    for entry in ordered:
        if taken.isdisjoint(entry.keys):
            chosen.append(entry)
        taken.update(entry.keys)
    return tuple(chosen)


def is_changed(entry: Entry, known: Callable[[str], bool], since: datetime) -> bool:
    """Return True if the feed marks a known entry as updated and its content differs from every version
    seen.

    The entry must be published `since`, and its versions must be known: state without versions does not
    justify reading a whole feed again.
    """
    if not entry.versions or entry.published_at is None or entry.updated_at is None:
        return False
    version, versions = entry.versions
    return since <= entry.published_at < entry.updated_at and known(versions) and not known(version)


class News(Enum):
    """What a feed's entry is to this dataset."""

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"


def classify(entry: Entry, known: Callable[[str], bool], since: datetime) -> News:
    """Sort an entry into new, known, or changed: known, published `since` and updated by its feed."""
    if not any(map(known, entry.keys)):
        return News.NEW
    return News.CHANGED if is_changed(entry, known, since) else News.KNOWN


def by_host(work: Iterable[DueFeed | Entry | Postponed]) -> list[tuple[str, bytes]]:
    """Group feeds or entries by host, and pack each group."""
    grouped: dict[str, list[DueFeed | Entry | Postponed]] = {}
    for item in work:
        entry = item.entry if isinstance(item, Postponed) else item
        url = entry.address if isinstance(entry, DueFeed) else entry.url
        grouped.setdefault(host_of(url), []).append(item)
    return [(host, pack(tuple(items))) for host, items in sorted(grouped.items())]


class _Unseen(beam.DoFn):
    """Entries to those that are new or changed, packed, by host."""

    def __init__(self, seen: Sequence[str], since: datetime) -> None:
        self.segments, self.since = seen, since

    def setup(self) -> None:
        self.seen = KnownKeys.load(self.segments)

    def process(self, element: Entry) -> Iterator[tuple[str, bytes]]:
        news = classify(element, self.seen.__contains__, self.since)
        if news is not News.KNOWN:
            yield _packed(dataclasses.replace(element, update=news is News.CHANGED))


def _packed(entry: Entry) -> tuple[str, bytes]:
    return host_of(entry.url), pack(entry)


def _distinct_of_host(element: tuple[str, Iterable[bytes]]) -> tuple[str, tuple[Entry, ...]]:
    host, entries = element
    # Not earlier: an entry that two feeds changed is one update as long as it has its own keys.
    chosen = distinct(map(unpack, entries))
    return host, tuple(entry.as_update() if entry.update else entry for entry in chosen)


@beam.typehints.with_input_types(Entry)
@beam.typehints.with_output_types(tuple[str, tuple[Entry, ...]])
class SelectNew(beam.PTransform):
    """Entries to (host, its entries): the pages that this run has to fetch.

    Due entries are new (no key in `seen`, segments of KnownKeys), postponed until now, or updates:
    published `since` and changed by their feed. Each comes once.
    """

    def __init__(self, seen: Sequence[str], retries: Sequence[Entry], since: datetime) -> None:
        super().__init__()
        self.seen, self.retries, self.since = seen, retries, since

    def expand(self, entries: beam.PCollection[Entry]) -> beam.PCollection[tuple[str, tuple[Entry, ...]]]:
        """Emit one element per host with due entries."""
        by_host = tuple[str, bytes]
        unseen = entries | beam.ParDo(_Unseen(self.seen, self.since)).with_output_types(by_host)
        again = entries.pipeline | "Retries" >> beam.Create(self.retries).with_output_types(Entry)
        return (
            (unseen, again | "ByHost" >> beam.Map(_packed).with_output_types(by_host))
            | beam.Flatten()
            | beam.GroupByKey()
            | beam.Map(_distinct_of_host).with_output_types(tuple[str, tuple[Entry, ...]])
        )


def _count(host: str, entries: tuple[Entry, ...]) -> tuple[str, int]:
    return host, len(entries)


@beam.typehints.with_input_types(tuple[str, tuple[Entry, ...]])
@beam.typehints.with_output_types(tuple[str, int])
class CountDue(beam.PTransform):
    """(host, its entries) to (host, their number)."""

    def expand(
        self, hosts: beam.PCollection[tuple[str, tuple[Entry, ...]]]
    ) -> beam.PCollection[tuple[str, int]]:
        """Emit one element per host."""
        return hosts | beam.MapTuple(_count).with_output_types(tuple[str, int])
