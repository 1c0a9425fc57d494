"""Whole runs over real sites: every entry is accounted for, and nothing is filed twice."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import pipeline.commit.transaction as commit_module
import pipeline.run.batch as run_module
from pipeline.config import Config
from pipeline.dataset.layout import Dataset
from pipeline.errors import ConfigError, RunError
from pipeline.run.batch import run
from pipeline.run.options import beam_options
from tests.support.runs import LOCAL_NEWS, NOW, WIRE, config_of, contents, publish, rows
from tests.support.sites import Answer, Site, article_page, rss, serve
from transforms.records import FeedSource


@pytest.fixture
def sites():
    with serve() as one, serve() as two:
        publish(one, 1, "Cabinet orders twelve icebreakers", WIRE, "The Gazette")
        publish(one, 2, "Ferry sails again", LOCAL_NEWS, "The Gazette")
        publish(two, 3, "Ottawa to buy icebreakers", [*WIRE[:3], "Sign up for our letter."], "Prairie Post")
        yield one, two


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


def test_only_what_is_new_in_a_changed_feed_is_fetched(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    config = config_of(tmp_path, *sites)
    run(config, now=NOW)
    one, _ = sites
    publish(one, 9, "Harbour gets a crane", [paragraph[::-1] for paragraph in LOCAL_NEWS], "The Gazette")
    one.requests.clear()
    counts = run(config, now=NOW + timedelta(hours=1))["counts"]
    assert (counts["entries"], counts["entries_known"], counts["entries_due"]) == (3, 2, 1)
    assert one.paths() == ["/feed.xml", "/robots.txt", "/9"]


def test_failures_are_rows_and_the_run_goes_on(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    one, two = sites
    del one.pages["/2"]
    two.pages["/feed.xml"] = Answer("<html>moved</html>")
    counts = run(config_of(tmp_path, one, two), now=NOW)["counts"]
    assert (counts["feeds_failed"], counts["articles"], counts["rejects"]) == (1, 1, {"http-404": 1})
    (reject,) = rows(tmp_path, "rejects")
    assert (reject["title"], reject["stage"], reject["reason"]) == ("Ferry sails again", "fetch", "http-404")
    assert reject["url"] == f"{one.url}/2"


@pytest.mark.slow
def test_what_fails_for_now_is_tried_again_and_given_up_in_the_end(
    tmp_path: Path, sites: tuple[Site, Site]
) -> None:
    one, two = sites
    kept = one.pages["/2"]
    one.pages["/2"] = Answer(status=503)
    config = config_of(tmp_path, one, two, max_attempts=3)
    assert run(config, now=NOW)["counts"]["postponed"] == 1
    early = run(config, now=NOW + timedelta(minutes=1))["counts"]
    assert (early["entries_due"], early["postponed"]) == (0, 0)
    second = run(config, now=NOW + timedelta(hours=1))["counts"]
    assert (second["entries_due"], second["postponed"]) == (1, 1)
    one.pages["/2"] = kept
    third = run(config, now=NOW + timedelta(hours=5))["counts"]
    assert (third["entries_due"], third["articles"]) == (1, 1)
    assert len(rows(tmp_path, "articles")) == 2


def test_two_feeds_that_carry_one_entry_file_it_once(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    one, _ = sites
    one.pages["/all.xml"] = one.pages["/feed.xml"]
    config = config_of(tmp_path, one)
    config = Config(
        config.output, (*config.feeds, FeedSource(f"{one.url}/all.xml")), config.fetch, config.copies, "0"
    )
    counts = run(config, now=NOW)["counts"]
    assert (counts["entries"], counts["entries_known"], counts["articles"]) == (4, 2, 2)


def test_two_addresses_of_one_page_are_filed_once(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    one, _ = sites
    canonical = f'<link rel="canonical" href="{one.url}/2">'
    one.pages["/2b"] = Answer(article_page("Ferry sails again", LOCAL_NEWS, canonical))
    items = [{"title": "Ferry", "link": f"{one.url}/2"}, {"title": "Ferry!", "link": f"{one.url}/2b"}]
    one.pages["/feed.xml"] = rss(one.url, items)
    config = config_of(tmp_path, one)
    assert run(config, now=NOW)["counts"]["rejects"] == {"duplicate": 1}
    items.append({"title": "Ferry?", "link": f"{one.url}/2c"})
    one.pages |= {"/2c": one.pages["/2b"], "/feed.xml": rss(one.url, items)}
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
    one, two = sites
    config = config_of(tmp_path, one, two)
    late = two.pages.pop("/feed.xml")
    run(config, now=NOW)
    two.pages["/feed.xml"] = late
    assert run(config, now=NOW + timedelta(days=2))["counts"]["copies"] == 1
    (copy,) = rows(tmp_path, "copies")
    (story,) = (row for row in rows(tmp_path, "articles") if row["title"].startswith("Cabinet"))
    assert copy["story_id"] == story["story_id"] == story["article_id"]


def test_a_copy_after_the_horizon_is_a_story_of_its_own(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    one, two = sites
    config = config_of(tmp_path, one, two)
    late = two.pages.pop("/feed.xml")
    run(config, now=NOW)
    two.pages["/feed.xml"] = late
    assert run(config, now=NOW + timedelta(days=15))["counts"]["articles"] == 1


def test_a_feed_that_asks_for_time_is_left_alone_until_then(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    one, two = sites
    kept = two.pages["/feed.xml"]
    two.pages["/feed.xml"] = Answer(status=503, headers={"Retry-After": "7200"})
    config = config_of(tmp_path, one, two)
    assert run(config, now=NOW)["counts"]["feeds_failed"] == 1
    two.pages["/feed.xml"] = kept
    assert run(config, now=NOW + timedelta(hours=1))["counts"]["feeds"] == 1
    assert run(config, now=NOW + timedelta(hours=3))["counts"]["copies"] == 1


def test_a_run_that_fails_leaves_nothing_to_see_and_loses_nothing(
    tmp_path: Path, sites: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(tmp_path, *sites)
    with monkeypatch.context() as patch:
        patch.setattr(commit_module, "count", lambda *_: 1 / 0)
        with pytest.raises(RunError, match="r000001"):
            run(config, now=NOW)
    assert contents(tmp_path) == {}
    assert run(config, now=NOW)["counts"]["articles"] == 2


def test_files_that_a_crash_left_unmoved_are_moved_by_the_next_run(
    tmp_path: Path, sites: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(tmp_path, *sites)
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "publish", lambda *_: None)
        run(config, now=NOW)
    assert rows(tmp_path, "articles") == []
    assert run(config, now=NOW + timedelta(hours=1))["counts"]["entries_due"] == 0
    assert len(rows(tmp_path, "articles")) == 2


def test_a_store_that_fails_after_the_commit_is_told_and_the_next_run_finishes(
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


def test_accounts_that_do_not_balance_fail_the_run(
    tmp_path: Path, sites: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = run_module.execute

    def lose_a_file(plan, beam_args):
        execute(plan, beam_args)
        next(Path(plan.staging).glob("_files/*")).unlink()

    monkeypatch.setattr(run_module, "execute", lose_a_file)
    with pytest.raises(RunError, match="3 entries due, 0 outcomes written"):
        run(config_of(tmp_path, *sites), now=NOW)


def test_an_output_that_cannot_be_written_is_told_before_anything_is_read(
    tmp_path: Path, sites: tuple[Site, Site]
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match=r"output: .*file/news: cannot be written: Not a directory"):
        run(config_of(tmp_path / "file/news", *sites), now=NOW)
    assert sites[0].requests == []


def test_prism_is_found_beside_the_interpreter_or_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prism = tmp_path / "prism"
    prism.write_text("#!/bin/sh")
    prism.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    found = beam_options(["--runner=PrismRunner"]).get_all_options()["prism_location"]
    assert found == str(prism)
    told = beam_options(["--runner=PrismRunner", "--prism_location=/other"])
    assert told.get_all_options()["prism_location"] == "/other"
