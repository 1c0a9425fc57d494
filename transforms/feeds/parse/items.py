"""Results of the parsers: items as plain values, and the properties of the feed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta


@dataclasses.dataclass(frozen=True, slots=True)
class ParsedItem:
    """An item of a feed as served: texts may be HTML, links may be relative."""

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
    """Base URL of its link, if the document declares one."""
    publisher: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class ParsedItems:
    """The items and the properties of a feed document."""

    items: Sequence[ParsedItem]
    title: str = ""
    language: str | None = None
    interval: timedelta | None = None
    """Wait between two polls that the document asks for."""
    hubs: tuple[str, ...] = ()
    """URLs of its WebSub hubs."""
