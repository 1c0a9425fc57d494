"""The same promises on S3: on a real server on loopback, and if one request in ten fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import pipeline.run.batch as run_module
from pipeline.config import Config
from pipeline.dataset.lock import hold
from pipeline.errors import RunError
from pipeline.maintenance.compact import compact
from pipeline.maintenance.verify import verify
from pipeline.run.batch import run
from tests.support.newsroom import NOW, Newsroom, config_at, newsroom
from tests.support.s3 import Store, serve_s3

LATER = timedelta(hours=1)


@pytest.fixture(scope="module")
def server() -> Iterator[Store]:
    with serve_s3() as opened:
        yield opened


@pytest.fixture
def store(server: Store) -> Store:
    server.reset()
    return server


def urls(store: Store) -> Counter[str]:
    """Count how often each URL was filed or rejected."""
    tables = ("articles", "copies", "rejects")
    return Counter(row["url"] for table in tables for row in store.rows(f"news/{table}/"))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with newsroom(tmp_path) as opened:
        opened.publish(4, copies=2, gone=1)
        yield opened


def config_of(room: Newsroom) -> Config:
    return config_at(room, "s3://bucket/news")


@pytest.mark.slow
def test_runs_file_the_same_to_s3_as_to_a_disk(store: Store, room: Newsroom) -> None:
    run(config_of(room), now=NOW, beam_args=store.options)
    room.publish(2, copies=2)
    counts = run(config_of(room), now=NOW + LATER, beam_args=store.options)["counts"]
    assert (counts["entries_known"], counts["articles"], counts["copies"]) == (7, 2, 2)
    assert urls(store) == Counter(room.urls)
    stories = {row["story_id"] for row in store.rows("news/articles/")}
    assert len(store.rows("news/copies/")) == 4
    assert {row["story_id"] for row in store.rows("news/copies/")} <= stories
    assert not [name for name in store.files() if "_staging" in name or "_locks" in name]
    assert verify("s3://bucket/news") == []


def test_a_copy_of_an_article_of_an_earlier_run_is_found_on_s3(store: Store, room: Newsroom) -> None:
    paper = room.sites[1].pages.pop("/feed.xml")
    run(config_of(room), now=NOW, beam_args=store.options)
    room.sites[1].pages["/feed.xml"] = paper
    assert run(config_of(room), now=NOW + LATER, beam_args=store.options)["counts"]["copies"] == 2


def test_a_run_that_died_between_commit_and_moves_is_finished_by_the_next_run(
    store: Store, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "publish", lambda *_: None)
        run(config_of(room), now=NOW, beam_args=store.options)
    assert store.rows("news/articles/") == []
    assert run(config_of(room), now=NOW + LATER, beam_args=store.options)["counts"]["entries_due"] == 0
    assert urls(store) == Counter(room.urls)
    assert verify("s3://bucket/news") == []


@pytest.mark.slow
def test_a_store_that_fails_one_request_in_ten_loses_nothing(store: Store, room: Newsroom) -> None:
    store.fail_each(10)
    for number in range(2):
        try:
            run(config_of(room), now=NOW + number * LATER, beam_args=store.options)
        except RunError:
            continue
        room.publish(1)
    failed = store.fail_each(0)
    run(config_of(room), now=NOW + 9 * LATER, beam_args=store.options)
    assert failed > 20
    assert urls(store) == Counter(room.urls)
    assert verify("s3://bucket/news") == []


def test_a_second_run_on_one_bucket_is_refused(store: Store, room: Newsroom) -> None:
    run(config_of(room), now=NOW, beam_args=store.options)
    before = store.files()
    with hold("s3://bucket/news", "a run"), pytest.raises(RunError, match="in use by a run"):
        run(config_of(room), now=NOW + LATER, beam_args=store.options)
    assert store.files() == before


@pytest.mark.slow
def test_small_files_on_s3_are_merged(store: Store, room: Newsroom) -> None:
    for number in range(2):
        run(config_of(room), now=NOW + number * LATER, beam_args=store.options)
        room.publish(2, copies=1)
    before = {table: sorted(store.rows(f"news/{table}/"), key=str) for table in ("articles", "copies")}
    manifest = compact("s3://bucket/news")
    assert manifest
    assert len(manifest["files"]) < len(manifest["replaces"])
    assert {table: sorted(store.rows(f"news/{table}/"), key=str) for table in before} == before
    assert verify("s3://bucket/news") == []
    run(config_of(room), now=NOW + 9 * LATER, beam_args=store.options)
    assert urls(store) == Counter(room.urls)


def test_a_missing_bucket_is_named(room: Newsroom, store: Store) -> None:
    config = config_at(room, "s3://no-such-bucket/news")
    with pytest.raises(RunError, match="no-such-bucket"):
        run(config, now=NOW, beam_args=store.options)
