"""What all kinds of feed documents give: items as plain values, and what the feed says of itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """An entry of a feed as served: texts may be HTML, links relative."""

    link: str = ""
    id: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    authors: Sequence[str] = ()
    tags: Sequence[str] = ()
    published: datetime | None = None
    updated: datetime | None = None
    language: str | None = None
    image: str | None = None
    base: str | None = None
    """What its link is relative to, where the document says so."""
    publisher: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Items:
    """The items of a document, and what it says of itself."""

    items: Sequence[Item]
    title: str = ""
    language: str | None = None
    interval: timedelta | None = None
    """How often it asks to be polled."""
    hubs: tuple[str, ...] = ()
    """WebSub hubs that it announces."""
