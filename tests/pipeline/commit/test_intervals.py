"""Streaming jobs commit interval by interval: each entry once, each copy under its story."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.direct.direct_runner import BundleBasedDirectRunner
from apache_beam.testing.test_stream import TestStream
from apache_beam.utils.timestamp import Timestamp

from pipeline.commit.intervals import MAX_POLLS_AGE, CommitInterval, CommitIntervals, commit_interval
from pipeline.config import Config, CopySettings
from pipeline.dataset.layout import Dataset
from pipeline.dataset.lock import hold
from pipeline.dataset.state import load_state
from pipeline.errors import BusyError
from pipeline.maintenance.verify import verify
from pipeline.plan import plan_stream
from tests.support.newsroom import story
from tests.support.runs import rows
from transforms.copies import signature
from transforms.records import (
    Article,
    ArticleRef,
    BlobRef,
    Entry,
    FeedPoll,
    FeedSource,
    Postponed,
    Reject,
    ReseenEntries,
    key_of,
)
from transforms.store.coders import pack
from transforms.store.keys import KnownKeys
from transforms.store.spill import article_ref
from transforms.web.client import FetchSettings

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
FEED = "https://gazette.example/rss"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
JOB = "this job"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(str(tmp_path / "news"), (FeedSource(FEED),), FetchSettings(), CopySettings(), "0" * 64)


def entry(name: str) -> Entry:
    url = f"https://gazette.example/{name}"
    return Entry(FEED, name, (key_of(f"link {url}"),), url, name, first_seen_at=NOON)


def ref(name: str, number: int, after: timedelta = timedelta(), paragraphs: int = 4) -> ArticleRef:
    """Return the ref of an article that tells story `number`, or its first paragraphs."""
    source = entry(name)
    article = Article(
        article_id=key_of(source.url),
        url=source.url,
        canonical_url=source.url,
        feed_url=FEED,
        entry_id=name,
        title=name,
        text="\n\n".join(story(number)[:paragraphs]),
        fetched_at=NOON + after,
        published_at=NOON + after,
        publisher=f"The {name}",
        keys=source.keys,
    )
    return article_ref(article, BlobRef("", 0, 0, pack(article)), BlobRef("", 0, 0, pack(signature(article))))


def file(config: Config, *records: Any, after: timedelta = MINUTE) -> dict[str, Any] | None:
    return commit_interval(config, CommitInterval.of(records), NOON + after)


def counted(config: Config, *records: Any, after: timedelta = MINUTE) -> dict[str, Any]:
    """Commit an interval that is not empty, and return its counts."""
    manifest = file(config, *records, after=after)
    assert manifest
    return dict(manifest["counts"])


def stories(config: Config) -> dict[str, str]:
    """Map the titles of all filed articles to the titles of their stories."""
    filed = [row for table in ("articles", "copies") for row in rows(Path(config.output), table)]
    titles = {row["article_id"]: row["title"] for row in filed}
    assert len(titles) == len(filed), "an article was filed twice"
    return {row["title"]: titles[row["story_id"]] for row in filed}


def streamed(config: Config, *events: tuple[timedelta, Sequence[Any]]) -> None:
    """Commit groups of records, each followed by a tick, in a real streaming pipeline."""
    source = TestStream()
    for after, records in events:
        at = Timestamp.from_utc_datetime(NOON + after)
        source.advance_watermark_to(at)
        for elements in (records, ["tick"]):  # Two events, because elements of one event have no order.
            source.add_elements([beam.window.TimestampedValue(element, at) for element in elements])
    source.advance_watermark_to_infinity()
    options = PipelineOptions([], streaming=True)
    with beam.Pipeline(runner=BundleBasedDirectRunner(), options=options) as pipeline:
        elements = pipeline | source
        ticks = elements | beam.Filter(lambda element: element == "tick")
        records = elements | "Records" >> beam.Filter(lambda element: element != "tick")
        _ = ({"records": records}, ticks) | CommitIntervals(config, JOB)


def test_a_late_copy_within_the_horizon_joins_its_story(config: Config) -> None:
    streamed(
        config,
        (MINUTE, [ref("Wire", 1), ref("Other", 2)]),
        (13 * DAY, [ref("Late", 1, 13 * DAY, paragraphs=3)]),
        (13 * DAY + MINUTE, [ref("Later", 1, 13 * DAY)]),
    )
    assert stories(config) == {"Wire": "Wire", "Other": "Other", "Late": "Wire", "Later": "Wire"}
    assert verify(config.output) == []


def test_a_copy_after_the_horizon_is_its_own_story(config: Config) -> None:
    streamed(
        config,
        (MINUTE, [ref("Wire", 1)]),
        (15 * DAY, [ref("Anniversary", 1, 15 * DAY, paragraphs=3)]),
    )
    assert stories(config) == {"Wire": "Wire", "Anniversary": "Anniversary"}


def test_an_article_behind_two_entries_is_filed_once(config: Config) -> None:
    again = dataclasses.replace(
        ref("Wire", 1), keys=(key_of("another entry"),), feed_url="https://other.example"
    )
    streamed(config, (MINUTE, [ref("Wire", 1), again]), (2 * MINUTE, [again]))
    assert stories(config) == {"Wire": "Wire"}
    assert [row["reason"] for row in rows(Path(config.output), "rejects")] == ["duplicate"]


def update_of(article: ArticleRef, number: int, after: timedelta) -> ArticleRef:
    """Return the ref of an update of an article, which now tells story `number`."""
    update = ref(article.title, number, after)
    key = key_of(f"version {article.title} {number}")
    return dataclasses.replace(update, update=True, keys=(key,))


def test_an_update_is_filed_once_as_a_later_version_even_if_a_runner_repeats_it(config: Config) -> None:
    wire, copy = ref("Wire", 1), ref("Copy", 1, MINUTE)
    file(config, wire)
    file(config, copy, after=2 * MINUTE)
    later = update_of(copy, 2, 3 * MINUTE)
    counts = counted(config, later, later, after=3 * MINUTE)
    assert (counts["entries_due"], counts["copies"]) == (1, 1)
    assert file(config, later, copy, after=4 * MINUTE) is None
    first, second = sorted(rows(Path(config.output), "copies"), key=lambda row: row["fetched_at"])
    assert (first["match"], second["match"]) == ("exact", "update")
    assert first["article_id"] == second["article_id"]
    assert first["story_id"] == second["story_id"] == wire.article_id
    assert verify(config.output) == []


def test_an_update_with_the_same_text_is_rejected(config: Config) -> None:
    wire = ref("Wire", 1)
    file(config, wire)
    same = dataclasses.replace(update_of(wire, 1, 2 * MINUTE), keys=(key_of("another version"),))
    assert counted(config, same, after=2 * MINUTE)["rejects"] == {"duplicate": 1}
    assert counted(config, update_of(wire, 2, 3 * MINUTE), after=3 * MINUTE)["copies"] == 1


def test_an_article_and_its_update_in_one_interval_are_filed_once_with_the_new_text(config: Config) -> None:
    wire = ref("Wire", 1)
    counts = counted(config, wire, update_of(wire, 2, MINUTE))
    assert (counts["entries_due"], counts["articles"], counts["rejects"]) == (2, 1, {"duplicate": 1})
    (row,) = rows(Path(config.output), "articles")
    assert row["text"] == "\n\n".join(story(2))


def test_a_postponed_update_is_known_by_its_own_key(config: Config) -> None:
    file(config, ref("Wire", 1))
    later = update_of(ref("Wire", 1), 2, 20 * MINUTE)
    tried = dataclasses.replace(entry("Wire"), keys=later.keys, update=True, attempts=1)
    assert counted(config, Postponed(tried, "timeout", NOON + 15 * MINUTE), after=2 * MINUTE)["postponed"]
    assert counted(config, later, after=20 * MINUTE)["copies"] == 1
    assert load_state(Dataset(config.output)).postponed == ()


def test_outcomes_that_a_runner_repeats_after_a_failure_are_left_out(config: Config) -> None:
    interval = [ref("Wire", 1), Reject.of(entry("Gone"), "fetch", "http-404", "", NOON)]
    assert file(config, *interval)
    assert counted(config, *interval, ref("New", 2), after=2 * MINUTE)["entries_due"] == 1
    assert file(config, *interval, after=3 * MINUTE) is None
    assert stories(config) == {"Wire": "Wire", "New": "New"}
    assert len(rows(Path(config.output), "rejects")) == 1
    assert verify(config.output) == []


def test_a_postponed_entry_stays_in_the_state_until_it_is_read(config: Config) -> None:
    later = Postponed(dataclasses.replace(entry("Slow"), attempts=1), "timeout", NOON + 15 * MINUTE)
    counts = counted(config, ref("Wire", 1), later)
    assert (counts["entries_due"], counts["postponed"]) == (2, 1)
    assert [row["url"] for row in load_state(Dataset(config.output)).postponed] == [later.entry.url]
    assert counted(config, later, after=2 * MINUTE)["postponed"] == 1
    assert counted(config, ref("Slow", 2), after=20 * MINUTE)["articles"] == 1
    assert load_state(Dataset(config.output)).postponed == ()
    assert stories(config) == {"Wire": "Wire", "Slow": "Slow"}


def test_an_entry_postponed_and_read_in_one_interval_counts_once(config: Config) -> None:
    later = Postponed(dataclasses.replace(entry("Slow"), attempts=1), "timeout", NOON)
    counts = counted(config, later, ref("Slow", 2))
    assert (counts["entries_due"], counts["articles"], counts["postponed"]) == (1, 1, 0)


def test_entries_become_known_when_they_are_filed_and_not_when_they_are_listed(config: Config) -> None:
    renewed = key_of("renewed")
    poll = FeedPoll(FEED, NOON, "read", entries=3, etag='"v"', read_at=NOON)
    listed = ReseenEntries(FEED, NOON, 2, int(renewed[:16], 16).to_bytes(8, "little"))
    counts = counted(config, ref("Wire", 1), poll, listed)
    assert (counts["feeds"], counts["entries"], counts["entries_known"]) == (1, 3, 2)
    state = load_state(Dataset(config.output))
    seen = KnownKeys.load([f"{config.output}/_state/{segment.name}" for segment in state.seen])
    assert (entry("Wire").keys[0] in seen, renewed in seen, len(seen)) == (True, True, 2)
    assert state.feeds[FEED]["etag"] == '"v"'


def test_an_interval_without_outcomes_is_committed_only_if_its_polls_are_an_hour_old(config: Config) -> None:
    poll = FeedPoll(FEED, NOON, "unchanged")
    assert not CommitInterval.of([poll]).worth_filing(NOON + MAX_POLLS_AGE)
    assert CommitInterval.of([poll]).worth_filing(NOON + MAX_POLLS_AGE + MINUTE)
    assert counted(config, poll, after=2 * MAX_POLLS_AGE)["feeds_unchanged"] == 1


def test_an_interval_that_cannot_be_committed_waits_for_the_next_tick(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def fail_once(*args: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise OSError(28, "No space left on device")
        return commit_interval(*args)

    monkeypatch.setattr("pipeline.commit.intervals.commit_interval", fail_once)
    streamed(config, (MINUTE, [ref("Wire", 1)]), (2 * MINUTE, [ref("Copy", 1, MINUTE)]), (3 * MINUTE, []))
    assert len(tries) == 2
    assert stories(config) == {"Wire": "Wire", "Copy": "Wire"}
    assert verify(config.output) == []


def test_an_interval_does_not_disturb_a_run_that_holds_the_dataset(config: Config) -> None:
    Path(config.output).mkdir()
    with hold(config.output, "a run"), pytest.raises(BusyError):
        file(config, ref("Wire", 1))
    assert file(config, ref("Wire", 1), after=2 * MINUTE)


def test_a_job_ends_if_another_one_was_started_on_its_dataset(config: Config) -> None:
    streamed(config, (MINUTE, [ref("Wire", 1)]))
    plan_stream(config, Dataset(config.output), MINUTE, extractors=1)
    with pytest.raises(Exception, match="another streaming job has claimed the dataset"):
        streamed(config, (MINUTE, [ref("Late", 2)]))
    assert stories(config) == {"Wire": "Wire"}
