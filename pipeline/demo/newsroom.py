"""The sample newsroom: serve each outlet from its own address, and write the config of a run over it."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import html
import socketserver
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from pipeline.demo import render
from pipeline.demo.content import HERE, Outlet, SampleItem, load_outlets

LAST_MODIFIED = "Fri, 06 Mar 2026 18:00:00 GMT"


@dataclasses.dataclass(frozen=True)
class Newsroom:
    """The outlets while they are served, with the base URL of each."""

    outlets: tuple[Outlet, ...]
    bases: Mapping[str, str]

    def url(self, outlet: Outlet, item: SampleItem) -> str:
        """Return the URL of an item's page."""
        return f"{self.bases[outlet.slug]}/{item.slug}"

    def feed_url(self, outlet: Outlet) -> str:
        """Return the URL of an outlet's feed."""
        return f"{self.bases[outlet.slug]}{outlet.feed_path}"


def pages_of(outlet: Outlet, base: str) -> dict[str, tuple[bytes, str]]:
    """Return body and media type of everything that an outlet serves, by path."""
    document = yaml.safe_load((HERE / "outlets.yaml").read_text(encoding="utf-8"))
    furniture = document["furniture"][outlet.language.split("-")[0]]
    layout = (HERE / "layouts" / f"{outlet.layout}.html").read_text(encoding="utf-8")
    entries = [(item, f"{base}/{item.slug}") for item in outlet.items]
    pages = {outlet.feed_path: render.feed(outlet, base, entries)}
    if outlet.robots:
        pages["/robots.txt"] = (outlet.robots.encode(), "text/plain")
    for item, url in entries:
        if item.serves == "article":
            page = render.page(outlet, item, url, layout, furniture)
            pages[f"/{item.slug}"] = (page, f"text/html; charset={outlet.encoding}")
        elif item.serves == "login":
            pages[f"/{item.slug}"] = (render.LOGIN.encode(), "text/html; charset=utf-8")
    return pages


class _Site(ThreadingHTTPServer):
    """One outlet at one address."""

    daemon_threads = True
    request_queue_size = 64

    def server_bind(self) -> None:
        # HTTPServer's own method looks up the address's name: ten seconds per site without a resolver.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, *_: object) -> None:
        pass  # The client hung up.


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    pages: Mapping[str, tuple[bytes, str]] = {}

    def do_GET(self) -> None:
        body, kind = self.pages.get(self.path.partition("?")[0], (None, "text/plain"))
        tag = f'"{hashlib.sha256(body or b"").hexdigest()[:16]}"'
        unchanged = body is not None and self._holds(tag)
        self.send_response(304 if unchanged else 404 if body is None else 200)
        if body is not None:
            self.send_header("ETag", tag)
            self.send_header("Last-Modified", LAST_MODIFIED)
        content = b"not found" if body is None else body
        # A 304 has no body, and Content-Length would have to match the 200 (RFC 9110, 8.6).
        if not unchanged:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not unchanged:
            self.wfile.write(content)

    def _holds(self, tag: str) -> bool:
        """Return True if the client has this version; a date counts only without a tag (RFC 9110, 13.1.3)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return tag in tags
        # Compare the exact string, as many servers do.
        return bool(self.headers.get("If-Modified-Since") == LAST_MODIFIED)

    def log_message(self, *_: object) -> None:
        pass


def _bind(index: int, handler: type[_Handler]) -> _Site:
    try:
        return _Site((f"127.9.0.{index + 1}", 0), handler)
    except OSError:  # Only Linux answers for all of 127.0.0.0/8; elsewhere ports distinguish the sites.
        return _Site(("127.0.0.1", 0), handler)


@contextlib.contextmanager
def serve_newsroom() -> Iterator[Newsroom]:
    """Serve all outlets until the block ends."""
    outlets = load_outlets()
    with contextlib.ExitStack() as stack:
        bases = {}
        for index, outlet in enumerate(outlets):
            handler: type[_Handler] = type("Handler", (_Handler,), {})
            site = stack.enter_context(_bind(index, handler))
            host, port = site.server_address[:2]
            bases[outlet.slug] = f"http://{host!s}:{port}"
            handler.pages = pages_of(outlet, bases[outlet.slug])
            threading.Thread(target=site.serve_forever, args=(0.05,), daemon=True).start()
            stack.callback(site.shutdown)
        yield Newsroom(outlets, bases)


def write_config(folder: Path, newsroom: Newsroom, output: str) -> Path:
    """Write run.yaml and its OPML list into a folder, and return the path of run.yaml."""
    feeds: list[dict[str, Any]] = []
    outlines = []
    for outlet in newsroom.outlets:
        url = newsroom.feed_url(outlet)
        if outlet.opml:
            outlines.append(f'<outline type="rss" text="{html.escape(outlet.name)}" xmlUrl="{url}"/>')
        else:
            feed = {"url": url, "publisher": outlet.name, "country": outlet.country}
            feeds.append({key: value for key, value in feed.items() if value})
    opml = f'<opml version="2.0"><head/><body>{"".join(outlines)}</body></opml>'
    (folder / "world.opml").write_text(opml, encoding="utf-8")
    config = {
        "output": output,
        "feeds": [*feeds, {"opml": "world.opml"}],
        "fetch": {"allow_private_addresses": True, "per_host_delay_s": 0},
    }
    path = folder / "run.yaml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
