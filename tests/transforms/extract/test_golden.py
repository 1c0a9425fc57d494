"""Each golden page yields its whole article and nothing else, to the word."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.golden import Golden, golden_pages
from transforms.extract import extract_article
from transforms.records import Article, Entry, Page

GOLDEN = list(golden_pages())


@pytest.mark.parametrize("golden", GOLDEN, ids=[golden.name for golden in GOLDEN])
def test_the_whole_article_comes_out_and_nothing_else(golden: Golden) -> None:
    url = "https://gazette.example/news/story"
    published = datetime.fromisoformat(golden.published)
    entry = Entry("https://gazette.example/feed", url, (url,), url, golden.title, published_at=published)
    article = extract_article(Page(entry, url, golden.page, None, datetime(2026, 12, 1, tzinfo=UTC)))
    assert isinstance(article, Article)
    assert article.text.split("\n\n") == golden.body.split("\n\n")
    assert article.language is not None
    assert article.language.split("-")[0] == golden.language.split("-")[0]
    walled = golden.name.startswith("paywall")
    assert (article.extraction, article.paywalled) == (("json-ld", True) if walled else ("page", None))
