"""What earlier runs remember, as steps ask for it: keys in segments, each a sorted Parquet file.

A run adds a segment of its own and merges it with those that are not much
larger, so that a million keys are neither read nor written to remember ten.
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
"""Article ids."""
LISTED_SCHEMA = pa.schema(
    [
        pa.field("key", pa.uint64(), nullable=False),
        pa.field("feed", pa.uint64(), nullable=False),
        pa.field("listed_at", pa.int64(), nullable=False),
    ]
)
"""Keys of entries, the feed that listed them, and when a poll last found them there (epoch seconds)."""


class KnownKeys:
    """A set of keys, held as a sorted array: 8 bytes a key, a look-up is a binary search.

    Keeps the first 64 bits of a 128-bit key: with ten million keys remembered, a
    new one is mistaken for a known one once in 10^12.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @classmethod
    def load(cls, segments: Sequence[str]) -> KnownKeys:
        """The keys of all segments."""
        arrays = [_keys_of(path) for path in segments]
        # Stable is timsort here, which merges what is sorted already.
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
    """The first 64 bits of a key."""
    return int(key[:16], 16)


def pack_keys(keys: Iterable[str]) -> bytes:
    """Keys as eight bytes each, sorted."""
    numbers = sorted(map(number_of, keys))
    return struct.pack(f"<{len(numbers)}Q", *numbers)


def feed_number(url: str) -> int:
    """By which segments name a feed."""
    return number_of(key_of(f"feed {url}"))


class RecentKeys:
    """Keys and the hour in which each was last listed, 12 bytes a key where it is packed."""

    _LINE = struct.Struct("<QI")

    def __init__(self, packed: bytes = b"") -> None:
        self._hours = dict(self._LINE.iter_unpack(packed))

    def packed(self) -> bytes:
        """As RecentKeys takes it."""
        return b"".join(self._LINE.pack(key, hour) for key, hour in self._hours.items())

    def __contains__(self, key: str) -> bool:
        return number_of(key) in self._hours

    def listed_at(self, key: str) -> datetime:
        """When a key was last noted, to the hour."""
        return datetime.fromtimestamp(self._hours[number_of(key)] * HOUR_S, UTC)

    def note(self, key: str, at: datetime) -> None:
        """Adds a key, or renews it."""
        self._hours[number_of(key)] = int(at.timestamp()) // HOUR_S

    def forget(self, before: datetime) -> None:
        """Drops the keys that were last noted before a time."""
        first = int(before.timestamp()) // HOUR_S
        self._hours = {key: hour for key, hour in self._hours.items() if hour >= first}


def listed_table(polls: Iterable[tuple[str, bytes, datetime]]) -> pa.Table:
    """What feeds listed: (URL, packed keys, time of the poll), to rows of LISTED_SCHEMA."""
    keys, feeds, times = [np.empty(0, np.uint64)], [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    for url, packed, at in polls:
        found = np.frombuffer(packed, "<u8")
        keys.append(found)
        feeds.append(np.full(len(found), feed_number(url), np.uint64))
        times.append(np.full(len(found), int(at.timestamp()), np.int64))
    return _newest(np.concatenate(keys), np.concatenate(feeds), np.concatenate(times))


def merge_listed(segments: Sequence[pa.Table], read_at: Mapping[int, int], not_since: int) -> pa.Table:
    """Segments as one, without the keys that have left their feed for longer than they are remembered.

    A key has left its feed when the feed was read (`read_at`, by number) after it
    was last listed there, or is polled no more; it is kept until its time lies
    before `not_since`. A feed that is unchanged, or fails, lists what it listed.
    """
    table = pa.concat_tables(segments)
    keys, feeds = table["key"].to_numpy(), table["feed"].to_numpy()
    times = table["listed_at"].to_numpy()
    known, where = np.unique(feeds, return_inverse=True)
    last_read = np.array([read_at.get(int(feed), np.iinfo(np.int64).max) for feed in known], np.int64)
    kept = (times >= not_since) | (times >= last_read[where]) if len(known) else np.ones(0, bool)
    return _newest(keys[kept], feeds[kept], times[kept])


def _newest(keys: Keys, feeds: Keys, times: npt.NDArray[np.int64]) -> pa.Table:
    order = np.lexsort((-times, feeds, keys))
    keys, feeds, times = keys[order], feeds[order], times[order]
    first = np.ones(len(keys), bool)
    first[1:] = (keys[1:] != keys[:-1]) | (feeds[1:] != feeds[:-1])
    arrays = {"key": keys[first], "feed": feeds[first], "listed_at": times[first]}
    return pa.table(arrays, schema=LISTED_SCHEMA)


def key_table(keys: Iterable[str]) -> pa.Table:
    """Article ids, sorted, as rows of KEY_SCHEMA."""
    numbers = np.fromiter(map(number_of, keys), np.uint64)
    return pa.table({"key": np.unique(numbers)}, schema=KEY_SCHEMA)


def merge_keys(segments: Sequence[pa.Table]) -> pa.Table:
    """Segments of article ids as one."""
    return pa.table({"key": np.unique(pa.concat_tables(segments)["key"].to_numpy())}, schema=KEY_SCHEMA)


def read_segment(path: str) -> pa.Table:
    """A segment of keys."""
    return read_table(path)


def write_segment(path: str, table: pa.Table) -> None:
    """Writes a segment; keys are as random as hashes, so they are not compressed by a dictionary."""
    write_table(path, table, use_dictionary=["feed", "listed_at"] if "feed" in table.column_names else False)
