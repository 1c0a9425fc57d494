"""Parse the times of entries in the many forms that feeds use."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from transforms.records import to_utc

# The year first, as in ISO 8601 and in Chinese, Japanese and Korean software.
_YEAR_FIRST = re.compile(r"(\d{4})\s?([-/.年])\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)日?[Tt\s]*(.*)")
_EPOCH = re.compile(r"([12]\d{9})(?:\d{3})?")
# Day and month as numbers: with dots the day comes first, with slashes the order is unknown.
_FIGURES = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2\d{2,4}\b")
_ZONE = re.compile(r"\s([A-Z]{3,4})$")
# Names of zones that RFC 822 lacks; IST is more often India's than Israel's or Ireland's.
_ZONES = {
    "AEDT": "+1100", "AEST": "+1000", "BST": "+0100", "CAT": "+0200", "CEST": "+0200", "CET": "+0100",
    "EAT": "+0300", "EEST": "+0300", "EET": "+0200", "HKT": "+0800", "IST": "+0530", "JST": "+0900",
    "KST": "+0900", "MSK": "+0300", "NZDT": "+1300", "NZST": "+1200", "PKT": "+0500", "SAST": "+0200",
    "SGT": "+0800", "WAT": "+0100", "WEST": "+0100", "WIB": "+0700",
}  # fmt: skip
_MAX_TIME_CHARS = 80
_EFFORT_PER_DOCUMENT = 400
"""Calls of dateparser that succeed; each takes milliseconds."""
_EFFORT_PER_FAILURE = 20
"""A failed call counts as this many: it takes ten times as long."""


class Times:
    """Parses the times of one document with limited effort."""

    def __init__(self) -> None:
        self._effort_left = _EFFORT_PER_DOCUMENT

    def read(self, text: str, parsed: datetime | None = None) -> datetime | None:
        """Return the time that a text states, or None; `parsed` is the result of feedparser."""
        text = text.strip()
        if not 0 < len(text) <= _MAX_TIME_CHARS:
            return parsed
        # feedparser reads 2024/05/06 as the first of November.
        year_first = _YEAR_FIRST.match(text)
        trusted = None if year_first and year_first[2] != "-" else parsed
        try:
            return _exact(text) or trusted or self._guessed(text)
        except (ValueError, OverflowError):
            return trusted

    def _guessed(self, text: str) -> datetime | None:
        """Return the result of dateparser, in any language; None if day and month could be swapped."""
        figures = _FIGURES.match(text)
        dotted = figures is not None and figures[2] == "."
        ambiguous = figures is not None and not dotted and max(int(figures[1]), int(figures[3])) <= 12
        if ambiguous or self._effort_left <= 0:
            return None
        import dateparser  # noqa: PLC0415  It loads slowly, and few feeds need it.

        settings = {
            "PARSERS": ["absolute-time"],
            "REQUIRE_PARTS": ["day", "month", "year"],
            "TIMEZONE": "UTC",
            **({"DATE_ORDER": "DMY"} if dotted else {}),
        }
        try:
            time = dateparser.parse(text, settings=settings)
        except Exception:  # Strange text makes it raise undocumented exceptions.
            time = None
        self._effort_left -= 1 if time else _EFFORT_PER_FAILURE
        return to_utc(time) if time else None


def _exact(text: str) -> datetime | None:
    """Return the time of an unambiguous text, or None. Raises ValueError if it cannot be a time."""
    if epoch := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(epoch[1]), UTC)
    if year_first := _YEAR_FIRST.fullmatch(text):
        year, _, month, day, rest = year_first.groups()
        return _with_time(datetime(int(year), int(month), int(day), tzinfo=UTC), rest)
    if (zone := _ZONE.search(text)) and zone[1] in _ZONES:
        return to_utc(parsedate_to_datetime(f"{text[: zone.start()]} {_ZONES[zone[1]]}"))
    return None


def _with_time(day: datetime, clock_time: str) -> datetime | None:
    """Return a day at a time of day in nearly ISO 8601, or None if it has another form."""
    clock_time = re.sub(r"\s*(?:GMT|UTC?|Z)$", "+00:00", clock_time.strip(), flags=re.IGNORECASE)
    clock_time = re.sub(r"\s+(?=[+-]\d)", "", clock_time)
    midnight = re.fullmatch(r"24:00(?::00)?(.*)", clock_time)
    clock_time = f"00:00{midnight[1]}" if midnight else clock_time
    try:
        when = datetime.fromisoformat(f"{day:%Y-%m-%d}T{clock_time}") if clock_time else day
    except ValueError:
        return None
    return to_utc(when + timedelta(days=1) if midnight else when)
