"""Response headers as values that can be stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

if TYPE_CHECKING:
    from multidict import CIMultiDictProxy

# In a feed's response they say when to poll again (RFC 9111, RFC 9110) and where its hub is (WebSub).
KEPT = ("age", "cache-control", "date", "expires", "link", "retry-after")
# Several lines of these form one list (RFC 9110, 5.3).
_LISTS = frozenset({"cache-control", "link"})
# aiohttp represents bytes that are not UTF-8 this way; files cannot hold them.
_SURROGATE = re.compile("[\udc80-\udcff]")
# RFC 8288
_LINK = re.compile(r"<([^<>]*)>([^<>]*)")
_RELATIONS = re.compile(r"""\brel\s*=\s*["']?([^"';,]*)""", re.IGNORECASE)


def storable(text: str) -> str:
    """Return a server's text in a form that files can hold."""
    return text.encode("utf-8", "replace").decode()


def kept(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    """Return the headers of KEPT that were sent, by lower-case name."""
    said = {name: headers.getall(name) for name in KEPT if name in headers}
    return {
        name: storable(", ".join(values) if name in _LISTS else values[0]) for name, values in said.items()
    }


def echoed(validator: str | None) -> str | None:
    """Return a validator as it is to be sent back; None if its bytes cannot be stored exactly."""
    return None if validator is None or _SURROGATE.search(validator) else validator


def led_to(url: str, location: str) -> str:
    """Return the target of a redirect; bytes that are not UTF-8 are sent on unchanged, as browsers do."""
    location = _SURROGATE.sub(lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", location)
    try:
        return urljoin(url, location)
    except ValueError:
        return location  # It will be refused as it is.


def linked(header: str, relation: str) -> Iterator[str]:
    """Yield the targets that a Link header gives for a relation (RFC 8288)."""
    for target, parameters in _LINK.findall(header):
        named = _RELATIONS.search(parameters)
        if named and relation in named[1].lower().split():
            yield target.strip()


def retry_after(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3); None if it is unreadable."""
    value = (value or "").strip()
    if value.isdecimal():
        # Python refuses to parse numbers with thousands of digits.
        return float(min(int(value[:20]), 10**9))
    when = http_date(value)
    return None if when is None else max(0.0, (when - datetime.now(UTC)) / timedelta(seconds=1))


def http_date(value: str | None) -> datetime | None:
    """Return the time of a date header; None if it has none."""
    try:
        when = parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError, OverflowError):
        return None
    return when.replace(tzinfo=UTC) if when and when.tzinfo is None else when
