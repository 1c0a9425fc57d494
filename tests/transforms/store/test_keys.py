"""What runs remember: keys stay as long as their feed lists them, and for the horizon after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from transforms.records import key_of
from transforms.store.keys import (
    KnownKeys,
    feed_number,
    key_table,
    listed_table,
    merge_keys,
    merge_listed,
    number_of,
    pack_keys,
    read_segment,
    write_segment,
)

START = datetime(2026, 3, 5, 12, tzinfo=UTC)
FEED, OTHER = "https://gazette.example/feed", "https://post.example/feed"
KEYS = [key_of(f"entry {number}") for number in range(6)]


def listed(hours: int, *keys: str, feed: str = FEED) -> pa.Table:
    return listed_table([(feed, pack_keys(keys), START + timedelta(hours=hours))])


def seconds(hours: int) -> int:
    return int((START + timedelta(hours=hours)).timestamp())


def merged(*tables: pa.Table, read: int, not_since: int) -> set[int]:
    table = merge_listed(list(tables), {feed_number(FEED): seconds(read)}, seconds(not_since))
    return set(table["key"].to_pylist())


def test_a_key_that_has_left_its_feed_is_kept_for_the_horizon_and_no_longer() -> None:
    first, second = listed(0, KEYS[0], KEYS[1]), listed(10, KEYS[1])
    assert merged(first, second, read=10, not_since=0) == {number_of(KEYS[0]), number_of(KEYS[1])}
    assert merged(first, second, read=10, not_since=1) == {number_of(KEYS[1])}


def test_a_feed_that_is_unchanged_for_longer_than_the_horizon_keeps_its_keys() -> None:
    assert merged(listed(0, *KEYS), read=0, not_since=1_000) == set(map(number_of, KEYS))


def test_a_feed_that_is_polled_no_more_keeps_its_keys_for_the_horizon() -> None:
    gone = listed(0, KEYS[0], feed=OTHER)
    assert merged(gone, read=5, not_since=0) == {number_of(KEYS[0])}
    assert merged(gone, read=5, not_since=1) == set()


def test_a_key_that_two_feeds_list_stays_while_one_does() -> None:
    both = listed(0, KEYS[0], feed=OTHER), listed(0, KEYS[0])
    assert merged(*both, read=0, not_since=100) == {number_of(KEYS[0])}


@given(st.lists(st.tuples(st.integers(0, 50), st.sets(st.integers(0, 5))), min_size=1), st.data())
def test_merging_in_any_groups_remembers_the_same(
    polls: list[tuple[int, set[int]]], data: st.DataObject
) -> None:
    polls.sort(key=lambda poll: poll[0])
    tables = [listed(hours, *(KEYS[number] for number in numbers)) for hours, numbers in polls]
    read = {feed_number(FEED): seconds(polls[-1][0])}
    cut = data.draw(st.integers(0, len(tables)))
    not_since = seconds(data.draw(st.integers(0, 60)))
    whole = merge_listed(tables, read, not_since)
    groups = [merge_listed(group, read, not_since) for group in (tables[:cut], tables[cut:]) if group]
    assert merge_listed(groups, read, not_since).equals(whole)


@given(st.lists(st.sets(st.text(max_size=3)), max_size=4), st.text(max_size=3))
def test_a_set_in_segments_holds_what_was_put_into_any_of_them(groups: list[set[str]], asked: str) -> None:
    tables = [key_table(map(key_of, group)) for group in groups]
    numbers = [number_of(key_of(text)) for group in groups for text in group]
    merged = merge_keys(tables or [key_table([])])["key"].to_numpy()
    assert merged.tolist() == sorted(set(numbers))
    assert (key_of(asked) in KnownKeys(merged)) == any(asked in group for group in groups)


def test_segments_are_looked_up_together(tmp_path: Path) -> None:
    one, two = str(tmp_path / "one.parquet"), str(tmp_path / "two.parquet")
    write_segment(one, key_table(KEYS[:2]))
    write_segment(two, listed(0, KEYS[2]))
    seen = KnownKeys.load([one, two])
    assert [key in seen for key in KEYS[:4]] == [True, True, True, False]
    assert len(seen) == 3
    assert read_segment(two).equals(listed(0, KEYS[2]))
    assert KEYS[0] not in KnownKeys.load([])
