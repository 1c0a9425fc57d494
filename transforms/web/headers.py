"""What servers say in headers, as values that can be kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

if TYPE_CHECKING:
    from multidict import CIMultiDictProxy

# Of a feed's answer they say when to ask again (RFC 9111, RFC 9110), and where its hub is (WebSub).
KEPT = ("age", "cache-control", "date", "expires", "link", "retry-after")
# Of these several lines are one list (RFC 9110, 5.3).
_LISTS = frozenset({"cache-control", "link"})
# aiohttp gives bytes that are not UTF-8 so; no file takes them.
_SURROGATE = re.compile("[\udc80-\udcff]")
# RFC 8288
_LINK = re.compile(r"<([^<>]*)>([^<>]*)")
_RELATIONS = re.compile(r"""\brel\s*=\s*["']?([^"';,]*)""", re.IGNORECASE)


def storable(text: str) -> str:
    """A text of a server's that files can hold."""
    return text.encode("utf-8", "replace").decode()


def kept(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    """Those of KEPT that were sent, by lower-case name."""
    said = {name: headers.getall(name) for name in KEPT if name in headers}
    return {
        name: storable(", ".join(values) if name in _LISTS else values[0]) for name, values in said.items()
    }


def echoed(validator: str | None) -> str | None:
    """A validator as it is to be sent back; none where its bytes could not be kept as they came."""
    return None if validator is None or _SURROGATE.search(validator) else validator


def led_to(url: str, location: str) -> str:
    """Where a redirect leads; bytes that are not UTF-8 are sent on as they are, as browsers do."""
    location = _SURROGATE.sub(lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", location)
    try:
        return urljoin(url, location)
    except ValueError:
        return location  # It is refused for what it is.


def linked(header: str, relation: str) -> Iterator[str]:
    """What a Link header names by a relation."""
    for target, parameters in _LINK.findall(header):
        told = _RELATIONS.search(parameters)
        if told and relation in told[1].lower().split():
            yield target.strip()


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3); None if unreadable."""
    value = (value or "").strip()
    if value.isdecimal():
        # Python refuses to read numbers of thousands of digits.
        return float(min(int(value[:20]), 10**9))
    when = http_date(value)
    return None if when is None else max(0.0, (when - datetime.now(UTC)) / timedelta(seconds=1))


def http_date(value: str | None) -> datetime | None:
    """The time that a header tells; None where it tells none."""
    try:
        when = parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError, OverflowError):
        return None
    return when.replace(tzinfo=UTC) if when and when.tzinfo is None else when
