"""SelectNew: of the entries that feeds list those that no run has seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import apache_beam as beam

from transforms.coders import pack, unpack
from transforms.memory import SeenKeys
from transforms.records import DueFeed, Entry, Postponed
from transforms.urls import host_of


def distinct(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries that share no key, whatever the order they come in: of equal ones the first tried, first read.

    Equal entries of two feeds link the same page, so they are found among those of one host.
    """
    ordered = sorted(entries, key=lambda entry: (-entry.attempts, entry.feed_url, entry.entry_id, entry.keys))
    taken: set[str] = set()
    kept = []
    for entry in ordered:
        if taken.isdisjoint(entry.keys):
            kept.append(entry)
        taken.update(entry.keys)
    return tuple(kept)


def by_host(work: Iterable[DueFeed | Entry | Postponed]) -> list[tuple[str, bytes]]:
    """Feeds, or entries, packed by the host that they lead to."""
    grouped: dict[str, list[DueFeed | Entry | Postponed]] = {}
    for one in work:
        entry = one.entry if isinstance(one, Postponed) else one
        url = entry.address if isinstance(entry, DueFeed) else entry.url
        grouped.setdefault(host_of(url), []).append(one)
    return [(host, pack(tuple(found))) for host, found in sorted(grouped.items())]


class _Unseen(beam.DoFn):
    """Entries to those no run has seen, packed, by host."""

    def __init__(self, seen: Sequence[str]) -> None:
        self.segments = seen

    def setup(self) -> None:
        self.seen = SeenKeys.load(self.segments)

    def process(self, element: Entry) -> Iterator[tuple[str, bytes]]:
        if not any(key in self.seen for key in element.keys):
            yield _packed(element)


def _packed(entry: Entry) -> tuple[str, bytes]:
    return host_of(entry.url), pack(entry)


def _distinct_of_host(element: tuple[str, Iterable[bytes]]) -> tuple[str, tuple[Entry, ...]]:
    host, entries = element
    return host, distinct(map(unpack, entries))


@beam.typehints.with_input_types(Entry)
@beam.typehints.with_output_types(tuple[str, tuple[Entry, ...]])
class SelectNew(beam.PTransform):
    """Entries to (host, its entries): what this run has to fetch.

    Due are the entries of which no key stands among those of earlier runs
    (segments of SeenKeys), each once, and those that earlier runs put off until now.
    """

    def __init__(self, seen: Sequence[str], put_off: Sequence[Entry] = ()) -> None:
        super().__init__()
        self.seen, self.put_off = seen, put_off

    def expand(self, entries: beam.PCollection[Entry]) -> beam.PCollection[tuple[str, tuple[Entry, ...]]]:
        """One element out for each host with something due."""
        by_host = tuple[str, bytes]
        unseen = entries | beam.ParDo(_Unseen(self.seen)).with_output_types(by_host)
        again = entries.pipeline | "PutOff" >> beam.Create(self.put_off).with_output_types(Entry)
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
    """(host, its entries) to (host, how many)."""

    def expand(
        self, hosts: beam.PCollection[tuple[str, tuple[Entry, ...]]]
    ) -> beam.PCollection[tuple[str, int]]:
        """One element out for each host."""
        return hosts | beam.MapTuple(_count).with_output_types(tuple[str, int])
