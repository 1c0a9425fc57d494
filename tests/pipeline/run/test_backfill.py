"""A backfill files pages of WARC files like pages of feeds; no article is filed by both."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.errors import ConfigError
from pipeline.maintenance.verify import verify
from pipeline.run.batch import run
from tests.support.newsroom import NOW, Newsroom, config_at, newsroom
from tests.support.runs import rows
from tests.support.sites import Answer
from tests.support.warc import record

LATER = timedelta(hours=1)


@pytest.fixture
def room(tmp_path: Path):
    with newsroom(tmp_path) as opened:
        opened.publish(5, copies=3, gone=1)
        yield opened


def warc(room: Newsroom, path: Path, *, tail: bytes = b"") -> str:
    """Write all pages of a newsroom as one WARC file, and return its path."""
    records = [
        record(f"{site.url}{name}", str(page.body).encode(), kind="text/html; charset=utf-8")
        for site in room.sites
        for name, page in site.pages.items()
        if isinstance(page, Answer) and not name.endswith(".xml")
    ]
    path.write_bytes(b"".join(map(gzip.compress, records)) + tail)
    return str(path)


def filed(output: Path) -> Counter[str]:
    return Counter(row["canonical_url"] for table in ("articles", "copies") for row in rows(output, table))


def test_pages_of_a_warc_file_give_the_same_rows_as_pages_of_a_feed(tmp_path: Path, room: Newsroom) -> None:
    path = warc(room, tmp_path / "news.warc.gz")
    run(config_at(room, tmp_path / "fed"), now=NOW)
    counts = run(config_at(room, tmp_path / "read"), now=NOW, warcs=[path])["counts"]
    assert (counts["feeds"], counts["entries"], counts["entries_due"]) == (1, 8, 8)
    assert filed(tmp_path / "read") == filed(tmp_path / "fed")
    columns = ("canonical_url", "text", "title", "country", "language")
    fed, read = (
        sorted(
            str([row[name] for name in columns])
            for table in ("articles", "copies")
            for row in rows(tmp_path / output, table)
        )
        for output in ("fed", "read")
    )
    assert fed == read
    assert len(rows(tmp_path / "fed", "copies")) == len(rows(tmp_path / "read", "copies")) == 3
    assert verify(str(tmp_path / "read")) == []


def test_neither_a_second_backfill_nor_a_run_files_an_article_again(tmp_path: Path, room: Newsroom) -> None:
    path, output = warc(room, tmp_path / "news.warc.gz"), tmp_path / "news"
    config = config_at(room, output)
    run(config, now=NOW, warcs=[path])
    before = filed(output)
    assert run(config, now=NOW + LATER, warcs=[path])["counts"]["entries_due"] == 0
    assert run(config, now=NOW + 2 * LATER)["counts"]["rejects"] == {"http-404": 1}
    assert filed(output) == before


def test_a_broken_file_counts_as_failed_and_its_intact_part_is_read(tmp_path: Path, room: Newsroom) -> None:
    good, output = warc(room, tmp_path / "good.warc.gz"), tmp_path / "news"
    bad = tmp_path / "bad.warc.gz"
    bad.write_bytes(b"this is no WARC file" * 20)
    broken = warc(room, tmp_path / "broken.warc.gz", tail=b"garbage" * 50)
    config = config_at(room, output)
    counts = run(config, now=NOW, warcs=[broken, str(bad)])["counts"]
    assert (counts["feeds_failed"], counts["entries_due"]) == (2, 8)
    assert run(config, now=NOW, warcs=[good])["counts"]["entries_due"] == 0


@pytest.mark.slow
def test_a_backfill_leaves_postponed_entries_postponed(tmp_path: Path, room: Newsroom) -> None:
    page = room.sites[0].pages["/0"]
    room.sites[0].pages["/0"] = Answer(status=503)
    config = config_at(room, tmp_path / "news")
    assert run(config, now=NOW)["counts"]["postponed"] == 1
    room.sites[0].pages["/0"] = page
    empty = tmp_path / "empty.warc"
    empty.write_bytes(b"")
    assert run(config, now=NOW + LATER, warcs=[str(empty)])["counts"]["entries_due"] == 0
    assert run(config, now=NOW + 2 * LATER)["counts"]["articles"] == 1


def test_a_pattern_without_a_match_is_an_error(tmp_path: Path, room: Newsroom) -> None:
    pattern = f"{tmp_path}/none*.warc.gz"
    with pytest.raises(ConfigError, match="expected at least one file"):
        run(config_at(room, tmp_path / "news"), now=NOW, warcs=[pattern])
    assert main(["backfill", str(room.config), "--warc", pattern]) == 2
    assert not (tmp_path / "news").exists()
