"""When a feed is polled next, and where: plain functions of what its polls have told.

A feed is polled by every run, unless it asks for less, brings nothing for long, or
fails: then it waits, ever longer up to a bound, and is never dropped silently.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from transforms.reasons import GONE, Reason, http_status
from transforms.records import DueFeed, FeedPoll, FeedSource
from transforms.web.headers import http_date

# What a feed asks for: Retry-After has been seen at 88 hours (rss-fetcher), max-age at a year.
LONGEST_ASKED = timedelta(days=1)
# The first polls in a row without news cost nothing: a run may be repeated by hand.
FREE_QUIET = 3
# Then each wait is this many times the last, up to a bound, and to the mean time between two entries.
QUIET_GROWTH = 1.5
LONGEST_QUIET = timedelta(hours=6)
# What a failure counts: as in rss-fetcher, where feeds that answer 404 came back, and names resolved again.
POINTS = {http_status(404): 0.5, Reason.DNS: 0.25}
TEMPORARY_POINTS = 0.5
# The first points cost nothing, each further one an hour: linear backoff is "kind to servers" (rss-fetcher).
FREE_POINTS = 3.0
WAIT_A_POINT = timedelta(hours=1)
LONGEST_FAILED = timedelta(days=7)
# 410 is final (RFC 9110, 15.5.11); said by mistake, it is found out in a month.
GONE_WAIT = timedelta(days=30)
# Over so many days entries are counted to tell how many a day a feed brings.
COUNTED = timedelta(days=7)
# A redirect must have been permanent for so long before a feed is asked at its new address (lion-reader).
ADOPTED_AFTER = timedelta(days=7)
# After so long the validators are left out: servers have sent the same ones for another body (rss-fetcher).
WHOLE_AFTER = timedelta(days=1)

_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)


def due_feeds(feeds: Iterable[DueFeed], at: datetime) -> tuple[DueFeed, ...]:
    """The feeds that are to be polled now."""
    return tuple(feed for feed in feeds if not (feed.last and (feed.last.next_poll_at or at) > at))


def validators(due: DueFeed, at: datetime) -> dict[str, str]:
    """The headers of a conditional request, echoed as they were sent; none where it is time for the whole."""
    last = due.last
    if last is None or last.whole_at is None or at - last.whole_at >= WHOLE_AFTER:
        return {}
    sent = {"If-None-Match": last.etag, "If-Modified-Since": last.last_modified}
    return {name: value for name, value in sent.items() if value}


def next_poll(poll: FeedPoll, previous: FeedPoll | None, asked: timedelta) -> datetime | None:
    """When a feed may be polled again after `poll`; None is at once.

    Args:
        poll: what came of it, with its counts.
        previous: the poll before.
        asked: what the answer's headers ask for (asked_by, or Retry-After of a failure).
    """
    if poll.status == "failed":
        wait = max(min(asked, LONGEST_ASKED), _failure_wait(poll))
    else:
        told = max(asked, timedelta(seconds=poll.asks_s or 0.0))
        # Asked more seldom than that, entries would come and go between two polls.
        told = told if poll.window_s is None else min(told, timedelta(seconds=poll.window_s / 2))
        wait = max(min(told, LONGEST_ASKED), _quiet_wait(poll, previous))
    return poll.polled_at + wait if wait > timedelta() else None


def _failure_wait(poll: FeedPoll) -> timedelta:
    if poll.reason == GONE:
        return GONE_WAIT
    return min(max(poll.points - FREE_POINTS, 0.0) * WAIT_A_POINT, LONGEST_FAILED)


def _quiet_wait(poll: FeedPoll, previous: FeedPoll | None) -> timedelta:
    if previous is None or poll.quiet <= FREE_QUIET:
        return timedelta()
    gap = timedelta(days=1) / poll.entries_a_day if poll.entries_a_day else LONGEST_QUIET
    return min(QUIET_GROWTH * (poll.polled_at - previous.polled_at), gap, LONGEST_QUIET)


def points_of(reason: str, *, temporary: bool) -> float:
    """What a failure counts: 1 where it will hardly pass by itself."""
    return POINTS.get(reason, TEMPORARY_POINTS if temporary else 1.0)


def asked_by(headers: Mapping[str, str]) -> timedelta:
    """How long an answer is fresh by its own words: Cache-Control, else Expires (RFC 9111, 4.2.1)."""
    control = headers.get("cache-control", "")
    age = headers.get("age", "").strip()
    if "no-cache" in control.lower() or "no-store" in control.lower():
        return timedelta()
    found = _MAX_AGE.search(control)
    if found:
        seconds = int(found[1]) - (int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0)
        return min(max(timedelta(seconds=seconds), timedelta()), LONGEST_ASKED)
    expires, date = http_date(headers.get("expires")), http_date(headers.get("date"))
    if expires is None or date is None:
        return timedelta()
    return min(max(expires - date, timedelta()), LONGEST_ASKED)


def entries_a_day(published: Iterable[datetime | None], at: datetime) -> float | None:
    """How many entries a day a feed brings, by their times of the last week; None where it tells none."""
    times = [time for time in published if time is not None and time <= at]
    recent = [time for time in times if at - time <= COUNTED]
    if not times:
        return None
    # A feed all of whose entries are recent shows only its last ones.
    span = at - min(recent) if len(recent) == len(times) else COUNTED
    return len(recent) / max(span / timedelta(days=1), 1 / 24)


def adopted(
    source: FeedSource, last: FeedPoll | None, at: datetime, configured: Collection[str]
) -> str | None:
    """Where a feed is asked for instead of its own URL: where it has moved to for long enough.

    A move that only adds encryption is followed at once. One to another feed of the
    config is not: both would bring the same.
    """
    if last is None or last.moved_to is None or last.moved_since is None or last.moved_to in configured:
        return None
    old, new = urlsplit(source.url), urlsplit(last.moved_to)
    encrypted = (old.scheme, new.scheme) == ("http", "https") and old[1:] == new[1:]
    return last.moved_to if encrypted or at - last.moved_since >= ADOPTED_AFTER else None


def moved(due: DueFeed, led_to: str | None, at: datetime) -> tuple[str | None, datetime | None]:
    """Where a feed has moved to, and since when it says so, after an answer that redirects led to."""
    last = due.last
    target = led_to or due.moved_to
    if target is None or target == due.source.url:
        return None, None
    since = last.moved_since if last and last.moved_to == target else None
    return target, since or at
