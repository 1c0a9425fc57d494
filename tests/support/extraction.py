"""Pages with a story of three paragraphs, and their articles."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from transforms.extract import extract_article
from transforms.records import Article, Entry, Page

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
URL = "https://gazette.example/news/ferry?utm_source=rss"
PARAGRAPHS = [
    "The ferry between Tarn and Oldhaven sailed again on Thursday after eleven weeks in dry dock, and the "
    "first crossing carried more bicycles than cars.",
    "Harbour master Ellen Vick said the new engine burned a third less fuel than the one it replaced, which "
    "had been in service since the year the bridge was closed.",
    "Fares stay as they were until the autumn, when the council will decide whether the night crossing is to "
    "be kept through the winter months.",
]


def entry(**values: object) -> Entry:
    """An entry of a feed that leads to the page."""
    return Entry("https://gazette.example/feed", "g-1", ("k",), URL, "Ferry sails again", **values)  # type: ignore[arg-type]


def page(html: str | bytes, url: str = URL, of: Entry | None = None, charset: str | None = "utf-8") -> Page:
    """The page as it was served, HTML or bytes."""
    return Page(of or entry(), url, html.encode() if isinstance(html, str) else html, charset, NOW)


def extracted(html: str | bytes, **values: object) -> Article:
    """The article of a page that has one."""
    outcome = extract_article(page(html, **values))  # type: ignore[arg-type]
    assert isinstance(outcome, Article), outcome
    return outcome


def structured_data(**values: object) -> str:
    """A script with structured data of a news article."""
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **values})}</script>'
