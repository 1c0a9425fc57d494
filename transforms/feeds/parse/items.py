"""Items of all kinds of feed documents as plain values, with the feed's own metadata."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta


@dataclasses.dataclass(frozen=True, slots=True)
class ParsedItem:
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
    """Base of its link, if the document declares one."""
    publisher: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class ParsedItems:
    """The items of a document and its own metadata."""

    items: Sequence[ParsedItem]
    title: str = ""
    language: str | None = None
    interval: timedelta | None = None
    """Poll interval that it asks for."""
    hubs: tuple[str, ...] = ()
    """WebSub hubs that it announces."""
