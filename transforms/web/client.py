"""HTTP client for every step that reads the web: bounded, polite, and only to allowed addresses."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gzip
import io
import socket
import threading
import time
import weakref
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import aiohttp

from transforms.reasons import Reason, http_status
from transforms.text.urls import host_of, is_web_url
from transforms.web.addresses import AddressRefusedError, public_socket
from transforms.web.headers import echoed, kept, led_to, retry_after, storable
from transforms.web.machine_locks import LOOK_S, turns

MAX_REDIRECTS = 10  # RFC 9110 leaves the number open; browsers stop at 20, curl -L at 50.
MAX_URL_CHARS = 2_048  # The limit of feed readers (rss-fetcher); RFC 9110 asks for 8,000.
CHUNK_BYTES = 65_536
# Bytes of a header line, and number of lines: aiohttp's defaults, enough for real servers.
MAX_HEADER_BYTES, MAX_HEADERS = 8_190, 128
# A host that answers 429 or 503 is asked half as often, at least one second apart and at most once a minute;
# each good answer halves the delay again.
MIN_SLOWED_S, MAX_SLOWED_S = 1.0, 60.0
# A Retry-After up to this is waited for at once; a longer one ends the visit.
MAX_IMMEDIATE_WAIT_S = 10.0
# The server does not want us there: recorded, never circumvented
# (https://www.rfc-editor.org/rfc/rfc9110#section-15.5.4).
BLOCKED = frozenset({401, 403, 429, 451})
# A request with one of these headers may be answered by 304.
CONDITIONS = frozenset({"If-None-Match", "If-Modified-Since"})


@dataclasses.dataclass(frozen=True, slots=True)
class FetchSettings:
    """How sites are visited: the config's `fetch` section."""

    user_agent: str = "copytaster/0.1 (+https://example.org/bot)"
    timeout_s: float = 20.0
    """Seconds for one whole exchange, redirects included; waiting for politeness does not count."""
    max_bytes: int = 5_000_000
    """Bytes of a body after decompression."""
    concurrency: int = 32
    """Hosts visited at the same time."""
    per_host_delay_s: float = 1.0
    """Seconds between the end of one request to a host and the start of the next."""
    respect_robots: bool = True
    allow_private_addresses: bool = False
    max_attempts: int = 4
    """Attempts over several runs before an entry is rejected for good."""


@dataclasses.dataclass(frozen=True, slots=True)
class Response:
    """A body as it was served, decompressed."""

    url: str
    """The address after redirects."""
    status: int
    body: bytes
    content_type: str
    """Without parameters, in lower case; '' if the server sent none."""
    charset: str | None
    etag: str | None = None
    last_modified: str | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """The headers of headers.KEPT, by lower-case name."""
    moved_to: str | None = None
    """Target of the permanent redirects (301, 308) before the first temporary one, if any."""


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """Why an exchange gave no body."""

    reason: str
    """A Reason, or a status such as http-404."""
    detail: str
    temporary: bool
    """True if another attempt may succeed."""
    retry_after_s: float | None = None
    """The pause that the server asked for, in seconds."""
    overloaded: bool = False
    """True if the server says that it gets too many requests."""

    def __post_init__(self) -> None:
        # It quotes servers and is written to files.
        object.__setattr__(self, "detail", storable(self.detail))


class _Redirect(NamedTuple):
    url: str
    permanent: bool


class _FailedError(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


class _Gate:
    """One request at a time to a host, with a delay between two, for all clients of the machine."""

    def __init__(self, host: str, delay_s: float) -> None:
        self._host, self._turns = host, turns()
        self._asked_s = delay_s
        self._slowed_s = 0.0
        self._guard = threading.Lock()
        self._taken = False
        self._ready_at = 0.0

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        while (wait_s := self._take()) > 0:
            await asyncio.sleep(wait_s)
        try:
            yield
        finally:
            with self._guard:
                self._taken = False
                self._ready_at = max(self._ready_at, time.monotonic() + self._delay_s())
                if self._turns:
                    self._turns.leave(self._host)

    def _take(self) -> float:
        """Return 0 if it is the caller's turn, else seconds until the next try."""
        with self._guard:
            now = time.monotonic()
            if self._taken:
                return max(LOOK_S, self._ready_at - now)
            wait_s = self._ready_at - now
            if wait_s <= 0 and self._turns:
                wait_s = self._turns.take(self._host, self._delay_s())
            self._taken = wait_s <= 0
            return max(0.0, wait_s)

    def _delay_s(self) -> float:
        return max(self._asked_s, self._slowed_s)

    def ask_for(self, delay_s: float) -> None:
        """Raise the delay to at least this."""
        self._asked_s = max(self._asked_s, delay_s)

    def heard(self, answer: Response | _Redirect | Failure) -> None:
        """Slow down or recover, depending on the host's answer."""
        if isinstance(answer, Failure) and answer.overloaded:
            self._slowed_s = min(max(2 * self._slowed_s, self._asked_s, MIN_SLOWED_S), MAX_SLOWED_S)
            asked = min(answer.retry_after_s or 0.0, MAX_IMMEDIATE_WAIT_S)
            self._ready_at = max(self._ready_at, time.monotonic() + asked)
        else:
            self._slowed_s /= 2


_GATES: weakref.WeakValueDictionary[str, _Gate] = weakref.WeakValueDictionary()
"""Gates of all clients of the process, by host: two event loops may read a feed and a page of one host."""
_GATES_GUARD = threading.Lock()


class Web:
    """An HTTP client for one event loop; use it as an async context manager.

    It is aiohttp: connections are reused; gzip, deflate, brotli and zstd are decompressed in pieces. It
    does not speak HTTP/2.
    """

    def __init__(self, settings: FetchSettings, resolver: aiohttp.abc.AbstractResolver | None = None) -> None:
        self._settings = settings
        self._resolver = resolver
        self._gates: dict[str, _Gate] = {}

    async def __aenter__(self) -> Web:
        # Replaces the loop's executor: asyncio's default has six threads on two cores, so six names with
        # silent servers would block all others, and an abandoned lookup keeps its thread until it ends.
        lookups = ThreadPoolExecutor(2 * self._settings.concurrency, "lookup")
        asyncio.get_running_loop().set_default_executor(lookups)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                # The system's resolver, whatever extras are installed, so that the resolved address is the
                # checked one.
                resolver=self._resolver or aiohttp.ThreadedResolver(),
                socket_factory=None if self._settings.allow_private_addresses else public_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._settings.user_agent},
            timeout=aiohttp.ClientTimeout(total=None),
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    def slow_down(self, host: str, delay_s: float) -> None:
        """Raise the delay between two requests to a host to at least `delay_s` seconds."""
        self._gate(host).ask_for(delay_s)

    def _gate(self, host: str) -> _Gate:
        gate = self._gates.get(host)
        if gate is None:
            with _GATES_GUARD:
                gate = _GATES.setdefault(host, _Gate(host, self._settings.per_host_delay_s))
            gate.ask_for(self._settings.per_host_delay_s)
            self._gates[host] = gate
        return gate

    async def get(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        *,
        max_bytes: int | None = None,
        cut: bool = False,
        refusal: Callable[[str], Awaitable[Failure | None]] | None = None,
    ) -> Response | Failure:
        """Fetch a URL, following redirects; every outcome except cancellation is a value.

        A 304 to a conditional request is a Response with an empty body; every other status outside
        2xx is a Failure. A gzip body without a header, as of news sitemaps, is unpacked.

        Args:
            headers: sent with each request.
            max_bytes: limit of the body after decompression; None for the settings'.
            cut: cut a longer body off instead of refusing it.
            refusal: called before each request, redirects included; returns why it may not be made, or None.
        """
        limit = max_bytes or self._settings.max_bytes
        budget = self._settings.timeout_s
        moved_to, permanent = None, True
        try:
            for _ in range(MAX_REDIRECTS + 1):
                gate = self._gate(checked_host(url))
                refused = await refusal(url) if refusal else None
                if refused:
                    return refused
                async with gate.turn():
                    started = time.monotonic()
                    # Redirects share one budget. Waiting for a host's turn is our time, not the server's.
                    async with asyncio.timeout(max(budget, 0.0)):
                        answer = await self._exchange(url, headers or {}, limit, cut=cut)
                    budget -= time.monotonic() - started
                    gate.heard(answer)
                if isinstance(answer, Failure):
                    return answer
                if isinstance(answer, Response):
                    return dataclasses.replace(answer, moved_to=moved_to)
                permanent = permanent and answer.permanent
                url = answer.url
                moved_to = url if permanent else moved_to
            return Failure(Reason.REDIRECTS, f"more than {MAX_REDIRECTS} redirects, last to {url}", False)
        except _FailedError as error:
            return error.failure
        except TimeoutError:
            return Failure(
                Reason.TIMEOUT, f"no whole answer within {self._settings.timeout_s:g} s: {url}", True
            )
        except (aiohttp.ClientError, OSError, ValueError, EOFError) as error:
            return _failure_of(error, url)

    async def _exchange(
        self, url: str, headers: dict[str, str], limit: int, *, cut: bool
    ) -> Response | _Redirect | Failure:
        """Make one request: return the response, the redirect, or the meaning of its status."""
        async with self._session.get(url, headers=headers, allow_redirects=False) as answer:
            location = answer.headers.get("Location")
            if answer.status in (301, 302, 303, 307, 308) and location:
                return _Redirect(led_to(url, location), answer.status in (301, 308))
            unchanged = answer.status == 304 and not CONDITIONS.isdisjoint(headers)
            if not unchanged and not 200 <= answer.status < 300:
                return _refusal(answer, url)
            _acknowledge(answer)
            if (answer.content_length or 0) > limit and not cut and "Content-Encoding" not in answer.headers:
                return _too_large(url, limit)
            body = bytearray()
            async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                body += chunk
                if len(body) > limit:
                    if not cut:
                        return _too_large(url, limit)
                    del body[limit:]
                    break
            whole = _gunzipped(bytes(body), limit)
            if len(whole) > limit and not cut:
                return _too_large(url, limit)
            return Response(
                url=url,
                status=answer.status,
                body=whole[:limit],
                content_type=storable(answer.content_type) if "Content-Type" in answer.headers else "",
                charset=storable(answer.charset) if answer.charset else None,
                etag=echoed(answer.headers.get("ETag")),
                last_modified=echoed(answer.headers.get("Last-Modified")),
                headers=kept(answer.headers),
            )


def _gunzipped(body: bytes, limit: int) -> bytes:
    """Return the content of gzip, up to one byte beyond the limit; any other body unchanged."""
    if body.startswith(b"\x1f\x8b\x08"):
        with contextlib.suppress(OSError, EOFError, zlib.error):
            return gzip.GzipFile(fileobj=io.BytesIO(body)).read(limit + 1)
    return body


def _acknowledge(answer: aiohttp.ClientResponse) -> None:
    """Acknowledge the headers at once, if the system can (Linux, tcp(7)).

    Servers that write headers and body separately hold the body back until then (RFC 896), and systems
    delay an acknowledgement by 40 ms: 939 pages of one host took 46 s, and take 8 s with this.
    """
    transport = answer.connection.transport if answer.connection else None
    connected = transport.get_extra_info("socket") if transport else None
    if connected is not None and hasattr(socket, "TCP_QUICKACK"):
        with contextlib.suppress(OSError):
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def checked_host(url: str) -> str:
    """Return the host of a URL, as host_of does.

    Raises _FailedError with a reason code if the URL may not be fetched.
    """
    if len(url) > MAX_URL_CHARS:
        raise _FailedError(
            Failure(Reason.BAD_URL, f"longer than {MAX_URL_CHARS} characters: {url[:100]}…", False)
        )
    if not is_web_url(url) or not host_of(url):
        raise _FailedError(Failure(Reason.BAD_URL, f"expected an http or https URL, not {url!r}", False))
    return host_of(url)


def _too_large(url: str, limit: int) -> Failure:
    return Failure(Reason.TOO_LARGE, f"more than {limit} bytes after decompression: {url}", False)


def _refusal(answer: aiohttp.ClientResponse, url: str) -> Failure:
    status = answer.status
    detail = f"{status} {answer.reason} from {url}"
    if answer.headers.get("cf-mitigated") == "challenge":  # Documented by Cloudflare.
        return Failure(Reason.BLOCKED, f"{detail}: a challenge", False)
    temporary = status in (408, 425, 429) or status >= 500
    reason = Reason.BLOCKED if status in BLOCKED else http_status(status)
    asked = retry_after(answer.headers.get("Retry-After"))
    return Failure(reason, detail, temporary, asked, overloaded=status in (429, 503))


def _failure_of(error: Exception, url: str) -> Failure:
    cause = getattr(error, "os_error", error)
    if isinstance(cause, AddressRefusedError):
        return Failure(Reason.PRIVATE_ADDRESS, f"{url} leads to an address that is not public", False)
    if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
        return Failure(Reason.BAD_URL, f"not a URL that can be fetched: {url!r}", False)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Failure(Reason.DNS, f"{url}: name does not resolve: {cause}", True)
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return Failure(Reason.TLS, f"{url}: {cause}", True)
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientResponseError):
        return Failure(Reason.BAD_RESPONSE, f"{url}: {error}", True)
    return Failure(Reason.CONNECTION, f"{url}: {type(error).__name__}: {error}", True)
