"""Articles to tag, and what the tests look at in them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

from transforms.records import Article


def article(text: str, title: str = "", language: str | None = "en", **fields: str | None) -> Article:
    sample = Article(
        article_id="a",
        url="https://example.org/a",
        canonical_url="https://example.org/a",
        feed_url="https://example.org/feed",
        entry_id="1",
        title=title,
        text=text,
        fetched_at=datetime(2024, 5, 1, tzinfo=UTC),
        language=language,
    )
    return dataclasses.replace(sample, **fields)  # type: ignore[arg-type]


def codes(tagged: Article) -> list[str]:
    return [country.code for country in tagged.countries]


def place(tagged: Article, name: str) -> tuple[str, str | None]:
    (match,) = [place for place in tagged.places if place.name == name]
    return match.country, match.subdivision
