"""What an endless job remembers of entries: each is new once, whichever feed lists it, while it is listed."""

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
from transforms.feeds.select import is_changed
from transforms.feeds.stream import select_entries
from transforms.records import Entry, ReseenEntries, key_of
from transforms.store.coders import unpack
from transforms.store.keys import KnownKeys, RecentKeys, number_of

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
HORIZON = timedelta(days=14)
GAZETTE, HERALD = "https://gazette.example/rss", "https://herald.example/rss"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def entry(number: int, feed_url: str = GAZETTE, title: str = "Ferry back") -> Entry:
    found = Entry(feed_url, f"{feed_url} {title}", (), f"https://gazette.example/{number}", title)
    return with_keys([found])[0]


def check(
    polls: Sequence[tuple[timedelta, list[Entry]]],
    new: Sequence[tuple[timedelta, str]],
    listed: Sequence[tuple[timedelta, int, int]] = (),
    seen: Sequence[Entry] = (),
) -> None:
    """Polls give new entries (time, title), and word of others (time, entries, keys renewed)."""
    source = TestStream()
    for after, entries in polls:
        at = Timestamp.from_utc_datetime(NOON + after)
        source.advance_watermark_to(at)
        source.add_elements([beam.window.TimestampedValue(found, at) for found in by_host(entries)])
    source.advance_watermark_to_infinity()
    keys = np.sort(np.array([number_of(key) for one in seen for key in one.keys], np.uint64))
    options = PipelineOptions([], streaming=True)

    def titles(element: tuple[str, bytes], at=beam.DoFn.TimestampParam) -> list[tuple[timedelta, str]]:
        return [(at.to_utc_datetime(has_tz=True) - NOON, one.title) for one in unpack(element[1])]

    def told(one: ReseenEntries) -> tuple[timedelta, int, int]:
        return one.at - NOON, one.entries, len(one.keys) // 8

    with beam.Pipeline(runner=BundleBasedDirectRunner(), options=options) as pipeline:
        pair = beam.typehints.KV[str, bytes]
        found = pipeline | source | beam.Map(lambda element: element).with_output_types(pair)
        chosen, others = found | RememberEntries(lambda: KnownKeys(keys), HORIZON)
        assert_that(chosen | beam.FlatMap(titles), equal_to(list(new)), label="new")
        assert_that(others | beam.Map(told), equal_to(list(listed)), label="listed")


def test_an_entry_that_two_feeds_list_is_new_once() -> None:
    check(
        [(MINUTE, [entry(1, title="Here")]), (2 * MINUTE, [entry(1, HERALD, title="There")])],
        new=[(MINUTE, "Here")],
        listed=[(2 * MINUTE, 1, 0)],
    )


def test_an_entry_with_a_new_headline_is_the_same_and_one_with_a_new_link_is_not() -> None:
    check(
        [(MINUTE, [entry(1)]), (2 * MINUTE, [entry(1, title="It is back"), entry(2, title="Bridge shut")])],
        new=[(MINUTE, "Ferry back"), (2 * MINUTE, "Bridge shut")],
        listed=[(2 * MINUTE, 1, 0)],
    )


def test_an_entry_that_an_earlier_run_has_seen_is_not_new_but_is_remembered_from_now_on() -> None:
    check([(MINUTE, [entry(1)])], new=[], listed=[(MINUTE, 1, 2)], seen=[entry(1)])


def test_what_stays_in_its_feed_is_renewed_once_it_was_listed_for_long() -> None:
    check(
        [(timedelta(), [entry(1)]), (timedelta(hours=5), [entry(1)]), (2 * DAY, [entry(1)])],
        new=[(timedelta(), "Ferry back")],
        listed=[(timedelta(hours=5), 1, 0), (2 * DAY, 1, 2)],
    )


def test_what_comes_back_within_the_horizon_is_known_and_what_comes_back_after_it_is_new() -> None:
    check(
        [(timedelta(), [entry(1)]), (13 * DAY, [entry(1)]), (28 * DAY, [entry(1)])],
        new=[(timedelta(), "Ferry back"), (28 * DAY, "Ferry back")],
        listed=[(13 * DAY, 1, 2)],
    )


def test_each_entry_is_forgotten_by_its_own_time_though_its_site_goes_on() -> None:
    check(
        [
            (timedelta(), [entry(1, title="Old")]),
            (10 * DAY, [entry(2, title="Young")]),
            (20 * DAY, [entry(1, title="Old"), entry(2, title="Young")]),
        ],
        new=[(timedelta(), "Old"), (10 * DAY, "Young"), (20 * DAY, "Old")],
        listed=[(20 * DAY, 1, 2)],
    )


def updated(said: str, hours: int) -> Entry:
    """An entry of a feed that tells of updates: what it says, and how long after it was published."""
    at = NOON + timedelta(hours=hours)
    found = Entry(GAZETTE, "g", (), "https://gazette.example/1", said, published_at=NOON, updated_at=at)
    return with_keys([found])[0]


def test_an_entry_that_its_feed_has_changed_is_new_as_an_update_once() -> None:
    check(
        [
            (MINUTE, [updated("Ferry back", 0)]),
            (2 * MINUTE, [updated("Ferry stops", 2)]),
            (3 * MINUTE, [updated("Ferry stops", 3)]),
        ],
        new=[(MINUTE, "Ferry back"), (2 * MINUTE, "Ferry stops")],
        # Its keys are renewed, its version is remembered when it is filed.
        listed=[(2 * MINUTE, 0, 4), (3 * MINUTE, 1, 0)],
    )


def test_what_a_memory_without_versions_knows_is_no_update_and_its_version_is_remembered() -> None:
    plain = dataclasses.replace(updated("Ferry back", 2), versions=())
    check(
        [(MINUTE, [updated("Ferry back", 2)]), (2 * MINUTE, [updated("Ferry stops", 3)])],
        new=[(2 * MINUTE, "Ferry stops")],
        listed=[(MINUTE, 1, 5), (2 * MINUTE, 0, 4)],
        seen=[plain],
    )


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 30)), min_size=1, max_size=12))
def test_runs_and_streams_read_an_entry_once_for_each_thing_that_its_feed_says(
    told: list[tuple[str, int]],
) -> None:
    seen: set[str] = set()
    recent, nothing = RecentKeys(), KnownKeys(np.empty(0, np.uint64))
    read: list[str] = []
    for poll, (said, hours) in enumerate(told):
        one, at = updated(said, hours), NOON + poll * timedelta(hours=7)
        by_stream = select_entries([one], nothing, recent, at, NOON).new
        is_new = seen.isdisjoint(one.keys)
        assert bool(by_stream) == (is_new or is_changed(one, seen.__contains__, NOON))
        assert [entry.update for entry in by_stream] == [not is_new] * len(by_stream)
        seen.update(one.remembered)
        read += [said] * len(by_stream)
    assert read[0] == told[0][0]
    assert len(read) == len(set(read))
    for said in set(read[1:]):
        first_hours = next(hours for one, hours in told if one == said)
        assert first_hours > 0


@given(st.dictionaries(st.text(max_size=5), st.integers(0, 400), max_size=20), st.integers(0, 400))
def test_recent_keys_keep_what_was_noted_since_a_time(noted: dict[str, int], hours: int) -> None:
    keys = RecentKeys()
    for text, hour in noted.items():
        keys.note(key_of(text), NOON + timedelta(hours=hour))
    kept = RecentKeys(keys.packed())
    kept.forget(NOON + timedelta(hours=hours))
    for text, hour in noted.items():
        assert (key_of(text) in kept) == (hour >= hours)
        assert keys.listed_at(key_of(text)) == NOON + timedelta(hours=hour)
