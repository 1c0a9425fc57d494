"""Check feeds live, before they are in a config; stores nothing."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from protego import Protego

from pipeline.config import Config, read_opml
from pipeline.errors import ConfigError, RunError
from pipeline.inspect.feeds import span
from transforms.feeds import announced, parse_feed, poll_outcome
from transforms.feeds.poll import ask
from transforms.records import DueFeed, Entry, FeedPoll, FeedSource
from transforms.text.urls import is_web_url
from transforms.web.circuit import CircuitBreaker
from transforms.web.client import Failure, FetchSettings, Response, Web

MAX_FEEDS = 30
"""Maximum number of feeds checked per site; a site with more has one per section."""
MAX_SHOWN_ENTRIES = 3
"""Maximum number of entries shown per feed."""


@dataclasses.dataclass(frozen=True, slots=True)
class CheckedFeed:
    """A feed as it answered just now."""

    url: str
    final_url: str | None
    """Address after redirects; None if it failed."""
    title: str
    poll: FeedPoll
    """The poll that a run would store."""
    entries: tuple[Entry, ...]
    validators: str | None
    """Whether the server honours or ignores its own validators; None if it sent none."""


def check(urls: Iterable[str], settings: FetchSettings) -> list[CheckedFeed]:
    """Poll feeds as a run does, and once more with the validators that they sent."""

    async def check_all() -> list[CheckedFeed]:
        async with Web(settings) as web:
            hosts = CircuitBreaker()
            return list(await asyncio.gather(*(_check(hosts, web, url, settings) for url in urls)))

    return asyncio.run(check_all())


async def _check(hosts: CircuitBreaker, web: Web, url: str, settings: FetchSettings) -> CheckedFeed:
    at, due = datetime.now(UTC), DueFeed(FeedSource(url))
    answer = await ask(hosts, web, due, settings, at)
    poll, entries = poll_outcome(due, answer, at)
    if isinstance(answer, Failure) or poll.status == "failed":
        return CheckedFeed(url, None, "", poll, (), None)
    title = parse_feed(answer.body, due.source, answer.url, at, answer.charset).title
    validators = None
    if poll.etag or poll.last_modified:
        again = await ask(hosts, web, DueFeed(due.source, poll), settings, at)
        honoured = isinstance(again, Response) and again.status == 304
        validators = "honoured" if honoured else "ignored"
    return CheckedFeed(url, answer.url, title, poll, entries, validators)


def as_text(feed: CheckedFeed) -> str:
    """Format a checked feed for a terminal."""
    poll = feed.poll
    if poll.status == "failed":
        return f"{feed.url}\n  fails       {poll.reason}: {poll.detail}"
    now = poll.polled_at
    dates = sorted(entry.published_at for entry in feed.entries if entry.published_at)
    rate = "unknown" if poll.entries_a_day is None else f"{poll.entries_a_day:.1f} a day over the last week"
    pairs = [
        ("title", feed.title or "(none)"),
        ("address", feed.final_url if feed.final_url != feed.url else None),
        ("moved to", poll.moved_to),
        ("entries", f"{len(feed.entries):,}, {len(dates):,} of them with a time; {rate}"),
        ("newest", f"{span(now - dates[-1])} ago, oldest {span(now - dates[0])} ago" if dates else None),
        ("validators", feed.validators or "none"),
        ("asks for", f"a poll every {span(timedelta(seconds=poll.asks_s))}" if poll.asks_s else None),
        ("hub", poll.hub),
        ("next poll", f"in {span(poll.next_poll_at - now)}" if poll.next_poll_at else "at every run"),
    ]
    lines = [feed.url, *(f"  {name:<11} {value}" for name, value in pairs if value)]
    lines += [f"  - {entry.title or '(no title)'}  {entry.url}" for entry in feed.entries[:MAX_SHOWN_ENTRIES]]
    return "\n".join(lines)


def as_json(feed: CheckedFeed) -> dict[str, Any]:
    """Return a checked feed as plain values."""
    poll = dataclasses.asdict(dataclasses.replace(feed.poll, listed=b""))
    values = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in poll.items()
    }
    del values["listed"]
    entries = [{"title": entry.title, "url": entry.url} for entry in feed.entries]
    return values | {
        "final_url": feed.final_url,
        "title": feed.title,
        "validators": feed.validators,
        "entries": entries,
    }


def discover(site: str, settings: FetchSettings) -> list[CheckedFeed]:
    """Find and check the feeds that a site announces, working ones first.

    The site announces feeds on the page at `site`, and news sitemaps in its robots.txt; sitemaps that
    are not feeds are left out. Raises RunError if the page cannot be read.
    """

    async def pages() -> tuple[Response | Failure, Response | Failure]:
        async with Web(settings) as web:
            return await web.get(site), await web.get(urljoin(site, "/robots.txt"))

    page, robots = asyncio.run(pages())
    if isinstance(page, Failure):
        raise RunError(f"{site}: cannot be read: {page.reason}: {page.detail}")
    linked = list(announced(page.body, page.url))[:MAX_FEEDS]
    sitemaps = []
    if isinstance(robots, Response):
        rules = Protego.parse(robots.body.decode("utf-8", "replace"))
        sitemaps = [url for url in dict.fromkeys(rules.sitemaps) if is_web_url(url) and url not in linked]
    feeds = check([*linked, *sitemaps[:MAX_FEEDS]], settings)
    shown = [feed for feed in feeds if feed.url in linked or feed.poll.status != "failed"]
    return sorted(shown, key=lambda feed: feed.poll.status == "failed")


def imported(path: str, config: Config | None) -> tuple[list[str | dict[str, str]], list[str]]:
    """Return the feeds of an OPML file, as a config has them, and remarks about them.

    Feeds that the file names twice, or that `config` has already, are left out with a remark. Raises
    ConfigError if the file cannot be read, is not OPML or names no feed.
    """
    known = {feed.url for feed in config.feeds} if config else set()
    new: dict[str, FeedSource] = {}
    remarks = []
    for feed in read_opml(Path(path)):
        if feed.url in known or feed.url in new:
            reason = "already in the config" if feed.url in known else "more than once in the file"
            remarks.append(f"{feed.url}: left out, {reason}")
        else:
            new[feed.url] = feed
    if not new and not remarks:
        raise ConfigError(f"{path}: no feed found, expected an OPML file with an xmlUrl attribute per feed")
    feeds: list[str | dict[str, str]] = [
        {"url": feed.url, "publisher": feed.publisher} if feed.publisher else feed.url
        for feed in new.values()
    ]
    return feeds, remarks
