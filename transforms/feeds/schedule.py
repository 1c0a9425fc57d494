"""When and at which URL a feed is polled next: pure functions of its previous polls.

Every run polls a feed, unless it asks for fewer polls, has had nothing new for long, or fails. Then the
waits grow up to a limit; a feed is never dropped silently.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from transforms.reasons import GONE, Reason, http_status
from transforms.records import DueFeed, FeedPoll, FeedSource
from transforms.web.headers import http_date

MAX_REQUESTED_WAIT = timedelta(days=1)
"""Maximum wait that a feed can ask for.

Retry-After has been seen at 88 hours (rss-fetcher), max-age at a year."""

FREE_QUIET_POLLS = 3
"""Polls in a row without news that cause no wait: a run may be repeated by hand."""
QUIET_GROWTH = 1.5
"""Each further quiet poll multiplies the wait by this factor, up to two limits.

They are MAX_QUIET_WAIT and the mean time between two entries."""
MAX_QUIET_WAIT = timedelta(hours=6)

FAILURE_POINTS = {http_status(404): 0.5, Reason.DNS: 0.25}
"""Points of failures that often pass; as in rss-fetcher, where such feeds came back."""
TEMPORARY_POINTS = 0.5
FREE_POINTS = 3.0
"""Points that cause no wait."""
WAIT_PER_POINT = timedelta(hours=1)
"""Wait for each further point: linear backoff is "kind to servers" (rss-fetcher)."""
MAX_FAILURE_WAIT = timedelta(days=7)
GONE_WAIT = timedelta(days=30)
"""410 is final (RFC 9110, 15.5.11); if it was sent by mistake, a poll after a month finds out."""

RATE_PERIOD = timedelta(days=7)
"""Period over which the entries a day are counted."""
ADOPT_AFTER = timedelta(days=7)
"""A redirect must have been permanent for this long before a feed is polled at its new URL (lion-reader)."""
UNCONDITIONAL_AFTER = timedelta(days=1)
"""Maximum time without an unconditional request.

Servers have sent unchanged validators for a changed body (rss-fetcher)."""

_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)


def due_feeds(feeds: Iterable[DueFeed], at: datetime) -> tuple[DueFeed, ...]:
    """Return the feeds to poll at a time."""
    return tuple(feed for feed in feeds if not (feed.last and (feed.last.next_poll_at or at) > at))


def validators(due: DueFeed, at: datetime) -> dict[str, str]:
    """Return the headers of a conditional request, or none if an unconditional one is due.

    Values are returned exactly as the server sent them.
    """
    last = due.last
    if last is None or last.whole_at is None or at - last.whole_at >= UNCONDITIONAL_AFTER:
        return {}
    headers = {"If-None-Match": last.etag, "If-Modified-Since": last.last_modified}
    return {name: value for name, value in headers.items() if value}


def next_poll(poll: FeedPoll, previous: FeedPoll | None, requested: timedelta) -> datetime | None:
    """Return the time before which a feed is not polled again, or None if it may be polled at once.

    Args:
        poll: the poll just made, with its counts.
        previous: the poll before it.
        requested: the wait that the response headers ask for (requested_wait, or Retry-After of a failure).
    """
    if poll.status == "failed":
        wait = max(min(requested, MAX_REQUESTED_WAIT), _failure_wait(poll))
    else:
        feed_wait = max(requested, timedelta(seconds=poll.asks_s or 0.0))
        if poll.window_s is not None:
            # With a longer wait, entries would come and go between two polls.
            feed_wait = min(feed_wait, timedelta(seconds=poll.window_s / 2))
        wait = max(min(feed_wait, MAX_REQUESTED_WAIT), _quiet_wait(poll, previous))
    return poll.polled_at + wait if wait > timedelta() else None


def _failure_wait(poll: FeedPoll) -> timedelta:
    if poll.reason == GONE:
        return GONE_WAIT
    return min(max(poll.points - FREE_POINTS, 0.0) * WAIT_PER_POINT, MAX_FAILURE_WAIT)


def _quiet_wait(poll: FeedPoll, previous: FeedPoll | None) -> timedelta:
    if previous is None or poll.quiet <= FREE_QUIET_POLLS:
        return timedelta()
    gap = timedelta(days=1) / poll.entries_a_day if poll.entries_a_day else MAX_QUIET_WAIT
    return min(QUIET_GROWTH * (poll.polled_at - previous.polled_at), gap, MAX_QUIET_WAIT)


def points_of(reason: str, *, temporary: bool) -> float:
    """Return the points of a failure, from 1 for one that is unlikely to pass down to 0.25."""
    return FAILURE_POINTS.get(reason, TEMPORARY_POINTS if temporary else 1.0)


def requested_wait(headers: Mapping[str, str]) -> timedelta:
    """Return how long a response is fresh by Cache-Control, else by Expires (RFC 9111, 4.2.1)."""
    control = headers.get("cache-control", "")
    age = headers.get("age", "").strip()
    if "no-cache" in control.lower() or "no-store" in control.lower():
        return timedelta()
    if max_age := _MAX_AGE.search(control):
        age_s = int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0
        return _within_limit(timedelta(seconds=int(max_age[1]) - age_s))
    expires, date = http_date(headers.get("expires")), http_date(headers.get("date"))
    if expires is None or date is None:
        return timedelta()
    return _within_limit(expires - date)


def _within_limit(wait: timedelta) -> timedelta:
    return min(max(wait, timedelta()), MAX_REQUESTED_WAIT)


def entries_a_day(published: Iterable[datetime | None], at: datetime) -> float | None:
    """Return the entries a day of a feed over the last week, or None if no entry has a time."""
    times = [time for time in published if time is not None and time <= at]
    recent = [time for time in times if at - time <= RATE_PERIOD]
    if not times:
        return None
    # If all entries are recent, the feed lists only its latest ones, which span less than the period.
    span = at - min(recent) if len(recent) == len(times) else RATE_PERIOD
    return len(recent) / max(span / timedelta(days=1), 1 / 24)


def adopted(
    source: FeedSource, last: FeedPoll | None, at: datetime, configured: Collection[str]
) -> str | None:
    """Return the URL that a feed has moved to for good, or None if it is polled at its own.

    A move that only adds encryption counts at once. A move to another feed of the config never counts:
    both would list the same entries.
    """
    if last is None or last.moved_to is None or last.moved_since is None or last.moved_to in configured:
        return None
    old, new = urlsplit(source.url), urlsplit(last.moved_to)
    encrypted = (old.scheme, new.scheme) == ("http", "https") and old[1:] == new[1:]
    return last.moved_to if encrypted or at - last.moved_since >= ADOPT_AFTER else None


def moved(due: DueFeed, redirected_to: str | None, at: datetime) -> tuple[str | None, datetime | None]:
    """Return where a feed has moved to, and since when, after an answer reached by permanent redirects."""
    last = due.last
    target = redirected_to or due.moved_to
    if target is None or target == due.source.url:
        return None, None
    since = last.moved_since if last and last.moved_to == target else None
    return target, since or at
