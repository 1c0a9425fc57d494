"""What earlier runs remember, as steps ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.parquet import read_table, write_table

Keys = npt.NDArray[np.uint64]

SCHEMA = pa.schema([pa.field("key", pa.uint64(), nullable=False)])


class SeenKeys:
    """A set of keys, held as a sorted array: 8 bytes a key, a look-up is a binary search.

    Keeps the first 64 bits of a 128-bit key: with ten million keys remembered, a
    new one is mistaken for a known one once in 10^12.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    @classmethod
    def load(cls, path: str | None) -> SeenKeys:
        """Reads the file that `save` wrote; None for a first run."""
        if path is None:
            return cls(np.empty(0, np.uint64))
        return cls(read_table(path)["key"].to_numpy())

    def save(self, path: str) -> None:
        """Writes the keys as Parquet."""
        table = pa.table({"key": self._keys}, schema=SCHEMA)
        write_table(path, table, use_dictionary=False)

    def with_keys(self, keys: Iterable[str]) -> SeenKeys:
        """This set and further keys."""
        return SeenKeys(np.union1d(self._keys, _numbers(keys)))

    def __contains__(self, key: str) -> bool:
        wanted = _numbers([key])
        at = np.searchsorted(self._keys, wanted)
        return bool(at[0] < len(self._keys) and self._keys[at[0]] == wanted[0])

    def __len__(self) -> int:
        return len(self._keys)


def _numbers(keys: Iterable[str]) -> Any:
    return np.fromiter((int(key[:16], 16) for key in keys), np.uint64)
