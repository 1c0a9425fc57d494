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

# Maximum number of feeds checked per site; a site with more has one per section.
MAX_FEEDS = 30
SHOWN = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
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


def check(urls: Iterable[str], settings: FetchSettings) -> list[Found]:
    """Poll feeds as a run does, and once more with the validators that they sent."""

    async def all_of() -> list[Found]:
        async with Web(settings) as web:
            hosts = CircuitBreaker()
            return list(await asyncio.gather(*(_check(hosts, web, url, settings) for url in urls)))

    return asyncio.run(all_of())


async def _check(hosts: CircuitBreaker, web: Web, url: str, settings: FetchSettings) -> Found:
    at, due = datetime.now(UTC), DueFeed(FeedSource(url))
    answer = await ask(hosts, web, due, settings, at)
    poll, entries = poll_outcome(due, answer, at)
    if isinstance(answer, Failure) or poll.status == "failed":
        return Found(url, None, "", poll, (), None)
    title = parse_feed(answer.body, due.source, answer.url, at, answer.charset).title
    validators = None
    if poll.etag or poll.last_modified:
        again = await ask(hosts, web, DueFeed(due.source, poll), settings, at)
        honoured = isinstance(again, Response) and again.status == 304
        validators = "honoured" if honoured else "ignored"
    return Found(url, answer.url, title, poll, entries, validators)


def as_text(found: Found) -> str:
    """Format a checked feed for a terminal."""
    poll = found.poll
    if poll.status == "failed":
        return f"{found.url}\n  fails       {poll.reason}: {poll.detail}"
    now = poll.polled_at
    dates = sorted(entry.published_at for entry in found.entries if entry.published_at)
    rate = "unknown" if poll.entries_a_day is None else f"{poll.entries_a_day:.1f} a day over the last week"
    pairs = [
        ("title", found.title or "(none)"),
        ("address", found.final_url if found.final_url != found.url else None),
        ("moved to", poll.moved_to),
        ("entries", f"{len(found.entries):,}, {len(dates):,} of them with a time; {rate}"),
        ("newest", f"{span(now - dates[-1])} ago, oldest {span(now - dates[0])} ago" if dates else None),
        ("validators", found.validators or "none"),
        ("asks for", f"a poll every {span(timedelta(seconds=poll.asks_s))}" if poll.asks_s else None),
        ("hub", poll.hub),
        ("next poll", f"in {span(poll.next_poll_at - now)}" if poll.next_poll_at else "at every run"),
    ]
    lines = [found.url, *(f"  {name:<11} {value}" for name, value in pairs if value)]
    lines += [f"  - {entry.title or '(no title)'}  {entry.url}" for entry in found.entries[:SHOWN]]
    return "\n".join(lines)


def as_json(found: Found) -> dict[str, Any]:
    """Return a checked feed as plain values."""
    told = dataclasses.asdict(dataclasses.replace(found.poll, listed=b""))
    values = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items()
    }
    del values["listed"]
    shown = [{"title": entry.title, "url": entry.url} for entry in found.entries]
    return values | {
        "final_url": found.final_url,
        "title": found.title,
        "validators": found.validators,
        "entries": shown,
    }


def discover(site: str, settings: FetchSettings) -> list[Found]:
    """Find and check the feeds that a site announces, working ones first.

    The site announces feeds on the page at `site`, and news sitemaps in its robots.txt; sitemaps that
    are not feeds are left out. Raises RunError if the page cannot be read.
    """

    async def pages() -> tuple[Response | Failure, Response | Failure]:
        async with Web(settings) as web:
            return await web.get(site), await web.get(urljoin(site, "/robots.txt"))

    page, robots = asyncio.run(pages())
    if isinstance(page, Failure):
        raise RunError(f"{site}: {page.reason}: {page.detail}")
    linked = list(announced(page.body, page.url))[:MAX_FEEDS]
    named = []
    if isinstance(robots, Response):
        rules = Protego.parse(robots.body.decode("utf-8", "replace"))
        named = [url for url in dict.fromkeys(rules.sitemaps) if is_web_url(url) and url not in linked]
    found = check([*linked, *named[:MAX_FEEDS]], settings)
    told = [feed for feed in found if feed.url in linked or feed.poll.status != "failed"]
    return sorted(told, key=lambda feed: feed.poll.status == "failed")


def imported(path: str, config: Config | None) -> tuple[list[str | dict[str, str]], list[str]]:
    """Return the feeds of an OPML file, as a config has them, and remarks about them.

    Feeds that the file names twice, or that `config` has already, are left out with a remark. Raises
    ConfigError if the file cannot be read, is not OPML or names no feed.
    """
    known = {feed.url for feed in config.feeds} if config else set()
    kept: dict[str, FeedSource] = {}
    notes = []
    for feed in read_opml(Path(path)):
        if feed.url in known or feed.url in kept:
            notes.append(
                f"{feed.url}: {'in the config already' if feed.url in known else 'twice in the file'}"
            )
        else:
            kept[feed.url] = feed
    if not kept and not notes:
        raise ConfigError(f"{path}: expected an OPML file that names feeds, by xmlUrl")
    feeds: list[str | dict[str, str]] = [
        {"url": feed.url, "publisher": feed.publisher} if feed.publisher else feed.url
        for feed in kept.values()
    ]
    return feeds, notes
