"""Known keys in a streaming job: an entry is new once, whichever feed lists it, as long as it is listed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import apache_beam as beam
import numpy as np
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.direct.direct_runner import BundleBasedDirectRunner
from apache_beam.testing.test_stream import TestStream
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.utils.timestamp import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from transforms.feeds import RememberEntries, by_host, with_keys
from transforms.feeds.select import EntryStatus, classify
from transforms.feeds.stream import select_entries
from transforms.records import Entry, ReseenEntries, key_of
from transforms.store.coders import unpack
from transforms.store.keys import KnownKeys, RecentKeys, number_of

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
HORIZON = timedelta(days=14)
GAZETTE, HERALD = "https://gazette.example/rss", "https://herald.example/rss"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def entry(number: int, feed_url: str = GAZETTE, title: str = "Ferry back") -> Entry:
    listed = Entry(feed_url, f"{feed_url} {title}", (), f"https://gazette.example/{number}", title)
    return with_keys([listed])[0]


def check(
    polls: Sequence[tuple[timedelta, list[Entry]]],
    new: Sequence[tuple[timedelta, str]],
    reseen: Sequence[tuple[timedelta, int, int]] = (),
    known: Sequence[Entry] = (),
) -> None:
    """Check that polls give new entries (time, title) and reseen ones (time, entries, keys renewed)."""
    source = TestStream()
    for after, entries in polls:
        at = Timestamp.from_utc_datetime(NOON + after)
        source.advance_watermark_to(at)
        source.add_elements([beam.window.TimestampedValue(group, at) for group in by_host(entries)])
    source.advance_watermark_to_infinity()
    keys = np.sort(np.array([number_of(key) for stored in known for key in stored.keys], np.uint64))
    options = PipelineOptions([], streaming=True)

    def titles(element: tuple[str, bytes], at=beam.DoFn.TimestampParam) -> list[tuple[timedelta, str]]:
        return [(at.to_utc_datetime(has_tz=True) - NOON, item.title) for item in unpack(element[1])]

    def counts(record: ReseenEntries) -> tuple[timedelta, int, int]:
        return record.at - NOON, record.entries, len(record.keys) // 8

    with beam.Pipeline(runner=BundleBasedDirectRunner(), options=options) as pipeline:
        pair = beam.typehints.KV[str, bytes]
        polled = pipeline | source | beam.Map(lambda element: element).with_output_types(pair)
        outputs = polled | RememberEntries(lambda: KnownKeys(keys), HORIZON)
        assert_that(outputs.new | beam.FlatMap(titles), equal_to(list(new)), label="new")
        assert_that(outputs.reseen | beam.Map(counts), equal_to(list(reseen)), label="reseen")


def test_an_entry_that_two_feeds_list_is_new_once() -> None:
    check(
        [(MINUTE, [entry(1, title="Here")]), (2 * MINUTE, [entry(1, HERALD, title="There")])],
        new=[(MINUTE, "Here")],
        reseen=[(2 * MINUTE, 1, 0)],
    )


def test_an_entry_with_a_new_headline_is_the_same_and_one_with_a_new_link_is_not() -> None:
    check(
        [(MINUTE, [entry(1)]), (2 * MINUTE, [entry(1, title="It is back"), entry(2, title="Bridge shut")])],
        new=[(MINUTE, "Ferry back"), (2 * MINUTE, "Bridge shut")],
        reseen=[(2 * MINUTE, 1, 0)],
    )


def test_the_keys_of_an_entry_that_an_earlier_run_knows_are_stored_again() -> None:
    check([(MINUTE, [entry(1)])], new=[], reseen=[(MINUTE, 1, 2)], known=[entry(1)])


def test_the_keys_of_an_entry_that_stays_in_its_feed_are_renewed_after_a_day() -> None:
    check(
        [(timedelta(), [entry(1)]), (timedelta(hours=5), [entry(1)]), (2 * DAY, [entry(1)])],
        new=[(timedelta(), "Ferry back")],
        reseen=[(timedelta(hours=5), 1, 0), (2 * DAY, 1, 2)],
    )


def test_an_entry_that_comes_back_is_known_within_the_horizon_and_new_after_it() -> None:
    check(
        [(timedelta(), [entry(1)]), (13 * DAY, [entry(1)]), (28 * DAY, [entry(1)])],
        new=[(timedelta(), "Ferry back"), (28 * DAY, "Ferry back")],
        reseen=[(13 * DAY, 1, 2)],
    )


def test_each_entry_is_forgotten_at_its_own_time_while_its_site_goes_on() -> None:
    check(
        [
            (timedelta(), [entry(1, title="Old")]),
            (10 * DAY, [entry(2, title="Young")]),
            (20 * DAY, [entry(1, title="Old"), entry(2, title="Young")]),
        ],
        new=[(timedelta(), "Old"), (10 * DAY, "Young"), (20 * DAY, "Old")],
        reseen=[(20 * DAY, 1, 2)],
    )


def updated(title: str, hours: int) -> Entry:
    """Return an entry of a feed that marks updates, updated some hours after it was published."""
    at = NOON + timedelta(hours=hours)
    listed = Entry(GAZETTE, "g", (), "https://gazette.example/1", title, published_at=NOON, updated_at=at)
    return with_keys([listed])[0]


def test_a_changed_entry_is_new_once_as_an_update() -> None:
    check(
        [
            (MINUTE, [updated("Ferry back", 0)]),
            (2 * MINUTE, [updated("Ferry stops", 2)]),
            (3 * MINUTE, [updated("Ferry stops", 3)]),
        ],
        new=[(MINUTE, "Ferry back"), (2 * MINUTE, "Ferry stops")],
        # Its keys are renewed; its version is stored when it is filed.
        reseen=[(2 * MINUTE, 0, 4), (3 * MINUTE, 1, 0)],
    )


def test_an_entry_that_is_known_without_versions_is_not_an_update_and_its_version_is_stored() -> None:
    plain = dataclasses.replace(updated("Ferry back", 2), versions=())
    check(
        [(MINUTE, [updated("Ferry back", 2)]), (2 * MINUTE, [updated("Ferry stops", 3)])],
        new=[(2 * MINUTE, "Ferry stops")],
        reseen=[(MINUTE, 1, 5), (2 * MINUTE, 0, 4)],
        known=[plain],
    )


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 30)), min_size=1, max_size=12))
def test_batch_and_streaming_read_an_entry_once_for_each_version(
    polls: list[tuple[str, int]],
) -> None:
    known: set[str] = set()
    recent, nothing = RecentKeys(), KnownKeys(np.empty(0, np.uint64))
    read: list[str] = []
    for poll, (title, hours) in enumerate(polls):
        listed, at = updated(title, hours), NOON + poll * timedelta(hours=7)
        by_stream = select_entries([listed], nothing, recent, at, NOON).new
        by_batch = classify(listed, known.__contains__, NOON)
        assert bool(by_stream) == (by_batch is not EntryStatus.KNOWN)
        assert all(item.update == (by_batch is EntryStatus.CHANGED) for item in by_stream)
        known.update(listed.remembered)
        read += [title] * len(by_stream)
    assert read[0] == polls[0][0]
    assert len(read) == len(set(read))
    for title in set(read[1:]):
        first_hours = next(hours for listed_title, hours in polls if listed_title == title)
        assert first_hours > 0


@given(st.dictionaries(st.text(max_size=5), st.integers(0, 400), max_size=20), st.integers(0, 400))
def test_recent_keys_keep_the_keys_noted_since_a_time(noted: dict[str, int], hours: int) -> None:
    keys = RecentKeys()
    for text, hour in noted.items():
        keys.note(key_of(text), NOON + timedelta(hours=hour))
    reloaded = RecentKeys(keys.packed())
    reloaded.forget(NOON + timedelta(hours=hours))
    for text, hour in noted.items():
        assert (key_of(text) in reloaded) == (hour >= hours)
        if hour >= hours:
            assert reloaded.listed_at(key_of(text)) == NOON + timedelta(hours=hour)
