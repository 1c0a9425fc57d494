"""SelectNew: select the entries that a run has to fetch, because they are new, changed or postponed."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import apache_beam as beam

from transforms.records import DueFeed, Entry, Postponed
from transforms.store.coders import pack, unpack
from transforms.store.keys import KnownKeys
from transforms.text.urls import host_of


class EntryStatus(enum.Enum):
    """Status of a listed entry, by the keys that are known."""

    NEW = enum.auto()
    CHANGED = enum.auto()
    """Known, but with a new version: it is fetched again as an update."""
    KNOWN = enum.auto()


def classify(entry: Entry, is_known: Callable[[str], bool], since: datetime) -> EntryStatus:
    """Return the status of an entry.

    An entry is new if none of its keys is known. A known entry is changed if its feed marks it as
    updated, its version is not known, and it was published at or after `since`. If no version of it is
    known at all, the state was written without versions; then it counts as known, so that a whole feed
    is not read again.
    """
    if not any(map(is_known, entry.keys)):
        return EntryStatus.NEW
    if not entry.versions or entry.published_at is None or entry.updated_at is None:
        return EntryStatus.KNOWN
    version, any_version = entry.versions
    is_marked = since <= entry.published_at < entry.updated_at
    if is_marked and is_known(any_version) and not is_known(version):
        return EntryStatus.CHANGED
    return EntryStatus.KNOWN


def distinct(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries that share no key, independent of the input order.

    Among entries that share a key, the most often tried one wins, then the first by feed URL. Equal
    entries of two feeds link to the same page, so it is enough to compare the entries of one host.
    """
    ordered = sorted(entries, key=lambda entry: (-entry.attempts, entry.feed_url, entry.entry_id, entry.keys))
    taken_keys: set[str] = set()
    selected = []
    for entry in ordered:
        if taken_keys.isdisjoint(entry.keys):
            selected.append(entry)
        taken_keys.update(entry.keys)
    return tuple(selected)


def by_host(work: Iterable[DueFeed | Entry | Postponed]) -> list[tuple[str, bytes]]:
    """Return feeds or entries grouped by the host of their URL, each group packed."""
    groups: dict[str, list[DueFeed | Entry | Postponed]] = {}
    for item in work:
        target = item.entry if isinstance(item, Postponed) else item
        url = target.address if isinstance(target, DueFeed) else target.url
        groups.setdefault(host_of(url), []).append(item)
    return [(host, pack(tuple(items))) for host, items in sorted(groups.items())]


class _SelectUnseen(beam.DoFn):
    """Entries to (host, packed entry) for those that are new or changed."""

    def __init__(self, segments: Sequence[str], since: datetime) -> None:
        self.segments, self.since = segments, since

    def setup(self) -> None:
        self.known = KnownKeys.load(self.segments)

    def process(self, element: Entry) -> Iterator[tuple[str, bytes]]:
        match classify(element, self.known.__contains__, self.since):
            case EntryStatus.NEW:
                yield _keyed_by_host(element)
            case EntryStatus.CHANGED:
                yield _keyed_by_host(dataclasses.replace(element, update=True))


def _keyed_by_host(entry: Entry) -> tuple[str, bytes]:
    return host_of(entry.url), pack(entry)


def _distinct_of_host(element: tuple[str, Iterable[bytes]]) -> tuple[str, tuple[Entry, ...]]:
    host, entries = element
    # as_update() replaces the keys, so it comes last: by their own keys, changes of two feeds are one update.
    selected = distinct(map(unpack, entries))
    return host, tuple(entry.as_update() if entry.update else entry for entry in selected)


@beam.typehints.with_input_types(Entry)
@beam.typehints.with_output_types(tuple[str, tuple[Entry, ...]])
class SelectNew(beam.PTransform):
    """Entries to (host, its entries) that this run has to fetch, each once.

    They are the new and the changed entries (see `classify`), and the postponed entries that are due.

    Args:
        segments: files of the keys that earlier runs know.
        retries: postponed entries that are due.
        since: changes of entries published earlier are ignored.
    """

    def __init__(self, segments: Sequence[str], retries: Sequence[Entry], since: datetime) -> None:
        super().__init__()
        self.segments, self.retries, self.since = segments, retries, since

    def expand(self, entries: beam.PCollection[Entry]) -> beam.PCollection[tuple[str, tuple[Entry, ...]]]:
        """Return one element for each host that has something to fetch."""
        pair = tuple[str, bytes]
        unseen = entries | beam.ParDo(_SelectUnseen(self.segments, self.since)).with_output_types(pair)
        retries = entries.pipeline | "Retries" >> beam.Create(self.retries).with_output_types(Entry)
        return (
            (unseen, retries | "ByHost" >> beam.Map(_keyed_by_host).with_output_types(pair))
            | beam.Flatten()
            | beam.GroupByKey()
            | beam.Map(_distinct_of_host).with_output_types(tuple[str, tuple[Entry, ...]])
        )


def _count(host: str, entries: tuple[Entry, ...]) -> tuple[str, int]:
    return host, len(entries)


@beam.typehints.with_input_types(tuple[str, tuple[Entry, ...]])
@beam.typehints.with_output_types(tuple[str, int])
class CountDue(beam.PTransform):
    """(host, its entries) to (host, number of entries)."""

    def expand(
        self, hosts: beam.PCollection[tuple[str, tuple[Entry, ...]]]
    ) -> beam.PCollection[tuple[str, int]]:
        """Return one element for each host."""
        return hosts | beam.MapTuple(_count).with_output_types(tuple[str, int])
