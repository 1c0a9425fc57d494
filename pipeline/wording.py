"""Words for numbers in messages."""

from __future__ import annotations


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun: 1 copy, 2 copies."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
