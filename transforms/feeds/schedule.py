"""Schedule of polls: pure functions of a feed's earlier polls.

Every run polls every feed, unless the feed asks for less, brings no new entries for long, or fails. Then
the wait grows up to a bound, and no feed is ever dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from transforms.reasons import GONE, Reason, http_status
from transforms.records import DueFeed, FeedPoll, FeedSource
from transforms.web.headers import http_date

# Limit of a feed's request: Retry-After has been seen at 88 hours (rss-fetcher), max-age at a year.
MAX_ASKED = timedelta(days=1)
# The first polls in a row without new entries cost nothing: someone may repeat a run by hand.
MAX_FREE_QUIET_POLLS = 3
# After them each wait grows by this factor, up to a bound and to the mean time between two entries.
QUIET_GROWTH = 1.5
MAX_QUIET_WAIT = timedelta(hours=6)
# Weights of failures, as in rss-fetcher: feeds that answered 404 came back, and names resolved again.
POINTS = {http_status(404): 0.5, Reason.DNS: 0.25}
TEMPORARY_POINTS = 0.5
# The first points cost nothing, each further one an hour: linear backoff is "kind to servers" (rss-fetcher).
MAX_FREE_POINTS = 3.0
WAIT_A_POINT = timedelta(hours=1)
MAX_FAILED_WAIT = timedelta(days=7)
# 410 is final (RFC 9110, 15.5.11); a mistaken one is noticed within a month.
GONE_WAIT = timedelta(days=30)
# Period over which a feed's entries per day are counted.
COUNTED = timedelta(days=7)
# A redirect must have been permanent this long before it is adopted (lion-reader).
ADOPTED_AFTER = timedelta(days=7)
# After this time validators are left out once: servers have sent the same ones for another body
# (rss-fetcher).
WHOLE_AFTER = timedelta(days=1)

_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)


def due_feeds(feeds: Iterable[DueFeed], at: datetime) -> tuple[DueFeed, ...]:
    """Return the feeds that are due."""
    return tuple(feed for feed in feeds if not (feed.last and (feed.last.next_poll_at or at) > at))


def validators(due: DueFeed, at: datetime) -> dict[str, str]:
    """Return the headers of a conditional request, echoed as sent; none if it is time for the whole body."""
    last = due.last
    if last is None or last.whole_at is None or at - last.whole_at >= WHOLE_AFTER:
        return {}
    sent = {"If-None-Match": last.etag, "If-Modified-Since": last.last_modified}
    return {name: value for name, value in sent.items() if value}


def next_poll(poll: FeedPoll, previous: FeedPoll | None, asked: timedelta) -> datetime | None:
    """Return when a feed may be polled again after `poll`; None for any time.

    Args:
        poll: the result, with its counts.
        previous: the poll before.
        asked: the interval in the response's headers (asked_by, or Retry-After of a failure).
    """
    if poll.status == "failed":
        wait = max(min(asked, MAX_ASKED), _failure_wait(poll))
    else:
        interval = max(asked, timedelta(seconds=poll.asks_s or 0.0))
        # With longer intervals, entries would come and go between two polls.
        interval = interval if poll.window_s is None else min(interval, timedelta(seconds=poll.window_s / 2))
        wait = max(min(interval, MAX_ASKED), _quiet_wait(poll, previous))
    return poll.polled_at + wait if wait > timedelta() else None


def _failure_wait(poll: FeedPoll) -> timedelta:
    if poll.reason == GONE:
        return GONE_WAIT
    return min(max(poll.points - MAX_FREE_POINTS, 0.0) * WAIT_A_POINT, MAX_FAILED_WAIT)


def _quiet_wait(poll: FeedPoll, previous: FeedPoll | None) -> timedelta:
    if previous is None or poll.quiet <= MAX_FREE_QUIET_POLLS:
        return timedelta()
    gap = timedelta(days=1) / poll.entries_a_day if poll.entries_a_day else MAX_QUIET_WAIT
    return min(QUIET_GROWTH * (poll.polled_at - previous.polled_at), gap, MAX_QUIET_WAIT)


def points_of(reason: str, *, temporary: bool) -> float:
    """Return the weight of a failure, 1 if it will hardly pass by itself."""
    return POINTS.get(reason, TEMPORARY_POINTS if temporary else 1.0)


def asked_by(headers: Mapping[str, str]) -> timedelta:
    """Return how long a response is fresh: Cache-Control, else Expires (RFC 9111, 4.2.1)."""
    control = headers.get("cache-control", "")
    age = headers.get("age", "").strip()
    if "no-cache" in control.lower() or "no-store" in control.lower():
        return timedelta()
    matched = _MAX_AGE.search(control)
    if matched:
        seconds = int(matched[1]) - (int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0)
        return min(max(timedelta(seconds=seconds), timedelta()), MAX_ASKED)
    expires, date = http_date(headers.get("expires")), http_date(headers.get("date"))
    if expires is None or date is None:
        return timedelta()
    return min(max(expires - date, timedelta()), MAX_ASKED)


def entries_a_day(published: Iterable[datetime | None], at: datetime) -> float | None:
    """Return the entries per day over the last week; None if they have no times."""
    times = [time for time in published if time is not None and time <= at]
    recent = [time for time in times if at - time <= COUNTED]
    if not times:
        return None
    # A feed whose entries are all recent shows only its last ones.
    span = at - min(recent) if len(recent) == len(times) else COUNTED
    return len(recent) / max(span / timedelta(days=1), 1 / 24)


def adopted(
    source: FeedSource, last: FeedPoll | None, at: datetime, configured: Collection[str]
) -> str | None:
    """Return the address to poll instead of the feed's own, once it has moved for long enough.

    A move that only adds encryption is adopted at once. A move to another feed of the config is not:
    both would bring the same entries.
    """
    if last is None or last.moved_to is None or last.moved_since is None or last.moved_to in configured:
        return None
    old, new = urlsplit(source.url), urlsplit(last.moved_to)
    encrypted = (old.scheme, new.scheme) == ("http", "https") and old[1:] == new[1:]
    return last.moved_to if encrypted or at - last.moved_since >= ADOPTED_AFTER else None


def moved(due: DueFeed, led_to: str | None, at: datetime) -> tuple[str | None, datetime | None]:
    """Return where a feed has moved to, and since when, after a response with redirects."""
    last = due.last
    target = led_to or due.moved_to
    if target is None or target == due.source.url:
        return None, None
    since = last.moved_since if last and last.moved_to == target else None
    return target, since or at
