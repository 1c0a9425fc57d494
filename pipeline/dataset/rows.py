"""Rows of articles/ and copies/, turned back into records."""

from __future__ import annotations

from typing import Any

from pipeline.errors import ConfigError
from transforms.copies import Signature, signature
from transforms.records import Article

Row = dict[str, Any]


def article_of(row: Row) -> Article:
    """Return the article of a row, with the fields that comparing and tagging need."""
    return Article(
        article_id=row["article_id"],
        url=row.get("url") or "",
        canonical_url="",
        feed_url="",
        entry_id="",
        title=row["title"] or "",
        text=row["text"] or "",
        fetched_at=row["fetched_at"],
        published_at=row.get("published_at"),
        publisher=row.get("publisher"),
        publisher_domain=row.get("publisher_domain"),
        agency=row.get("agency"),
        dateline=row.get("dateline"),
        language=row.get("language"),
    )


def signature_of(row: Row) -> Signature:
    """Compute the signature of an article from its row.

    Raises ConfigError for a copy whose text was not kept.
    """
    if row["text"] is None:
        raise ConfigError(
            f"{row['article_id']}: no text to compare; copies.keep_text was off when it was stored"
        )
    return signature(article_of(row))
