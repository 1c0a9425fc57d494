"""Whole runs over real sites: every entry has one outcome, and nothing is filed twice."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import pipeline.commit.transaction as transaction_module
import pipeline.run.batch as batch_module
from pipeline.config import Config
from pipeline.dataset.layout import Dataset
from pipeline.errors import ConfigError, RunError
from pipeline.run.batch import run
from pipeline.run.options import beam_options
from tests.support.filed import contents
from tests.support.runs import LOCAL_NEWS, NOW, WIRE, config_of, publish, rows
from tests.support.sites import Answer, Site, article_page, rss, serve
from transforms.records import FeedSource


@pytest.fixture
def sites():
    with serve() as gazette, serve() as post:
        publish(gazette, 1, "Cabinet orders twelve icebreakers", WIRE, "The Gazette")
        publish(gazette, 2, "Ferry sails again", LOCAL_NEWS, "The Gazette")
        publish(post, 3, "Ottawa to buy icebreakers", [*WIRE[:3], "Sign up for our letter."], "Prairie Post")
        yield gazette, post


def test_a_run_files_stories_and_links_their_copies(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    manifest = run(config_of(tmp_path, *sites), now=NOW)
    articles, copies = rows(tmp_path, "articles"), rows(tmp_path, "copies")
    assert {row["title"] for row in articles} == {"Cabinet orders twelve icebreakers", "Ferry sails again"}
    (copy,) = copies
    (story,) = (row for row in articles if row["title"].startswith("Cabinet"))
    assert copy["story_id"] == story["story_id"] == story["article_id"]
    assert (story["agency"], story["dateline"], story["country"]) == ("CP", "OTTAWA", "CA")
    assert str(story["date"]), story["region"] == ("2026-03-04", "northern-america")
    assert copy["match"] in ("near", "exact")
    assert manifest["counts"] == {
        "feeds": 2, "feeds_unchanged": 0, "feeds_failed": 0, "entries": 3, "entries_known": 0,
        "entries_due": 3, "articles": 2, "copies": 1, "rejects": {}, "postponed": 0,
    }  # fmt: skip


def test_the_manifest_lists_every_file_with_its_rows_and_bytes(
    tmp_path: Path, sites: tuple[Site, Site]
) -> None:
    manifest = run(config_of(tmp_path, *sites), now=NOW)
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.glob("[!_]*/**/*.parquet")}
    assert {file["path"] for file in manifest["files"]} == written
    for file in manifest["files"]:
        assert (tmp_path / file["path"]).stat().st_size == file["bytes"]
    assert json.loads((tmp_path / f"_runs/{manifest['run_id']}.json").read_text()) == manifest
    assert not list(tmp_path.glob("_staging/*"))


def test_duckdb_pandas_and_polars_read_the_dataset(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    run(config_of(tmp_path, *sites), now=NOW)
    assert len(rows(tmp_path, "articles")) == 2
    frame = pd.read_parquet(tmp_path / "articles")
    assert set(frame["title"]) == {"Cabinet orders twelve icebreakers", "Ferry sails again"}
    assert "region" in frame.columns
    lazy = pl.scan_parquet(f"{tmp_path}/articles/**/*.parquet", hive_partitioning=True)
    assert lazy.select("article_id", "countries", "region").collect().height == 2


def test_the_same_run_again_files_nothing(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    config = config_of(tmp_path, *sites)
    run(config, now=NOW)
    before = set(tmp_path.glob("[!_]*/**/*.parquet"))
    counts = run(config, now=NOW + timedelta(hours=1))["counts"]
    assert (counts["feeds_unchanged"], counts["entries_due"], counts["articles"]) == (2, 0, 0)
    assert set(tmp_path.glob("[!_]*/**/*.parquet")) == before


def test_only_new_entries_of_a_changed_feed_are_fetched(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    config = config_of(tmp_path, *sites)
    run(config, now=NOW)
    gazette, _ = sites
    publish(gazette, 9, "Harbour gets a crane", [paragraph[::-1] for paragraph in LOCAL_NEWS], "The Gazette")
    gazette.requests.clear()
    counts = run(config, now=NOW + timedelta(hours=1))["counts"]
    assert (counts["entries"], counts["entries_known"], counts["entries_due"]) == (3, 2, 1)
    assert gazette.paths() == ["/feed.xml", "/robots.txt", "/9"]


def test_failures_become_rows_and_the_run_goes_on(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    gazette, post = sites
    del gazette.pages["/2"]
    post.pages["/feed.xml"] = Answer("<html>moved</html>")
    counts = run(config_of(tmp_path, gazette, post), now=NOW)["counts"]
    assert (counts["feeds_failed"], counts["articles"], counts["rejects"]) == (1, 1, {"http-404": 1})
    (reject,) = rows(tmp_path, "rejects")
    assert (reject["title"], reject["stage"], reject["reason"]) == ("Ferry sails again", "fetch", "http-404")
    assert reject["url"] == f"{gazette.url}/2"


@pytest.mark.slow
def test_an_entry_that_fails_for_now_is_postponed_and_tried_again(
    tmp_path: Path, sites: tuple[Site, Site]
) -> None:
    gazette, post = sites
    page = gazette.pages["/2"]
    gazette.pages["/2"] = Answer(status=503)
    config = config_of(tmp_path, gazette, post, max_attempts=3)
    assert run(config, now=NOW)["counts"]["postponed"] == 1
    early = run(config, now=NOW + timedelta(minutes=1))["counts"]
    assert (early["entries_due"], early["postponed"]) == (0, 0)
    second = run(config, now=NOW + timedelta(hours=1))["counts"]
    assert (second["entries_due"], second["postponed"]) == (1, 1)
    gazette.pages["/2"] = page
    third = run(config, now=NOW + timedelta(hours=5))["counts"]
    assert (third["entries_due"], third["articles"]) == (1, 1)
    assert len(rows(tmp_path, "articles")) == 2


def test_an_entry_in_two_feeds_is_filed_once(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    gazette, _ = sites
    gazette.pages["/all.xml"] = gazette.pages["/feed.xml"]
    config = config_of(tmp_path, gazette)
    config = Config(
        config.output, (*config.feeds, FeedSource(f"{gazette.url}/all.xml")), config.fetch, config.copies, "0"
    )
    counts = run(config, now=NOW)["counts"]
    assert (counts["entries"], counts["entries_known"], counts["articles"]) == (4, 2, 2)


def test_a_page_with_two_addresses_is_filed_once(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    gazette, _ = sites
    canonical = f'<link rel="canonical" href="{gazette.url}/2">'
    gazette.pages["/2b"] = Answer(article_page("Ferry sails again", LOCAL_NEWS, canonical))
    items = [{"title": "Ferry", "link": f"{gazette.url}/2"}, {"title": "Ferry!", "link": f"{gazette.url}/2b"}]
    gazette.pages["/feed.xml"] = rss(gazette.url, items)
    config = config_of(tmp_path, gazette)
    assert run(config, now=NOW)["counts"]["rejects"] == {"duplicate": 1}
    items.append({"title": "Ferry?", "link": f"{gazette.url}/2c"})
    gazette.pages |= {"/2c": gazette.pages["/2b"], "/feed.xml": rss(gazette.url, items)}
    assert run(config, now=NOW + timedelta(hours=1))["counts"]["rejects"] == {"duplicate": 1}


def test_a_run_without_a_single_entry_is_committed(tmp_path: Path) -> None:
    with serve() as site:
        site.pages["/feed.xml"] = rss(site.url, [])
        counts = run(config_of(tmp_path, site), now=NOW)["counts"]
    assert (counts["feeds"], counts["entries"], counts["articles"]) == (1, 0, 0)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    for name in ("one", "two"):
        run(config_of(tmp_path / name, *sites), now=NOW)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.slow
def test_two_worker_processes_give_the_same_bytes(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    run(config_of(tmp_path / "one", *sites), now=NOW)
    options = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    run(config_of(tmp_path / "two", *sites), now=NOW, beam_args=options)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_copy_in_a_later_run_is_filed_under_the_story_of_the_earlier_one(
    tmp_path: Path, sites: tuple[Site, Site]
) -> None:
    gazette, post = sites
    config = config_of(tmp_path, gazette, post)
    late = post.pages.pop("/feed.xml")
    run(config, now=NOW)
    post.pages["/feed.xml"] = late
    assert run(config, now=NOW + timedelta(days=2))["counts"]["copies"] == 1
    (copy,) = rows(tmp_path, "copies")
    (story,) = (row for row in rows(tmp_path, "articles") if row["title"].startswith("Cabinet"))
    assert copy["story_id"] == story["story_id"] == story["article_id"]


def test_a_copy_after_the_horizon_is_a_story_of_its_own(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    gazette, post = sites
    config = config_of(tmp_path, gazette, post)
    late = post.pages.pop("/feed.xml")
    run(config, now=NOW)
    post.pages["/feed.xml"] = late
    assert run(config, now=NOW + timedelta(days=15))["counts"]["articles"] == 1


def test_a_feed_that_asks_for_a_pause_gets_it(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    gazette, post = sites
    feed = post.pages["/feed.xml"]
    post.pages["/feed.xml"] = Answer(status=503, headers={"Retry-After": "7200"})
    config = config_of(tmp_path, gazette, post)
    assert run(config, now=NOW)["counts"]["feeds_failed"] == 1
    post.pages["/feed.xml"] = feed
    assert run(config, now=NOW + timedelta(hours=1))["counts"]["feeds"] == 1
    assert run(config, now=NOW + timedelta(hours=3))["counts"]["copies"] == 1


def test_a_failed_run_leaves_nothing_behind_and_loses_nothing(
    tmp_path: Path, sites: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(tmp_path, *sites)
    with monkeypatch.context() as patch:
        patch.setattr(transaction_module, "count", lambda *_: 1 / 0)
        with pytest.raises(RunError, match="r000001"):
            run(config, now=NOW)
    assert contents(tmp_path) == {}
    assert run(config, now=NOW)["counts"]["articles"] == 2


def test_the_next_run_moves_the_files_that_a_crash_left_in_staging(
    tmp_path: Path, sites: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(tmp_path, *sites)
    with monkeypatch.context() as patch:
        patch.setattr(batch_module, "publish", lambda *_: None)
        run(config, now=NOW)
    assert rows(tmp_path, "articles") == []
    assert run(config, now=NOW + timedelta(hours=1))["counts"]["entries_due"] == 0
    assert len(rows(tmp_path, "articles")) == 2


def test_a_store_that_fails_after_the_commit_is_an_error_and_the_next_run_finishes(
    tmp_path: Path, sites: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    class StoreError(Exception):
        pass

    def fail(*_: object) -> None:
        raise StoreError("slow down")

    config = config_of(tmp_path, *sites)
    with monkeypatch.context() as patch:
        patch.setattr(Dataset, "move", fail)
        with pytest.raises(RunError, match=r"committed, but .* slow down; the next run finishes this"):
            run(config, now=NOW)
    assert run(config, now=NOW + timedelta(hours=1))["counts"]["entries_due"] == 0
    assert len(rows(tmp_path, "articles")) == 2


def test_a_run_that_loses_an_entry_fails(
    tmp_path: Path, sites: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = batch_module.execute

    def lose_a_file(plan, beam_args):
        execute(plan, beam_args)
        next(Path(plan.staging).glob("_files/*")).unlink()

    monkeypatch.setattr(batch_module, "execute", lose_a_file)
    with pytest.raises(RunError, match="3 entries due, 0 outcomes written"):
        run(config_of(tmp_path, *sites), now=NOW)


def test_an_output_that_cannot_be_written_is_an_error_before_anything_is_read(
    tmp_path: Path, sites: tuple[Site, Site]
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match=r"output: .*file/news: cannot be written: Not a directory"):
        run(config_of(tmp_path / "file/news", *sites), now=NOW)
    assert sites[0].requests == []


def test_prism_is_found_next_to_the_interpreter_or_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prism = tmp_path / "prism"
    prism.write_text("#!/bin/sh")
    prism.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    location = beam_options(["--runner=PrismRunner"]).get_all_options()["prism_location"]
    assert location == str(prism)
    options = beam_options(["--runner=PrismRunner", "--prism_location=/other"])
    assert options.get_all_options()["prism_location"] == "/other"
