"""The Robots Exclusion Protocol (RFC 9309), for every step that reads pages."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import time
from urllib.parse import urlsplit

from protego import Protego

from transforms.reasons import NO_ANSWER, Reason
from transforms.text.urls import host_of
from transforms.web.client import Failure, FetchSettings, Response, Web

# RFC 9309, 2.4: a copy should not be used for longer.
LIFETIME_S = 24 * 3_600.0
# A failing server is asked again sooner.
FAILURE_LIFETIME_S = 900.0
# Values in the wild range from 1 to 86,400 seconds; above this limit a host would never be read to its end.
MAX_CRAWL_DELAY_S = 60.0
# RFC 9309, 2.5: parsers must read at least 500 KiB; a longer file is cut there.
MAX_BYTES = 512 * 1024

# The address in the user agent is not part of the name: rules for "bot" would match https://example.org/bot.
_ADDRESS = re.compile(r"\(?\+?https?://[^\s)]*\)?")


@dataclasses.dataclass(frozen=True, slots=True)
class _Copy:
    rules: Protego | Failure
    expires: float


class Robots:
    """The robots.txt of each scheme and host, fetched once per lifetime."""

    def __init__(self, settings: FetchSettings) -> None:
        self._agent = _ADDRESS.sub("", settings.user_agent).strip() or settings.user_agent
        self._copies: dict[tuple[str, str], _Copy] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    async def refusal(self, web: Web, url: str) -> Failure | None:
        """Return why a URL may not be fetched, or None; raises the host's delay if the file asks for it."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        rules = (await self._copy(web, origin)).rules
        if isinstance(rules, Failure):
            return rules
        delay = rules.crawl_delay(self._agent)
        if delay:
            web.slow_down(host_of(url), min(float(delay), MAX_CRAWL_DELAY_S))
        if rules.can_fetch(url, self._agent):
            return None
        return Failure(Reason.ROBOTS, f"{url} is disallowed by {origin}/robots.txt", False)

    async def _copy(self, web: Web, origin: str) -> _Copy:
        place = urlsplit(origin).scheme, host_of(origin)
        # Pages of many hosts may redirect to one host at once: the first asks for all.
        async with self._locks.setdefault(place, asyncio.Lock()):
            copy = self._copies.get(place)
            if copy is None or copy.expires < time.monotonic():
                answer = await web.get(f"{origin}/robots.txt", max_bytes=MAX_BYTES, cut=True)
                rules = rules_of(answer)
                lifetime = FAILURE_LIFETIME_S if isinstance(rules, Failure) else LIFETIME_S
                copy = self._copies[place] = _Copy(rules, time.monotonic() + lifetime)
            return copy


def rules_of(answer: Response | Failure) -> Protego | Failure:
    """Return the rules that a response for robots.txt stands for, or a Failure.

    Without the file everything is allowed (RFC 9309, 2.3.1.3). A host whose server fails, or answers
    429, is skipped for now (2.3.1.4).
    """
    if isinstance(answer, Response):
        return Protego.parse(answer.body.replace(b"\0", b"").decode("utf-8-sig", "replace"))
    if not answer.temporary:
        return Protego.parse("")
    reason = answer.reason if answer.reason in NO_ANSWER else Reason.ROBOTS_UNAVAILABLE
    return dataclasses.replace(answer, reason=reason, detail=f"robots.txt: {answer.detail}")
