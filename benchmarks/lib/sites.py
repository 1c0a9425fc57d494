"""Serve a labelled set (JSON lines with id, publisher, title, published and html or text) as news sites."""

from __future__ import annotations

import argparse
import gzip
import html
import json
import sys
import threading
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = (
    '<!doctype html><html lang="en"><head><title>{title}</title></head><body><article>{body}</article></body>'
)


def load(path: Path) -> list[dict[str, Any]]:
    """Load the articles of a set; `html` becomes the page's bytes."""
    articles = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    for article in articles:
        if "html" in article:
            article["page"] = gzip.decompress((path.parent / article["html"]).read_bytes())
        else:
            body = "".join(f"<p>{html.escape(part)}</p>" for part in article["text"].split("\n\n"))
            article["page"] = PAGE.format(title=html.escape(article["title"]), body=body).encode()
    return articles


def repeated(articles: list[dict[str, Any]], pages: int) -> list[dict[str, Any]]:
    """Repeat the set under further ids until there are enough articles."""
    rounds = -(-pages // len(articles))
    again = [{**a, "id": f"{a['id']}-{number}"} for number in range(rounds) for a in articles]
    return again[:pages]


def _feed(base: str, articles: list[dict[str, Any]]) -> bytes:
    items = "".join(
        f"<item><title>{html.escape(article['title'])}</title><link>{base}/a/{article['id']}</link>"
        f"<pubDate>{format_datetime(datetime.fromisoformat(article['published']))}</pubDate></item>"
        for article in articles
    )
    return f"<rss version='2.0'><channel><title>{base}</title>{items}</channel></rss>".encode()


def serve(articles: list[dict[str, Any]], output: str, config: Path) -> None:
    """Write a config whose feeds are the set's publishers, then serve them, each at its own address."""
    publishers = sorted({article["publisher"] for article in articles})
    hosts = {f"127.3.{index // 250}.{index % 250 + 1}": name for index, name in enumerate(publishers)}
    pages = {f"/a/{article['id']}": article["page"] for article in articles}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host, _, port = self.headers.get("Host", "").partition(":")
            if self.path == "/feed.xml" and host in hosts:
                mine = [article for article in articles if article["publisher"] == hosts[host]]
                body, kind = _feed(f"http://{host}:{port}", mine), "application/rss+xml"
            else:
                body, kind = pages.get(self.path, b""), "text/html"
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 512  # With the default of 5, connections wait a second to be tried again.

        def handle_error(self, *args: object) -> None:
            pass  # The client hung up.

    server = Server(("0.0.0.0", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    feeds = [{"url": f"http://{host}:{server.server_address[1]}/feed.xml"} for host in hosts]
    fetch = {"allow_private_addresses": True, "per_host_delay_s": 0}
    config.write_text(json.dumps({"output": output, "feeds": feeds, "fetch": fetch}), encoding="utf-8")
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", type=Path)
    parser.add_argument("--pages", type=int, default=0, help="serve so many, repeating the set")
    parser.add_argument("--output", required=True)
    parser.add_argument("--config-out", type=Path, required=True)
    args = parser.parse_args()
    loaded = load(args.set)
    serve(repeated(loaded, args.pages) if args.pages else loaded, args.output, args.config_out)
