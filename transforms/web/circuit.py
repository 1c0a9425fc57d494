"""Circuit breaker per host: skip hosts that repeatedly fail to answer or ask for a long pause."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Awaitable, Callable

from transforms.reasons import NO_ANSWER, Reason
from transforms.text.urls import host_of
from transforms.web.client import MAX_IMMEDIATE_WAIT_S, Failure, Response, Web

# After this many exchanges in a row without an answer, the host is skipped for the rest of the visit.
MAX_SILENT_TRIES = 3
# After this long, a streaming job tries silent hosts again.
MAX_VISIT_S = 3_600.0


class CircuitBreaker:
    """Failures of hosts as they are read, for one event loop."""

    def __init__(self, visit_s: float = MAX_VISIT_S) -> None:
        self._visit_s = visit_s
        self._silent: dict[str, int] = {}
        self._busy: dict[str, tuple[float, Failure]] = {}
        self._began = time.monotonic()

    async def get(
        self,
        web: Web,
        url: str,
        headers: dict[str, str] | None = None,
        *,
        max_bytes: int | None = None,
        refusal: Callable[[str], Awaitable[Failure | None]] | None = None,
    ) -> Response | Failure:
        """Fetch like Web.get; each host of a redirect is skipped and counted separately."""
        now = time.monotonic()
        if now - self._began > self._visit_s:
            self._silent, self._began = {}, now
            self._busy = {host: busy for host, busy in self._busy.items() if busy[0] > now}
        asked: list[str] = []
        alone: Failure | None = None

        async def refused(url: str) -> Failure | None:
            nonlocal alone
            asked.append(host_of(url))
            alone = self._left_alone(asked[-1])
            return alone or (await refusal(url) if refusal else None)

        answer = await web.get(url, headers, max_bytes=max_bytes, refusal=refused)
        for host in asked[:-1]:
            self._silent[host] = 0
        if asked and not alone:
            self._heard(asked[-1], answer)
        return answer

    def _left_alone(self, host: str) -> Failure | None:
        """Return why a host is skipped now, judged by its last answers, or None."""
        now = time.monotonic()
        if self._silent.get(host, 0) >= MAX_SILENT_TRIES:
            return Failure(Reason.HOST_DOWN, f"{host} gave no answer {MAX_SILENT_TRIES} times in a row", True)
        until, why = self._busy.get(host, (0.0, None))
        if why and until > now:
            detail = f"{host} asked to be left alone: {why.detail}"
            return dataclasses.replace(why, detail=detail, retry_after_s=until - now)
        return None

    def _heard(self, host: str, answer: Response | Failure) -> None:
        silent = isinstance(answer, Failure) and answer.reason in NO_ANSWER
        self._silent[host] = self._silent.get(host, 0) + 1 if silent else 0
        if (
            isinstance(answer, Failure)
            and answer.overloaded
            and (answer.retry_after_s or 0) > MAX_IMMEDIATE_WAIT_S
        ):
            self._busy[host] = time.monotonic() + (answer.retry_after_s or 0), answer
