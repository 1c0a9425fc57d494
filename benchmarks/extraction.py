"""Extraction against trafilatura's own defaults over the same labelled pages: quality and time of both.

    python -m benchmarks.extraction PAGES.jsonl

Quality is measured on 4-gram shingles, each page's counts divided by their sum before
they are added up (the labels are each article's `body`). Ours is told the title and
the date, as a feed tells them.
"""

from __future__ import annotations

import argparse
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trafilatura

from benchmarks.sites import load
from transforms.extract import extract_article
from transforms.records import Article, Entry, Page


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """The word 4-grams of a text, with how often each stands in it."""
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text))
    if len(words) < size:
        return Counter([tuple(words)] if words else [])
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def quality(articles: list[dict[str, Any]], texts: list[str]) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    right = extra = lost = 0.0
    for article, text in zip(articles, texts, strict=True):
        want, have = shingles(article["body"]), shingles(text)
        both = (want & have).total()
        total = want.total() + have.total() - both or 1
        right, extra = right + both / total, extra + (have.total() - both) / total
        lost += (want.total() - both) / total
    precision, recall = right / (right + extra or 1), right / (right + lost or 1)
    return precision, recall, 2 * precision * recall / (precision + recall or 1)


def by_trafilatura(article: dict[str, Any]) -> str:
    """The text by trafilatura with metadata, otherwise as it comes."""
    document = trafilatura.bare_extraction(article["page"], with_metadata=True)
    return (document.text or "") if document else ""


def by_us(article: dict[str, Any]) -> str:
    """The text by ExtractArticles' function."""
    published = datetime.fromisoformat(article["published"])
    url = f"https://{article['id'].lower()}.example/a"
    entry = Entry("https://feed.example/", url, (url,), url, article["title"], published_at=published)
    outcome = extract_article(Page(entry, url, article["page"], None, datetime.now(UTC)))
    return outcome.text if isinstance(outcome, Article) else ""


def main() -> None:
    """Prints a line for each extractor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=Path)
    articles = load(parser.parse_args().pages)
    extractors: dict[str, Callable[[dict[str, Any]], str]] = {
        "trafilatura": by_trafilatura,
        "copytaster": by_us,
    }
    for extract in extractors.values():
        extract(articles[0])  # Word lists and caches are loaded at the first page.
    for name, extract in extractors.items():
        started = time.perf_counter()
        texts = [extract(article) for article in articles]
        rate = len(articles) / (time.perf_counter() - started)
        precision, recall, f1 = quality(articles, texts)
        figures = f"precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}"
        print(f"{name:<12} {figures}  {rate:5.1f} pages a second")


if __name__ == "__main__":
    main()
