"""Real web sites on loopback: pages by path, each host with its own address."""

from __future__ import annotations

import contextlib
import html
import http.server
import itertools
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import format_datetime

_HOSTS = itertools.count(1)


@dataclass
class Answer:
    """A site's response to a request."""

    body: bytes | str = b""
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """A site at its own address; `pages` maps a path to an Answer, or to a function of the headers."""

    def __init__(self, port: int, host: str) -> None:
        self.url = f"http://{host}:{port}"
        self.pages: dict[str, Answer | Callable[[dict[str, str]], Answer]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []

    def paths(self) -> list[str]:
        """The requested paths, in order."""
        return [path for path, _ in self.requests]


@contextlib.contextmanager
def serve() -> Iterator[Site]:
    """Serve a Site until the block ends."""
    number = next(_HOSTS)
    host = f"127.7.{number // 250}.{number % 250 + 1}"

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.requests.append((self.path, headers))
            found = site.pages.get(self.path, Answer(b"not here", "text/plain", 404))
            answer = found if isinstance(found, Answer) else found(headers)
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.content_type:
                self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def server_bind(self) -> None:
            # HTTPServer's own method looks up the address's name: seconds per site without a resolver.
            socketserver.TCPServer.server_bind(self)
            self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

        def handle_error(self, *args: object) -> None:
            pass  # Clients under test hang up on purpose.

    server = Server((host, 0), Handler)
    site = Site(server.server_address[1], host)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def article_page(title: str, paragraphs: list[str], head: str = "", language: str = "en") -> str:
    """Return a news page with furniture around the article, as real ones have."""
    text = "\n".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
    return f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
{head}</head><body><header><nav><a href="/">Home</a> <a href="/world">World</a></nav></header>
<main><article><h1>{html.escape(title)}</h1>{text}</article></main>
<footer><p>All rights reserved.</p></footer></body></html>"""


def rss(base: str, items: Sequence[Mapping[str, object]], title: str = "Harbour Gazette") -> Answer:
    """Return an RSS 2.0 feed; items have title, link and optionally guid, published, description."""
    parts = []
    for item in items:
        published = item.get("published")
        parts.append(
            f"<item><title>{html.escape(str(item['title']))}</title>"
            f"<link>{html.escape(str(item['link']))}</link>"
            + (f"<guid>{html.escape(str(item['guid']))}</guid>" if "guid" in item else "")
            + (f"<pubDate>{format_datetime(published)}</pubDate>" if published else "")  # type: ignore[arg-type]
            + (
                f"<description>{html.escape(str(item['description']))}</description>"
                if "description" in item
                else ""
            )
            + "</item>"
        )
    body = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{title}</title><link>{base}/</link>{''.join(parts)}</channel></rss>"
    )
    return Answer(body, "application/rss+xml")
