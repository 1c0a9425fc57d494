"""The sample newsroom has the content it claims, and the demo's rows agree with its labels."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.cli.main import main
from pipeline.config import load_config
from pipeline.demo.content import load_outlets
from pipeline.demo.newsroom import Newsroom, serve_newsroom, write_config
from pipeline.demo.render import paragraphs
from transforms.feeds import NotAFeedError, parse_feed
from transforms.records import FeedSource

LABELS = {(outlet.slug, item.slug): (outlet, item) for outlet in load_outlets() for item in outlet.items}
FURNITURE = ("cookie", "Cookie", "!! ", "Subscribers", "comment!", "Kommentar ein", "Crossword")


def get(url: str, **headers: str) -> tuple[int, bytes, Any]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with serve_newsroom() as serving:
        yield serving


def test_it_has_at_least_a_dozen_outlets_45_pages_and_five_languages() -> None:
    outlets = load_outlets()
    articles = [item for outlet in outlets for item in outlet.items if item.serves == "article"]
    assert len(outlets) >= 12
    assert len(articles) >= 45
    assert {outlet.language.split("-")[0] for outlet in outlets} == {"en", "de", "fr", "es", "ja"}
    assert {outlet.feed for outlet in outlets} == {"rss", "content", "atom", "rdf", "json", "broken"}


def test_five_wire_stories_are_carried_by_three_to_six_outlets_each_in_five_ways() -> None:
    items = [item for _, item in LABELS.values()]
    carried = Counter(item.wire for item in items if item.wire)
    assert len(carried) == 5
    assert all(3 <= number <= 6 for number in carried.values())
    edits = {item.edit for item in items if item.wire}
    assert edits == {"verbatim", "cut", "style", "localised", "rewritten"}
    assert Counter(Counter(item.event for item in items if item.event).values()) == {2: 2}


def test_all_feeds_but_the_broken_one_parse_with_title_link_and_time(newsroom: Newsroom) -> None:
    for outlet in newsroom.outlets:
        url = newsroom.feed_url(outlet)
        status, body, _ = get(url)
        assert status == 200
        if outlet.feed == "broken":
            with pytest.raises(NotAFeedError):
                parse_feed(body, FeedSource(url), url, datetime.now(UTC))
            continue
        entries = parse_feed(body, FeedSource(url), url, datetime.now(UTC)).entries
        assert len(entries) == len(outlet.items)
        for entry, item in zip(entries, outlet.items, strict=True):
            assert (entry.title, entry.published_at) == (item.title, item.published)
            assert entry.url.startswith(newsroom.url(outlet, item))


def test_sites_serve_etags_404s_and_robots_txt(newsroom: Newsroom) -> None:
    outlet = newsroom.outlets[0]
    feed = newsroom.feed_url(outlet)
    _, _, headers = get(feed)
    assert get(feed, **{"If-None-Match": headers["ETag"]})[0] == 304
    assert get(f"{newsroom.bases[outlet.slug]}/nothing-here")[0] == 404
    assert get(f"{newsroom.bases['savanna-dispatch']}/robots.txt")[0] == 200
    assert len(set(newsroom.bases.values())) == len(newsroom.outlets)


def test_the_config_names_every_feed_once(newsroom: Newsroom, tmp_path: Path) -> None:
    config = load_config(write_config(tmp_path, newsroom, str(tmp_path / "out")))
    assert sorted(feed.url for feed in config.feeds) == sorted(map(newsroom.feed_url, newsroom.outlets))
    assert config.fetch.allow_private_addresses


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[tuple[str, str], dict[str, Any]]]:
    """The demo's rows by table and by (outlet, slug), with the counts of its manifest."""
    output = tmp_path_factory.mktemp("demo") / "news"
    slug_of = {outlet.name: outlet.slug for outlet in load_outlets()}
    assert main(["demo", "--output", str(output)]) == 0
    (manifest,) = output.glob("_runs/*.json")
    result: dict[str, Any] = {"counts": json.loads(manifest.read_text())["counts"]}
    for table in ("articles", "copies", "rejects"):
        result[table] = {}
        for path in output.glob(f"{table}/**/*.parquet"):
            for row in read(path).to_pylist():
                slug = row["url"].split("/", 3)[3].partition("?")[0]
                outlet = slug_of.get(row.get("publisher"), slug)
                result[table][outlet, slug] = row
    return result


def read(path: Path) -> pa.Table:
    with pq.ParquetFile(path) as file:
        return file.read(use_threads=False)


def test_the_demo_files_every_article_and_rejects_the_rest_with_the_expected_reason(rows) -> None:
    expected = Counter(item.reason for _, item in LABELS.values() if item.reason)
    assert rows["counts"]["rejects"] == dict(expected)
    assert rows["counts"]["feeds_failed"] == 1
    filed = set(rows["articles"]) | set(rows["copies"])
    assert filed == {key for key, (_, item) in LABELS.items() if item.serves == "article"}


def test_the_demo_joins_the_copies_of_each_wire_report_and_nothing_else(rows) -> None:
    stories = defaultdict(set)
    for key, row in (rows["articles"] | rows["copies"]).items():
        stories[row["story_id"]].add(key)
    wires = defaultdict(set)
    for key, (_, item) in LABELS.items():
        if item.wire:
            wires[item.wire].add(key)
    assert sorted(map(sorted, (keys for keys in stories.values() if len(keys) > 1))) == sorted(
        map(sorted, wires.values())
    )


def test_the_demo_finds_the_country_of_every_article(rows) -> None:
    wrong = {
        key: (row["country"], LABELS[key][1].country)
        for key, row in (rows["articles"] | rows["copies"]).items()
        if row["country"] != LABELS[key][1].country
    }
    assert wrong == {}


def test_the_demo_credits_the_wires(rows) -> None:
    filed = rows["articles"] | rows["copies"]
    verbatim = {
        item.wire: filed[key]["agency"] for key, (_, item) in LABELS.items() if item.edit == "verbatim"
    }
    assert verbatim == {
        "steppe-rail": "Reuters",
        "glacier-lake": "AP",
        "lake-ferry": "AFP",
        "rheinbruecke": "dpa",
        "coast-guard": "CP",
    }


def test_the_demo_keeps_all_of_an_articles_text_and_no_furniture(rows) -> None:
    for key, row in (rows["articles"] | rows["copies"]).items():
        expected = [part for part in paragraphs(LABELS[key][1].text) if not part.startswith("!! ")]
        paragraphs_filed = row["text"].split("\n\n")
        assert [part for part in expected if part not in paragraphs_filed] == [], key
        assert not [mark for mark in FURNITURE if mark in row["text"]], key
