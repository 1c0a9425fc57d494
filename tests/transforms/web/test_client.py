"""Exchanges end within their limits, and only with addresses that may be read."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.support.hostile import ok, serve_hostile
from tests.support.sites import Answer, Site, serve
from transforms.web.addresses import is_public
from transforms.web.client import Failure, FetchSettings, Response, Web
from transforms.web.headers import retry_after

LOCAL = FetchSettings(timeout_s=0.6, max_bytes=50_000, per_host_delay_s=0, allow_private_addresses=True)


def get(
    url: str, settings: FetchSettings = LOCAL, headers: dict[str, str] | None = None
) -> Response | Failure:
    async def exchange() -> Response | Failure:
        async with Web(settings) as web:
            return await web.get(url, headers)

    return asyncio.run(exchange())


@pytest.fixture
def site():
    with serve() as made:
        yield made


def reason(outcome: Response | Failure) -> str:
    assert isinstance(outcome, Failure), outcome
    return outcome.reason


def test_a_page_comes_with_what_the_server_says_of_it(site: Site) -> None:
    site.pages["/a"] = Answer(
        "né".encode("latin-1"), "Text/HTML; charset=ISO-8859-1", headers={"ETag": 'W/"1"'}
    )
    answer = get(f"{site.url}/a")
    assert isinstance(answer, Response)
    assert (answer.body, answer.content_type, answer.charset) == (b"n\xe9", "text/html", "ISO-8859-1")
    assert answer.etag == 'W/"1"'
    assert site.requests[0][1]["user-agent"] == LOCAL.user_agent


def test_redirects_are_followed_and_the_last_address_is_returned(site: Site) -> None:
    site.pages["/old"] = Answer(status=301, headers={"Location": "/new?x=1"})
    site.pages["/new?x=1"] = Answer("hello")
    answer = get(f"{site.url}/old")
    assert isinstance(answer, Response)
    assert answer.url == f"{site.url}/new?x=1"


def test_redirects_in_a_circle_end(site: Site) -> None:
    site.pages["/a"] = Answer(status=302, headers={"Location": "/a"})
    assert reason(get(f"{site.url}/a")) == "redirects"


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://x/"])
def test_redirects_lead_only_to_the_web(site: Site, target: str) -> None:
    site.pages["/a"] = Answer(status=302, headers={"Location": target})
    assert reason(get(f"{site.url}/a")) == "bad-url"


@pytest.mark.parametrize(
    ("status", "reason", "temporary"),
    [
        (404, "http-404", False),
        (410, "http-410", False),
        (401, "blocked", False),
        (403, "blocked", False),
        (451, "blocked", False),
        (429, "blocked", True),
        (500, "http-500", True),
        (503, "http-503", True),
    ],
)
def test_a_status_is_a_reason_that_is_temporary_or_final(
    site: Site, status: int, reason: str, temporary: bool
) -> None:
    site.pages["/a"] = Answer(status=status, headers={"Retry-After": "120"})
    detail = f"{status} {_phrase(status)} from {site.url}/a"
    assert get(f"{site.url}/a") == Failure(reason, detail, temporary, 120.0, status in (429, 503))


def _phrase(status: int) -> str:
    from http import HTTPStatus

    return HTTPStatus(status).phrase


def test_304_is_an_answer_without_a_body(site: Site) -> None:
    site.pages["/f"] = lambda headers: Answer(status=304 if headers.get("if-none-match") == '"1"' else 200)
    answer = get(f"{site.url}/f", headers={"If-None-Match": '"1"'})
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (304, b"")


def test_headers_in_another_charset_can_be_kept(site: Site) -> None:
    # http.server writes headers as Latin-1.
    site.pages["/old"] = Answer(status=301, headers={"Location": "/caf\xe9"})
    site.pages["/caf%E9"] = Answer(
        "x", "text/h\xe9; charset=\xe9", headers={"ETag": 'W/"\xe9"', "Link": "<\xe9>; rel=hub"}
    )
    answer = get(f"{site.url}/old")
    assert isinstance(answer, Response)
    assert (answer.url, answer.etag) == (f"{site.url}/caf%E9", None)
    repr(answer).encode()


def test_the_detail_of_a_failure_can_be_stored() -> None:
    with serve_hostile() as server:
        server.plays["lost"] = ok("", status="404 Perdu\udce9")
        failure = get(f"{server}/lost")
    assert isinstance(failure, Failure)
    assert failure.detail.encode().startswith(b"404 Perdu? from")


def test_a_redirect_to_no_address_is_final(site: Site) -> None:
    site.pages["/a"] = Answer(status=302, headers={"Location": "http://[bad"})
    assert reason(get(f"{site.url}/a")) == "bad-url"


def test_304_to_an_unconditional_request_is_a_failure(site: Site) -> None:
    site.pages["/f"] = Answer(status=304)
    assert reason(get(f"{site.url}/f")) == "http-304"


def test_gzip_without_a_header_is_unpacked_within_the_limit(site: Site) -> None:
    site.pages["/news.xml.gz"] = Answer(gzip.compress(b"<urlset>"), "application/x-gzip")
    site.pages["/bomb.gz"] = Answer(gzip.compress(bytes(50_001)), "application/x-gzip")
    site.pages["/broken.gz"] = Answer(gzip.compress(b"<urlset>")[:-9], "application/x-gzip")
    answer, broken = get(f"{site.url}/news.xml.gz"), get(f"{site.url}/broken.gz")
    assert isinstance(answer, Response)
    assert answer.body == b"<urlset>"
    assert reason(get(f"{site.url}/bomb.gz")) == "too-large"
    assert isinstance(broken, Response)
    assert broken.body.startswith(b"\x1f\x8b")


def test_names_that_do_not_resolve_delay_no_other_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    look_up, ended = socket.getaddrinfo, threading.Event()

    def silent(host: str, *args: int, **options: int) -> object:
        if "silent" in str(host):
            ended.wait(10)
            raise socket.gaierror(socket.EAI_AGAIN, "no server answers")
        return look_up(site.url[7:].partition(":")[0], *args, **options)

    async def one_among_many() -> Response | Failure:
        async with Web(LOCAL) as web:
            others = [asyncio.create_task(web.get(f"http://{n}.silent.example/")) for n in range(20)]
            await asyncio.sleep(0.1)
            answer = await web.get(f"http://quick.example:{site.url.rpartition(':')[2]}/a")
            ended.set()
            await asyncio.gather(*others)
            return answer

    site.pages["/a"] = Answer("x")
    monkeypatch.setattr(socket, "getaddrinfo", silent)
    assert isinstance(asyncio.run(one_among_many()), Response)


def test_a_body_over_the_limit_is_refused_by_its_length(site: Site) -> None:
    site.pages["/a"] = Answer(b"x" * 50_001)
    assert reason(get(f"{site.url}/a")) == "too-large"


def test_the_limit_counts_after_decompression(site: Site) -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    assert len(bomb) < LOCAL.max_bytes
    site.pages["/a"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    assert reason(get(f"{site.url}/a")) == "too-large"


def test_gzip_and_brotli_are_read(site: Site) -> None:
    import brotli

    site.pages["/g"] = Answer(gzip.compress(b"text"), headers={"Content-Encoding": "gzip"})
    site.pages["/b"] = Answer(brotli.compress(b"text"), headers={"Content-Encoding": "br"})
    assert [getattr(get(f"{site.url}{path}"), "body", None) for path in ("/g", "/b")] == [b"text", b"text"]


def dripping(start: bytes) -> tuple[str, threading.Thread]:
    """A server that sends `start`, then a byte every tenth of a second for five seconds."""
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        with connection, listener:
            try:
                connection.recv(4096)
                connection.sendall(start)
                for _ in range(50):
                    time.sleep(0.1)
                    connection.sendall(b"x")
            except OSError:
                pass

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/", thread


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\nX-Y: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"]
)
def test_the_timeout_bounds_the_whole_exchange_though_bytes_keep_coming(start: bytes) -> None:
    url, _ = dripping(start)
    started = time.monotonic()
    assert reason(get(url)) == "timeout"
    assert time.monotonic() - started < 4 * LOCAL.timeout_s


def test_a_refused_connection_and_an_unknown_name_are_temporary_failures() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert reason(get(f"http://127.0.0.1:{port}/")) == "connection"
    unknown = get("http://no-such-host.invalid/", FetchSettings(timeout_s=5))
    assert isinstance(unknown, Failure)
    assert unknown.reason in ("dns", "timeout")
    assert unknown.temporary


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0.0.0.0", "0x7f.1"]
)
def test_loopback_is_refused_however_it_is_written(address: str) -> None:
    assert reason(get(f"http://{address}:9/", FetchSettings(timeout_s=5))) in ("private-address", "bad-url")


def test_a_redirect_to_a_refused_address_is_refused(site: Site) -> None:
    site.pages["/a"] = Answer(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
    assert reason(get(f"{site.url}/a", FetchSettings(timeout_s=5))) == "private-address"
    assert site.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3", "172.16.0.1", "192.168.1.1", "127.9.9.9", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "0.0.0.0", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "fe80::1%eth0", "::127.0.0.1",
        "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1", "3fff::1", "5f00::1", "4000::1",
        "192.0.0.192", "168.63.129.16",
    ],
)  # fmt: skip
def test_addresses_that_are_not_the_public_web(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


def test_requests_to_a_host_keep_their_distance(site: Site) -> None:
    times: list[float] = []

    def page(_: dict[str, str]) -> Answer:
        times.append(time.monotonic())
        return Answer("x")

    site.pages |= {"/1": page, "/2": page, "/3": page}
    settings = FetchSettings(per_host_delay_s=0.2, allow_private_addresses=True)

    async def three() -> None:
        async with Web(settings) as web:
            await asyncio.gather(*(web.get(f"{site.url}/{number}") for number in (1, 2, 3)))

    asyncio.run(three())
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None), ("120", 120.0), ("soon", None), ("-5", None), ("9" * 40, 1e9), ("9" * 5_000, 1e9),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_in_seconds(header: str | None, seconds: float | None) -> None:
    assert retry_after(header) == seconds


def test_retry_after_as_a_date() -> None:
    asked = retry_after(format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True))
    assert asked is not None
    assert 3_500 < asked <= 3_600
