"""The content of the sample newsroom: outlets.yaml and the articles' files."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import yaml

HERE = Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class SampleItem:
    """An entry of an outlet's feed, with the labels that the demo's test checks."""

    slug: str
    title: str
    published: datetime
    text: str = ""
    author: str = ""
    summary: str = ""
    country: str | None = None
    """Expected main country."""
    wire: str | None = None
    """Items with the same label are copies of one wire story."""
    edit: str | None = None
    event: str | None = None
    """Items with the same label report one event independently: they are not copies."""
    serves: str = "article"
    """article, login (a page without an article) or nothing."""
    reason: str | None = None
    """Expected reason of the reject."""


@dataclasses.dataclass(frozen=True)
class Outlet:
    """A news site of the sample newsroom."""

    slug: str
    name: str
    language: str
    feed: str
    layout: str
    country: str | None = None
    encoding: str = "utf-8"
    opml: bool = False
    robots: str | None = None
    items: tuple[SampleItem, ...] = ()

    @property
    def feed_path(self) -> str:
        """Path of its feed."""
        return "/feed.json" if self.feed == "json" else "/feed.xml"


def load_outlets() -> tuple[Outlet, ...]:
    """Load the outlets from outlets.yaml and their articles' files."""
    document = yaml.safe_load((HERE / "outlets.yaml").read_text(encoding="utf-8"))
    outlets = []
    for fields in document["outlets"]:
        extras = fields.pop("extras", [])
        files = sorted((HERE / "outlets" / fields["slug"]).glob("*.md"))
        items = [_read_item(path) for path in files]
        items += [SampleItem(published=datetime(2026, 3, 4, 9, tzinfo=UTC), **extra) for extra in extras]
        items.sort(key=lambda item: (item.published, item.slug), reverse=True)
        outlets.append(Outlet(**fields, items=tuple(items)))
    return tuple(outlets)


def _read_item(path: Path) -> SampleItem:
    _, front, text = path.read_text(encoding="utf-8").split("---\n", 2)
    fields = yaml.safe_load(front)
    published = fields.pop("published")
    if isinstance(published, str):
        published = datetime.fromisoformat(published)
    return SampleItem(slug=path.stem, text=text.strip(), published=published.astimezone(UTC), **fields)
