"""Articles to compare with each other."""

from datetime import UTC, datetime, timedelta

from tests.support.copies_samples import WIRE
from transforms.records import Article

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)


def article(article_id, paragraphs, *, hours=0.0, publisher=None, title="A title", agency=None):
    text = paragraphs if isinstance(paragraphs, str) else "\n\n".join(paragraphs)
    return Article(
        article_id=article_id,
        url=f"https://example.org/{article_id}",
        canonical_url=f"https://example.org/{article_id}",
        feed_url="https://example.org/feed",
        entry_id=article_id,
        title=title,
        text=text,
        fetched_at=NOON + timedelta(days=30),
        published_at=NOON + timedelta(hours=hours),
        publisher=publisher or f"Publisher of {article_id}",
        agency=agency,
    )


def wire(**changes):
    return article("wire", WIRE, **changes)
