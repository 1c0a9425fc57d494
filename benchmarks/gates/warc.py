"""A backfill from a WARC file against a run over the same pages: rows and time.

    python -m benchmarks.gates.warc PAGES.jsonl [--pages 1000]

Serves the set on loopback, repeated under further ids, writes the responses as a WARC file, and files both.
Compares id, text, country and region of every row; dates come from feeds, which a WARC file lacks.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import sys
import tempfile
import urllib.request
from pathlib import Path

import duckdb
import feedparser
from fastwarc.warc import WarcRecord, WarcRecordType

from benchmarks.lib.timed import COPYTASTER, seconds, served

COLUMNS = ("article_id", "text", "country", "region", "language")


def response(url: str, body: bytes, kind: str) -> bytes:
    """Return a WARC record of a page that was served as `kind`."""
    record = WarcRecord()
    record.init_headers(record_type=WarcRecordType.response)
    record.headers["WARC-Target-URI"] = url
    record.headers["Content-Type"] = "application/http; msgtype=response"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    record.set_bytes_content(head.encode() + body)
    written = io.BytesIO()
    record.write(written)
    return written.getvalue()


def write_warc(config: Path, path: Path) -> int:
    """Write the pages of a config's feeds as a crawler does, and return their number."""
    links = [
        entry.link
        for feed in json.loads(config.read_text(encoding="utf-8"))["feeds"]
        for entry in feedparser.parse(_get(feed if isinstance(feed, str) else feed["url"])[0]).entries
    ]
    with path.open("wb") as file:
        for link in links:
            file.write(gzip.compress(response(link, *_get(link))))
    return len(links)


def _get(url: str) -> tuple[bytes, str]:
    with urllib.request.urlopen(url) as answer:
        return answer.read(), answer.headers["Content-Type"]


def rows(output: Path) -> dict[str, tuple[str, ...]]:
    """Return the filed rows by id."""
    tables = [table for table in ("articles", "copies") if (output / table).exists()]
    pattern = [f"{output}/{table}/**/*.parquet" for table in tables]
    options = "union_by_name=true, hive_partitioning=true"
    records = duckdb.sql(f"select {', '.join(COLUMNS)} from read_parquet({pattern}, {options})").fetchall()
    return {row[0]: row[1:] for row in records}


def main() -> int:
    """Print both and the columns that differ; return 1 if an article is in one only."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", type=Path)
    parser.add_argument("--pages", type=int, default=1_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, served(args.set, Path(name), args.pages) as config:
        folder, path = Path(name), Path(name, "pages.warc.gz")
        pages = write_warc(config, path)
        served_s = seconds([*COPYTASTER, "run", str(config), "--output", str(folder / "served")])
        read_s = seconds(
            [*COPYTASTER, "backfill", str(config), "--warc", str(path), "--output", str(folder / "read")]
        )
        served_rows, read_rows = rows(folder / "served"), rows(folder / "read")
    print(f"{pages} pages: {len(served_rows)} rows served in {served_s:.1f} s,", end=" ")
    print(f"{len(read_rows)} read in {read_s:.1f} s")
    print(f"in one only: {len(served_rows.keys() ^ read_rows.keys())}")
    in_both = served_rows.keys() & read_rows.keys()
    for place, column in enumerate(COLUMNS[1:]):
        differ = sum(served_rows[key][place] != read_rows[key][place] for key in in_both)
        print(f"{column} differs in {differ}")
    return int(served_rows.keys() != read_rows.keys())


if __name__ == "__main__":
    sys.exit(main())
