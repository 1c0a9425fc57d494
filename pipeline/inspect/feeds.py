"""Health of every feed of a config, from the polls in the dataset's state."""

from __future__ import annotations

import collections
import dataclasses
from datetime import datetime, timedelta
from typing import Any

from pipeline.config import Config
from pipeline.dataset.feeds import feeds_of
from pipeline.dataset.layout import Dataset
from pipeline.dataset.state import load_state
from pipeline.wording import counted
from transforms.feeds import due_feeds
from transforms.reasons import GONE
from transforms.records import DueFeed
from transforms.text.urls import host_of

MIN_FEEDS_PER_NOTED_HOST = 50
"""Number of feeds of one host that is worth a note: 205 feeds, polled one by one, got a crawler blocked
(mediacloud/backend #189)."""


@dataclasses.dataclass(frozen=True, slots=True)
class FeedHealth:
    """The health of a feed."""

    url: str
    publisher: str | None
    state: str
    """new (never polled), fine, failing, or gone (the server says for good)."""
    succeeded_at: datetime | None
    """When it was last read or found unchanged."""
    polled_at: datetime | None
    entries_a_day: float | None
    """Average over the week before it was last read."""
    failures: int
    """Failures in a row."""
    reason: str | None
    detail: str | None
    next_poll_at: datetime | None
    """None if any run may poll it."""
    moved_to: str | None
    """Target of permanent redirects."""
    moved_since: datetime | None
    asked_at: str
    """Address of the next poll."""
    hub: str | None
    """The WebSub hub that the feed announces."""


def health(config: Config, now: datetime) -> list[FeedHealth]:
    """Return the health of a config's feeds: failing ones first, then in the config's order.

    Raises DatasetError if the state of its dataset cannot be read.
    """
    state = load_state(Dataset(config.output))
    feeds = [_health(feed, now) for feed in feeds_of(config, state, now)]
    return sorted(feeds, key=lambda feed: (-feed.failures, feed.state != "gone"))


def _health(feed: DueFeed, now: datetime) -> FeedHealth:
    last = feed.last
    if last is None:
        state = "new"
    elif last.status == "failed":
        state = "gone" if last.reason == GONE else "failing"
    else:
        state = "fine"
    return FeedHealth(
        url=feed.source.url,
        publisher=feed.source.publisher,
        state=state,
        succeeded_at=last.succeeded_at if last else None,
        polled_at=last.polled_at if last else None,
        entries_a_day=last.entries_a_day if last else None,
        failures=last.failures if last else 0,
        reason=last.reason if last else None,
        detail=last.detail if last else None,
        next_poll_at=None if due_feeds([feed], now) or last is None else last.next_poll_at,
        moved_to=last.moved_to if last else None,
        moved_since=last.moved_since if last else None,
        asked_at=feed.address,
        hub=last.hub if last else None,
    )


def as_text(feeds: list[FeedHealth], now: datetime) -> str:
    """Format the feeds for a terminal: a table with remarks."""
    states = collections.Counter(feed.state for feed in feeds)
    listed = ", ".join(f"{number:,} {state}" for state, number in states.most_common())
    head = ("last success", "a day", "failures", "next poll", "feed")
    rows = [head, *(_row(feed, now) for feed in feeds)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head) - 1)]
    lines = [f"{counted(len(feeds), 'feed')}: {listed}", ""]
    for (*cells, last), feed in zip(rows, [None, *feeds], strict=True):
        padded = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        lines.append(f"{padded}  {last}")
        lines += [f"    {remark}" for remark in (_remarks(feed) if feed else ())]
    hosts = collections.Counter(host_of(feed.asked_at) for feed in feeds)
    for host, number in hosts.most_common():
        if number >= MIN_FEEDS_PER_NOTED_HOST:
            lines.append(f"note: {host} serves {number} feeds, which are polled one after another")
    return "\n".join(lines)


def _row(feed: FeedHealth, now: datetime) -> tuple[str, str, str, str, str]:
    rate = "" if feed.entries_a_day is None else f"{feed.entries_a_day:.1f}"
    success = f"{span(now - feed.succeeded_at)} ago" if feed.succeeded_at else "never"
    due = f"in {span(feed.next_poll_at - now)}" if feed.next_poll_at else "next run"
    failures = f"{feed.failures} {feed.reason}" if feed.failures else "0"
    return success, rate, failures, due, feed.url


def _remarks(feed: FeedHealth) -> list[str]:
    remarks = []
    if feed.detail:
        remarks.append(feed.detail)
    if feed.moved_to and feed.moved_since:
        polled = "polled there" if feed.asked_at == feed.moved_to else "still polled at its old address"
        remarks.append(f"moved to {feed.moved_to} since {feed.moved_since:%Y-%m-%d}, {polled}")
    return remarks


def span(length: timedelta) -> str:
    """Format a duration with one unit: 45 s, 12 min, 3.2 h, 2.1 d."""
    seconds = max(length.total_seconds(), 0.0)
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3_600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.1f} h" if seconds < 86_400 else f"{seconds / 86_400:.1f} d"


def as_json(feeds: list[FeedHealth]) -> list[dict[str, Any]]:
    """Return the feeds as plain values."""
    return [
        {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in dataclasses.asdict(feed).items()
        }
        for feed in feeds
    ]
