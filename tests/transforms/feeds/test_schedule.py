"""When a feed is polled again, by what it asks for, how often it has news, and how it fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.feeds import adopted, due_feeds, poll_outcome
from transforms.feeds.schedule import entries_a_day, requested_wait, validators
from transforms.records import DueFeed, FeedPoll, FeedSource
from transforms.web.client import Failure, Response

FEED = "http://gazette.example/feed"
SOURCE = FeedSource(FEED)
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def rss(*links: str, head: str = "", at: datetime = NOON - DAY) -> bytes:
    items = "".join(
        f"<item><title>{link}</title><link>http://gazette.example/{link}</link>"
        f"<pubDate>{at - number * HOUR:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
        for number, link in enumerate(links)
    )
    return f'<rss version="2.0"><channel><title>G</title>{head}{items}</channel></rss>'.encode()


def answer(body: bytes = rss("a"), **values: Any) -> Response:
    return Response(FEED, 304 if not body else 200, body, "application/rss+xml", None, **values)


def polled(outcome: Response | Failure, last: FeedPoll | None = None, at: datetime = NOON) -> FeedPoll:
    return poll_outcome(DueFeed(SOURCE, last), outcome, at)[0]


def failed(reason: str, times: int, *, temporary: bool = True) -> FeedPoll:
    poll: FeedPoll | None = None
    for number in range(times):
        poll = polled(Failure(reason, "", temporary), poll, NOON + number * MINUTE)
    assert poll
    return poll


def wait(poll: FeedPoll) -> timedelta:
    return (poll.next_poll_at or poll.polled_at) - poll.polled_at


class TestAFeedThatAnswers:
    def test_is_due_at_once_unless_it_asks_for_fewer_polls(self) -> None:
        poll = polled(answer())
        assert poll.next_poll_at is None
        assert due_feeds([DueFeed(SOURCE, poll)], NOON) == (DueFeed(SOURCE, poll),)

    @pytest.mark.parametrize(
        ("headers", "requested_s"),
        [
            ({"cache-control": "public, max-age=600"}, 600),
            ({"cache-control": "max-age=600", "age": "500"}, 100),
            ({"cache-control": "max-age=600", "age": "9000"}, 0),
            ({"cache-control": "no-cache, max-age=600"}, 0),
            ({"cache-control": "max-age=99999999999"}, 86_400),
            ({"expires": "Thu, 05 Mar 2026 13:00:00 GMT", "date": "Thu, 05 Mar 2026 12:00:00 GMT"}, 3_600),
            ({"expires": "0", "date": "Thu, 05 Mar 2026 12:00:00 GMT"}, 0),
            ({"expires": "Thu, 05 Mar 2026 13:00:00 GMT"}, 0),
            ({"expires": f"Thu, 05 Mar {10**20} 13:00:00 GMT", "date": "Thu, 05 Mar 2026 12:00:00 GMT"}, 0),
            (
                {
                    "cache-control": "max-age=60",
                    "expires": "Thu, 05 Mar 2026 13:00:00 GMT",
                    "date": "Thu, 05 Mar 2026 12:00:00 GMT",
                },
                60,
            ),
        ],
    )
    def test_is_not_polled_while_its_answer_is_fresh(self, headers: dict[str, str], requested_s: int) -> None:
        assert requested_wait(headers) == timedelta(seconds=requested_s)
        poll = polled(answer(rss("a", at=NOON - 30 * DAY), headers=headers))
        assert wait(poll) == timedelta(seconds=requested_s)
        assert bool(due_feeds([DueFeed(SOURCE, poll)], NOON)) == (requested_s == 0)
        assert due_feeds([DueFeed(SOURCE, poll)], NOON + timedelta(seconds=requested_s))

    def test_waits_no_longer_than_half_the_time_that_its_list_spans(self) -> None:
        # Three entries in three hours: after an hour and a half the first may be gone.
        body = rss("a", "b", "c", at=NOON - HOUR)
        assert wait(polled(answer(body, headers={"cache-control": "max-age=86000"}))) == 1.5 * HOUR

    @given(st.text(max_size=40), st.text(max_size=20))
    def test_may_send_any_headers(self, control: str, expires: str) -> None:
        headers = {"cache-control": control, "expires": expires, "date": expires, "age": control}
        assert timedelta() <= requested_wait(headers) <= DAY

    def test_without_news_waits_longer_and_longer_until_it_has_news(self) -> None:
        at, poll, waits = NOON, polled(answer(rss("a", at=NOON - 30 * DAY))), []
        for _ in range(16):
            at = max(at + 15 * MINUTE, poll.next_poll_at or at)
            poll = polled(answer(b""), poll, at)
            waits.append(wait(poll))
        assert waits[:3] == [timedelta()] * 3
        assert waits[3] == 1.5 * 15 * MINUTE
        assert waits[4] == 1.5 * waits[3]
        assert waits == sorted(waits)
        assert waits[-1] == 6 * HOUR
        news = polled(answer(rss("a", "b", at=NOON - 30 * DAY)), poll, at + DAY)
        assert (news.quiet, wait(news)) == (0, timedelta())

    def test_with_the_same_entries_in_a_changed_document_has_no_news(self) -> None:
        first = polled(answer())
        second = polled(answer(rss("a", head="<lastBuildDate>now</lastBuildDate>")), first)
        assert (second.status, second.quiet) == ("read", 1)

    def test_waits_no_longer_than_the_time_between_two_entries(self) -> None:
        poll: FeedPoll | None = polled(answer(rss("a", "b", "c", "d", at=NOON - HOUR)))
        for number in range(1, 9):
            poll = polled(answer(b""), poll, NOON + number * 3 * HOUR)
        assert poll
        assert wait(poll) == HOUR

    def test_is_requested_unconditionally_once_a_day(self) -> None:
        poll = polled(answer(etag='W/"x"', last_modified="Thu, then"))
        headers = {"If-None-Match": 'W/"x"', "If-Modified-Since": "Thu, then"}
        assert validators(DueFeed(SOURCE, poll), NOON + HOUR) == headers
        same = polled(answer(b""), poll, NOON + 23 * HOUR)
        assert validators(DueFeed(SOURCE, same), NOON + 24 * HOUR) == {}
        whole = polled(answer(etag='W/"y"'), same, NOON + 24 * HOUR)
        assert (whole.status, whole.whole_at) == ("unchanged", NOON + 24 * HOUR)
        assert validators(DueFeed(SOURCE, whole), NOON + 25 * HOUR) == {"If-None-Match": 'W/"y"'}


class TestAFeedThatFails:
    def test_is_due_at_once_after_the_first_few_failures(self) -> None:
        assert wait(failed("http-500", 6)) == timedelta()
        assert wait(failed("http-404", 6, temporary=False)) == timedelta()
        assert wait(failed("dns", 12)) == timedelta()

    def test_then_waits_longer_and_longer_but_is_never_dropped(self) -> None:
        waits = [wait(failed("not-a-feed", times, temporary=False)) for times in (4, 5, 6, 400)]
        assert waits == [HOUR, 2 * HOUR, 3 * HOUR, 7 * DAY]

    def test_waits_less_after_failures_that_often_pass(self) -> None:
        hard, soft, name = (failed(reason, 20, temporary=False) for reason in ("x", "http-404", "dns"))
        assert wait(hard) > wait(soft) > wait(name) > timedelta()

    def test_that_is_gone_is_polled_once_a_month(self) -> None:
        assert wait(failed("http-410", 1, temporary=False)) == 30 * DAY

    def test_waits_as_long_as_it_asks_for_but_a_day_at_most(self) -> None:
        assert wait(polled(Failure("http-503", "", True, retry_after_s=90.0))) == 90 * timedelta(seconds=1)
        assert wait(polled(Failure("http-503", "", True, retry_after_s=88 * 3600.0))) == DAY

    def test_resets_its_failures_once_it_answers_and_keeps_its_validators(self) -> None:
        first = polled(answer(etag='"x"'))
        down = polled(Failure("timeout", "", True), first, NOON + HOUR)
        assert (down.failures, down.etag, down.succeeded_at) == (1, '"x"', NOON)
        up = polled(answer(b""), down, NOON + 2 * HOUR)
        assert (up.failures, up.points, up.reason, up.succeeded_at) == (0, 0.0, None, NOON + 2 * HOUR)


class TestAFeedThatMoved:
    TARGET = "http://gazette.example/new"

    def test_is_polled_at_its_new_url_after_a_week(self) -> None:
        first = polled(answer(moved_to=self.TARGET))
        second = polled(answer(moved_to=self.TARGET), first, NOON + 6 * DAY)
        assert (second.moved_to, second.moved_since) == (self.TARGET, NOON)
        assert adopted(SOURCE, second, NOON + 6 * DAY, {FEED}) is None
        assert adopted(SOURCE, second, NOON + 7 * DAY, {FEED}) == self.TARGET

    def test_to_https_is_polled_there_at_once(self) -> None:
        target = FEED.replace("http:", "https:")
        assert adopted(SOURCE, polled(answer(moved_to=target)), NOON, {FEED}) == target

    def test_to_another_feed_of_the_config_is_polled_as_before(self) -> None:
        poll = polled(answer(moved_to=self.TARGET))
        assert adopted(SOURCE, poll, NOON + 30 * DAY, {FEED, self.TARGET}) is None

    def test_stays_moved_while_its_new_url_answers_and_goes_back_when_it_fails(self) -> None:
        last = polled(answer(moved_to=self.TARGET))
        due = DueFeed(SOURCE, last, moved_to=self.TARGET)
        assert due.address == self.TARGET
        unchanged = poll_outcome(due, answer(b""), NOON + 8 * DAY)[0]
        assert (unchanged.moved_to, unchanged.moved_since) == (self.TARGET, NOON)
        failing = poll_outcome(due, Failure("http-404", "", False), NOON + 8 * DAY)[0]
        assert adopted(SOURCE, failing, NOON + 30 * DAY, {FEED}) is None

    def test_back_is_polled_as_before(self) -> None:
        first = polled(answer(moved_to=self.TARGET))
        assert polled(answer(), first, NOON + DAY).moved_to is None


class TestEntriesADay:
    def test_are_counted_over_the_last_week(self) -> None:
        times = [NOON - number * 12 * HOUR for number in range(40)]
        assert entries_a_day(times, NOON) == pytest.approx(15 / 7)

    def test_are_estimated_if_the_feed_lists_only_its_latest_entries(self) -> None:
        assert entries_a_day([NOON - HOUR, NOON - 2 * HOUR], NOON) == pytest.approx(24.0)

    def test_are_zero_if_all_entries_are_old_and_unknown_without_times(self) -> None:
        assert entries_a_day([NOON - 300 * DAY], NOON) == 0
        assert entries_a_day([None, NOON + DAY], NOON) is None
