"""Reason codes: why a feed, a page or an entry failed."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A short fixed code: the `reason` of rejects/ and of feeds.

    HTTP statuses have codes of their own, see `http_status`.
    """

    BAD_RESPONSE = "bad-response"
    BAD_URL = "bad-url"
    BLOCKED = "blocked"
    BROKEN_PAGE = "broken-page"
    BROKEN_WARC = "broken-warc"
    CONNECTION = "connection"
    DEFECT = "defect"
    DNS = "dns"
    DUPLICATE = "duplicate"
    HOST_DOWN = "host-down"
    NOT_A_FEED = "not-a-feed"
    NOT_HTML = "not-html"
    NO_TEXT = "no-text"
    PRIVATE_ADDRESS = "private-address"
    REDIRECTS = "redirects"
    ROBOTS = "robots"
    ROBOTS_UNAVAILABLE = "robots-unavailable"
    TIMEOUT = "timeout"
    TLS = "tls"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"


def http_status(status: int) -> str:
    """Return the reason code of an HTTP status, such as http-404."""
    return f"http-{status}"


GONE = http_status(410)
"""The server says that the address is gone for good."""
NO_ANSWER = frozenset({Reason.TIMEOUT, Reason.CONNECTION, Reason.DNS, Reason.TLS, Reason.HOST_DOWN})
"""The host did not answer at all."""
