"""State in segments: a run writes little more than it changed, and no known key is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.layout import Dataset
from pipeline.dataset.state import Segment, State, StateDelta, files_of, load_state, merged_with, save_state
from pipeline.errors import DatasetError
from transforms.records import key_of
from transforms.store.keys import KnownKeys, pack_keys

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
HORIZON = timedelta(days=14)


def poll(number: int, at: datetime, url: str = "https://gazette.example/feed") -> dict[str, Any]:
    keys = [key_of(f"entry {number}"), key_of("entry that stays")]
    return {
        "url": url, "polled_at": at, "status": "read", "entries": 2, "reason": None, "detail": None,
        "failures": 0, "etag": None, "last_modified": None, "body_key": None, "read_at": at,
        "listed": pack_keys(keys),
    }  # fmt: skip


def after(dataset: Dataset, previous: State, number: int, days: int = 0) -> State:
    """Save and return the state after a run that read one feed and filed one article."""
    run_id, at = f"r{number:06d}-x", NOW + timedelta(days=days, minutes=number)
    polled = poll(number, at)
    listed = [(polled["url"], polled["listed"], at)]
    delta = StateDelta([polled], listed, [], [key_of(f"article {number}")], None)
    state = save_state(dataset, run_id, at, previous, delta, lambda row: True, HORIZON)
    dataset.write_json({"files": []}, "_runs", f"{run_id}.json")
    dataset.keep_state(files_of(state))
    return state


def known_keys(dataset: Dataset, state: State, kind: str) -> KnownKeys:
    return KnownKeys.load([dataset.path("_state", segment.name) for segment in getattr(state, kind)])


def test_a_saved_state_is_loaded_and_no_other_file_is_kept(tmp_path: Path) -> None:
    dataset, state = Dataset(str(tmp_path)), State()
    for number in range(40):
        state = after(dataset, state, number)
        assert load_state(dataset) == state
    assert all(key_of(f"entry {number}") in known_keys(dataset, state, "seen") for number in range(40))
    assert all(key_of(f"article {number}") in known_keys(dataset, state, "filed") for number in range(40))
    assert len(state.filed) <= 6
    assert {str(path.relative_to(tmp_path / "_state")) for path in tmp_path.glob("_state/*/*")} == files_of(
        state
    )


def test_entries_are_forgotten_when_they_left_their_feed_before_the_horizon(tmp_path: Path) -> None:
    dataset = Dataset(str(tmp_path))
    state = after(dataset, State(), 1)
    state = after(dataset, state, 2, days=15)
    seen = known_keys(dataset, state, "seen")
    assert [key_of(f"entry {name}") in seen for name in (1, 2, "that stays")] == [False, True, True]
    assert key_of("article 1") in known_keys(dataset, state, "filed")


@given(st.lists(st.integers(1, 50), min_size=1, max_size=200))
def test_segments_stay_few_and_each_row_is_merged_only_a_few_times(added: list[int]) -> None:
    segments: tuple[Segment, ...] = ()
    written = 0
    for rows in added:
        unmerged = len(segments) - merged_with(segments, rows)
        total = rows + sum(segment.rows for segment in segments[unmerged:])
        segments, written = (*segments[:unmerged], Segment("", total, "")), written + total
    total = sum(added)
    assert sum(segment.rows for segment in segments) == total
    assert len(segments) <= total.bit_length() + 1
    assert written <= total * (total.bit_length() + 1)


def test_a_merged_segment_does_not_exceed_the_largest() -> None:
    segments = (Segment("", 90, ""), Segment("", 15, ""))
    assert merged_with(segments, 10, largest=100) == 1
    assert merged_with(segments, 60, largest=1_000) == 2


@pytest.mark.parametrize(
    "name", ["state.json", "feeds.parquet", "put_off.parquet", "seen.parquet", "filed.parquet"]
)
@pytest.mark.parametrize("content", [b"", b"garbage", None], ids=["empty", "garbage", "cut"])
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    dataset = Dataset(str(tmp_path))
    state = after(dataset, State(), 1)
    path = tmp_path / "_state" / str(state.run_id) / name
    path.write_bytes(path.read_bytes()[:-9] if content is None else content)
    with pytest.raises(DatasetError, match=str(path)):
        load_state(dataset)


def test_a_missing_file_of_the_state_is_named(tmp_path: Path) -> None:
    dataset = Dataset(str(tmp_path))
    path = tmp_path / "_state" / str(after(dataset, State(), 1).run_id)
    for name in ("seen.parquet", "state.json"):
        (path / name).unlink()
        with pytest.raises(DatasetError, match=f"{path}/{name}"):
            load_state(dataset)


def test_a_state_without_its_manifest_does_not_count(tmp_path: Path) -> None:
    dataset = Dataset(str(tmp_path))
    first = after(dataset, State(), 1)
    save_state(dataset, "r000002-x", NOW, first, StateDelta([], [], [], [], None), lambda row: True, HORIZON)
    assert load_state(dataset) == first
    assert json.loads((tmp_path / "_state/r000002-x/state.json").read_text())["run_id"] == "r000002-x"


def test_the_run_after_the_millionth_is_the_newest(tmp_path: Path) -> None:
    dataset = Dataset(str(tmp_path))
    for run_id in ("r999999-20280101T000000Z", "r1000000-20280101T000100Z"):
        dataset.write_json({}, "_state", run_id, "state.json")
        dataset.write_json({}, "_runs", f"{run_id}.json")
    assert dataset.newest_run() == "r1000000-20280101T000100Z"
