"""A server of plain sockets that imitates broken and hostile servers, by the requested path."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import socketserver
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator

_HOSTS = itertools.count(1)
HANG_S = 30.0
"""Far longer than the timeout of any test; hanging ends with the client."""
_PARAGRAPHS = (
    "The ferry between Tarn and Oldhaven sailed again on Thursday after eleven weeks in dry dock.",
    "Harbour master Ellen Vick said that its new engine burned a third less fuel than the one it replaced.",
    "Fares stay as they were until the autumn, when the council decides about the crossing at night.",
)
PAGE = (
    "<!doctype html><html lang=en><head><title>Ferry sails again</title></head><body><article>"
    f"<h1>Ferry sails again</h1>{''.join(f'<p>{text}</p>' for text in _PARAGRAPHS)}</article></body></html>"
)

Play = Callable[[socket.socket], None]


def ok(
    body: bytes | str, *headers: str, status: str = "200 OK", kind: str = "text/html; charset=utf-8"
) -> Play:
    """Return a correct response."""
    data = body.encode() if isinstance(body, str) else body
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(data)}", *headers]
    return lambda client: client.sendall("\r\n".join([*head, "", ""]).encode(errors="surrogateescape") + data)


def _hang(client: socket.socket) -> None:
    client.settimeout(HANG_S)
    with contextlib.suppress(OSError):
        client.recv(1)


def _drip(head: bytes) -> Play:
    def play(client: socket.socket) -> None:
        client.sendall(head)
        ends = time.monotonic() + HANG_S
        while time.monotonic() < ends:
            client.sendall(b"x")
            time.sleep(0.1)

    return play


def _endless(head: bytes, piece: bytes) -> Play:
    def play(client: socket.socket) -> None:
        client.sendall(head)
        ends = time.monotonic() + HANG_S
        while time.monotonic() < ends:
            client.sendall(piece)

    return play


def _reset(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\n\r\n<html><body>")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _too_short(client: socket.socket) -> None:
    client.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99999\r\n\r\n" + PAGE.encode()
    )
    client.shutdown(socket.SHUT_WR)


def bomb(gigabytes: int) -> Iterator[bytes]:
    """Yield a gzip stream of billions of zeros, a thousandth of that on the wire."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(10**7)
    for _ in range(gigabytes * 100):
        yield packer.compress(block)
    yield packer.flush()


def _bomb(client: socket.socket) -> None:
    client.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    )
    for piece in bomb(10):
        client.sendall(piece)


def _small_bomb(client: socket.socket) -> None:
    # Gzip within gzip: only one layer is unpacked.
    ok(gzip.compress(gzip.compress(bytes(10**7))), "Content-Encoding: gzip")(client)


_OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PLAYS: dict[str, Play] = {
    "good": ok(PAGE),
    "hang": _hang,
    "drip-headers": _drip(b"HTTP/1.1 200 OK\r\nX-A: "),
    "drip-body": _drip(_OPEN + b"Content-Length: 100000\r\n\r\n"),
    "reset": _reset,
    "length-too-long": _too_short,
    "length-too-short": ok(PAGE, "Content-Length: 12"),
    "endless-chunks": _endless(
        _OPEN + b"Transfer-Encoding: chunked\r\n\r\n", b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    ),
    "endless-body": _endless(_OPEN + b"\r\n", b"x" * 0x4000),
    "endless-headers": _endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: " + b"x" * 1_000 + b"\r\n"),
    "giant-header": _endless(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x" * 0x4000),
    "gzip-bomb": _bomb,
    "gzip-in-gzip": _small_bomb,
    "broken-gzip": ok(b"\x1f\x8b\x08\x00 this is no gzip", "Content-Encoding: gzip"),
    "garbage": lambda client: client.sendall(b"\x16\x03\x01 not HTTP at all \x00\xff\r\n\r\n" * 9),
    "nothing": lambda client: None,
    "loop": ok("", "Location: /loop", status="302 Found"),
    "wall": ok("", "Location: /wall", "Set-Cookie: seen=1", status="302 Found"),
    "to-metadata": ok("", "Location: http://169.254.169.254/latest/meta-data/", status="302 Found"),
    "to-mapped": ok("", "Location: http://[::ffff:127.0.0.1]/", status="302 Found"),
    "to-file": ok("", "Location: file:///etc/passwd", status="302 Found"),
    "to-long": ok("", "Location: /" + "a" * 4_000, status="302 Found"),
    "too-many": ok("busy", "Retry-After: 3600", status="429 Too Many Requests"),
    "forbidden": ok("no", status="403 Forbidden"),
    "login": ok("no", "WWW-Authenticate: Basic", status="401 Unauthorized"),
    "challenge": ok("<title>Just a moment...</title>", "cf-mitigated: challenge", status="403 Forbidden"),
    "challenge-200": ok("<html><head><title>Just a moment...</title></head><body>Checking</body></html>"),
    "pdf": ok(b"%PDF-1.7", kind="application/pdf"),
    "empty": ok(""),
    "nul": ok(PAGE.replace("ferry", "fer\0ry").replace("<article>", "\0\0<article>\0")),
    "deep": ok("<div>" * 100_000 + PAGE),
    "wide": ok("<p>" + "<b>x</b>" * 50_000),
    "charset-lie": ok(PAGE.replace("Tarn", "T\u00e5rn").encode("cp1252"), kind="text/html; charset=utf-16"),
    "no-charset": ok(PAGE.encode(), kind="text/html; charset=x-none-such"),
}
"""The play on a path of that name; /robots.txt is missing unless a server has its own."""


class Hostile:
    """A server at its own address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[str] = []
        self.plays = dict(PLAYS)

    def __str__(self) -> str:
        return self.url


@contextlib.contextmanager
def serve_hostile() -> Iterator[Hostile]:
    """Serve PLAYS until the block ends."""
    number = next(_HOSTS)
    host = f"127.9.{number // 250}.{number % 250 + 1}"

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(HANG_S)
            with contextlib.suppress(OSError):
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = self.request.recv(4_096)
                    if not piece:
                        return
                    head += piece
                name = head.split(b" ", 2)[1].decode("latin-1").strip("/")
                server.asked.append(name)
                server.plays.get(name, ok("none", status="404 Not Found"))(self.request)
                # A client may send another request only if it knows the response's length; others reconnect.
                self.request.shutdown(socket.SHUT_WR)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True
        block_on_close = False
        request_queue_size = 128

    listening = Server((host, 0), Handler)
    server = Hostile(f"http://{host}:{listening.server_address[1]}")
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
