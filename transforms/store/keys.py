"""Known keys: which entries and articles earlier runs have stored, in segments of sorted Parquet.

A run adds its own segment and merges it with segments that are not much larger, so a run with ten new keys
neither reads nor writes a million old ones.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.records import key_of
from transforms.store.parquet import read_table, write_table

Keys = npt.NDArray[np.uint64]
HOUR_S = 3_600

KEY_SCHEMA = pa.schema([pa.field("key", pa.uint64(), nullable=False)])
"""Schema of segments of article ids."""
LISTED_SCHEMA = pa.schema(
    [
        pa.field("key", pa.uint64(), nullable=False),
        pa.field("feed", pa.uint64(), nullable=False),
        pa.field("listed_at", pa.int64(), nullable=False),
    ]
)
"""Schema of segments of entries: the key, the feed that listed it, and the last poll that found it there
(epoch seconds)."""


class KnownKeys:
    """A set of keys as a sorted array: 8 bytes per key, binary search.

    It keeps the first 64 bits of a 128-bit key. With ten million known keys, a new one is mistaken for
    a known one once in 10^12.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @classmethod
    def load(cls, segments: Sequence[str]) -> KnownKeys:
        """Load the keys of all segments."""
        arrays = [_keys_of(path) for path in segments]
        # The stable sort is timsort, which merges sorted runs.
        return cls(np.sort(np.concatenate([np.empty(0, np.uint64), *arrays]), kind="stable"))

    def __contains__(self, key: str) -> bool:
        wanted = np.uint64(number_of(key))
        at = np.searchsorted(self._keys, wanted)
        return bool(at < len(self._keys) and self._keys[at] == wanted)

    def __len__(self) -> int:
        return len(self._keys)


def _keys_of(path: str) -> Keys:
    try:
        keys: Keys = read_table(path, ["key"])["key"].to_numpy()
    except pa.ArrowException as error:
        raise OSError(f"{path}: expected keys as Parquet: {error}") from None
    return keys


def number_of(key: str) -> int:
    """Return the first 64 bits of a key."""
    return int(key[:16], 16)


def pack_keys(keys: Iterable[str]) -> bytes:
    """Pack keys into eight bytes each, sorted."""
    numbers = sorted(map(number_of, keys))
    return struct.pack(f"<{len(numbers)}Q", *numbers)


def feed_number(url: str) -> int:
    """Return the number that stands for a feed in segments."""
    return number_of(key_of(f"feed {url}"))


class RecentKeys:
    """Keys with the hour in which a poll last listed each; 12 bytes per key when packed."""

    _LINE = struct.Struct("<QI")

    def __init__(self, packed: bytes = b"") -> None:
        self._hours = dict(self._LINE.iter_unpack(packed))

    def packed(self) -> bytes:
        """Return the bytes that the constructor takes."""
        return b"".join(self._LINE.pack(key, hour) for key, hour in self._hours.items())

    def __contains__(self, key: str) -> bool:
        return number_of(key) in self._hours

    def listed_at(self, key: str) -> datetime:
        """Return when a key was last listed, to the hour."""
        return datetime.fromtimestamp(self._hours[number_of(key)] * HOUR_S, UTC)

    def note(self, key: str, at: datetime) -> None:
        """Add a key, or renew it."""
        self._hours[number_of(key)] = int(at.timestamp()) // HOUR_S

    def forget(self, before: datetime) -> None:
        """Drop the keys that were last listed before a time."""
        first = int(before.timestamp()) // HOUR_S
        self._hours = {key: hour for key, hour in self._hours.items() if hour >= first}


def listed_table(polls: Iterable[tuple[str, bytes, datetime]]) -> pa.Table:
    """Build a table of LISTED_SCHEMA from (feed URL, packed keys, time of the poll)."""
    keys, feeds, times = [np.empty(0, np.uint64)], [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    for url, packed, at in polls:
        numbers = np.frombuffer(packed, "<u8")
        keys.append(numbers)
        feeds.append(np.full(len(numbers), feed_number(url), np.uint64))
        times.append(np.full(len(numbers), int(at.timestamp()), np.int64))
    return _newest(np.concatenate(keys), np.concatenate(feeds), np.concatenate(times))


def merge_listed(segments: Sequence[pa.Table], read_at: Mapping[int, int], not_since: int) -> pa.Table:
    """Merge segments, dropping keys that left their feed before the horizon.

    A key is dropped once its feed was read without it (`read_at`, by feed number), or is no longer
    polled, and its time is before `not_since`. Unchanged and failing feeds keep their keys.
    """
    table = pa.concat_tables(segments)
    keys, feeds = table["key"].to_numpy(), table["feed"].to_numpy()
    times = table["listed_at"].to_numpy()
    known, where = np.unique(feeds, return_inverse=True)
    last_read = np.array([read_at.get(int(feed), np.iinfo(np.int64).max) for feed in known], np.int64)
    live = (times >= not_since) | (times >= last_read[where]) if len(known) else np.ones(0, bool)
    return _newest(keys[live], feeds[live], times[live])


def _newest(keys: Keys, feeds: Keys, times: npt.NDArray[np.int64]) -> pa.Table:
    order = np.lexsort((-times, feeds, keys))
    keys, feeds, times = keys[order], feeds[order], times[order]
    first = np.ones(len(keys), bool)
    first[1:] = (keys[1:] != keys[:-1]) | (feeds[1:] != feeds[:-1])
    arrays = {"key": keys[first], "feed": feeds[first], "listed_at": times[first]}
    return pa.table(arrays, schema=LISTED_SCHEMA)


def key_table(keys: Iterable[str]) -> pa.Table:
    """Build a table of KEY_SCHEMA from article ids, sorted."""
    numbers = np.fromiter(map(number_of, keys), np.uint64)
    return pa.table({"key": np.unique(numbers)}, schema=KEY_SCHEMA)


def merge_keys(segments: Sequence[pa.Table]) -> pa.Table:
    """Merge segments of article ids."""
    return pa.table({"key": np.unique(pa.concat_tables(segments)["key"].to_numpy())}, schema=KEY_SCHEMA)


def read_segment(path: str) -> pa.Table:
    """Read a segment of keys."""
    return read_table(path)


def write_segment(path: str, table: pa.Table) -> None:
    """Write a segment. Keys are random, so they get no dictionary."""
    write_table(path, table, use_dictionary=["feed", "listed_at"] if "feed" in table.column_names else False)
