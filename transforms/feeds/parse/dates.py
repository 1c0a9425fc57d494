"""Publication times, in the many forms that feeds write."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from transforms.records import to_utc

# Year first, as in ISO 8601 and in Chinese, Japanese and Korean software.
_YEAR_FIRST = re.compile(r"(\d{4})\s?([-/.年])\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)日?[Tt\s]*(.*)")
_EPOCH = re.compile(r"([12]\d{9})(?:\d{3})?")
# Day and month in figures: a dot makes the order clear, a slash does not.
_FIGURES = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2\d{2,4}\b")
_ZONE = re.compile(r"\s([A-Z]{3,4})$")
# Zones by name that RFC 822 lacks; IST is India's more often than Israel's or Ireland's.
_ZONES = {
    "AEDT": "+1100", "AEST": "+1000", "BST": "+0100", "CAT": "+0200", "CEST": "+0200", "CET": "+0100",
    "EAT": "+0300", "EEST": "+0300", "EET": "+0200", "HKT": "+0800", "IST": "+0530", "JST": "+0900",
    "KST": "+0900", "MSK": "+0300", "NZDT": "+1300", "NZST": "+1200", "PKT": "+0500", "SAST": "+0200",
    "SGT": "+0800", "WAT": "+0100", "WEST": "+0100", "WIB": "+0700",
}  # fmt: skip
_MAX_TIME_CHARS = 80
# dateparser takes milliseconds, and ten times as long for text that is not a time.
_MAX_TRIES, _FAILURE = 400, 20


class Times:
    """Reads the times of one document's entries, within a bound of effort."""

    def __init__(self) -> None:
        self._left = _MAX_TRIES

    def read(self, text: str, parsed: datetime | None = None) -> datetime | None:
        """Return the time that a text means, or None; `parsed` is feedparser's reading."""
        text = text.strip()
        when = parsed
        if 0 < len(text) <= _MAX_TIME_CHARS:
            # feedparser reads 2024/05/06 as the first of November.
            trusted = None if (matched := _YEAR_FIRST.match(text)) and matched[2] != "-" else parsed
            try:
                when = _exact(text) or trusted or self._guessed(text)
            except (ValueError, OverflowError):
                when = trusted
        return when

    def _guessed(self, text: str) -> datetime | None:
        """Return dateparser's reading, in any language, unless day and month could be swapped."""
        figures = _FIGURES.match(text)
        dotted = figures is not None and figures[2] == "."
        unclear = figures is not None and not dotted and max(int(figures[1]), int(figures[3])) <= 12
        if unclear or self._left <= 0:
            return None
        import dateparser  # noqa: PLC0415  Few feeds need it, and it loads slowly.

        settings = {
            "PARSERS": ["absolute-time"],
            "REQUIRE_PARTS": ["day", "month", "year"],
            "TIMEZONE": "UTC",
            **({"DATE_ORDER": "DMY"} if dotted else {}),
        }
        try:
            guess = dateparser.parse(text, settings=settings)
        except Exception:  # It fails on strange text in undocumented ways.
            guess = None
        self._left -= 1 if guess else _FAILURE
        return to_utc(guess) if guess else None


def _exact(text: str) -> datetime | None:
    """Return an unambiguous time, else None. Raises ValueError for text that cannot be a time."""
    if matched := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(matched[1]), UTC)
    if matched := _YEAR_FIRST.fullmatch(text):
        year, _, month, day, rest = matched.groups()
        return _with_time(datetime(int(year), int(month), int(day), tzinfo=UTC), rest)
    if (zone := _ZONE.search(text)) and zone[1] in _ZONES:
        return to_utc(parsedate_to_datetime(f"{text[: zone.start()]} {_ZONES[zone[1]]}"))
    return None


def _with_time(day: datetime, text: str) -> datetime | None:
    """Combine a day with an ISO 8601 time; None for any other form."""
    text = re.sub(r"\s*(?:GMT|UTC?|Z)$", "+00:00", text.strip(), flags=re.IGNORECASE)
    text = re.sub(r"\s+(?=[+-]\d)", "", text)
    midnight = re.fullmatch(r"24:00(?::00)?(.*)", text)
    text = f"00:00{midnight[1]}" if midnight else text
    try:
        when = datetime.fromisoformat(f"{day:%Y-%m-%d}T{text}") if text else day
    except ValueError:
        return None
    return to_utc(when + timedelta(days=1) if midnight else when)
