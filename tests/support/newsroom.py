"""A small newsroom on loopback that publishes in rounds, for runs that are disturbed."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.config import Config, load_config
from tests.support.sites import Answer, Site, article_page, rss, serve

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su", "ta", "ve"),
    *("wi", "xo", "yu", "za", "ble", "dro", "fri", "gla", "kre", "pli", "sto", "tra"),
)
PARAGRAPHS, WORDS = 4, 35


def story(number: int) -> list[str]:
    """Return paragraphs that share no phrase with those of another number."""
    chance = random.Random(number)
    words = ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(PARAGRAPHS * WORDS)]
    starts = range(0, len(words), WORDS)
    return [f"{' '.join(words[start : start + WORDS]).capitalize()}." for start in starts]


class Newsroom:
    """Two sites and a config over both; the second site copies the first one's articles."""

    def __init__(self, folder: Path, wire: Site, paper: Site) -> None:
        self.sites = (wire, paper)
        self.published = 0
        self._items: tuple[list[dict[str, object]], ...] = ([], [])
        self.config = folder / "run.yaml"
        fetch = {"per_host_delay_s": 0, "allow_private_addresses": True, "timeout_s": 5}
        feeds = [f"{site.url}/feed.xml" for site in self.sites]
        settings = {"output": str(folder / "news"), "feeds": feeds, "fetch": fetch}
        self.config.write_text(json.dumps(settings), encoding="utf-8")

    def publish(self, stories: int, copies: int = 0, gone: int = 0) -> None:
        """Add stories to the first site, copies of the last to the second, and entries without a page."""
        self.published += stories
        for number in range(self.published - stories, self.published):
            self._add(0, f"/{number}", f"Story {number}", story(number))
        for number in range(self.published - copies, self.published):
            self._add(1, f"/copy{number}", f"Report {number}", [*story(number)[:3], "Sign up here."])
        for number in range(gone):
            self._add(0, f"/gone{self.published}-{number}", f"Gone {self.published} {number}", None)

    def _add(self, which: int, path: str, title: str, paragraphs: list[str] | None) -> None:
        site, items = self.sites[which], self._items[which]
        published = NOW - timedelta(hours=30) + timedelta(minutes=len(items), seconds=which)
        items.append({"title": title, "link": f"{site.url}{path}", "published": published})
        if paragraphs:
            site.pages[path] = Answer(article_page(title, paragraphs))
        site.pages["/feed.xml"] = rss(site.url, items, ("The Wire", "Prairie Post")[which])

    @property
    def urls(self) -> set[str]:
        """The URLs of all published entries."""
        return {str(item["link"]) for items in self._items for item in items}


def config_at(room: Newsroom, output: Path | str) -> Config:
    """Return the newsroom's config with another output."""
    return load_config(str(room.config), str(output))


@contextlib.contextmanager
def newsroom(folder: Path) -> Iterator[Newsroom]:
    """Yield a newsroom that has published nothing yet."""
    with serve() as wire, serve() as paper:
        room = Newsroom(folder, wire, paper)
        for site in room.sites:
            site.pages["/feed.xml"] = rss(site.url, [])
        yield room
