"""Compare the text, authors and dates that extractors find on the same labelled pages.

    python -m benchmarks.studies.extraction PAGES.jsonl [--compare] [--memory 20000]

Texts are compared with the label `body` by word 4-grams. Each page's counts are divided by their sum, so that
all pages weigh the same. Authors are right if all names are found and no others; dates are right to the day.
Both are taken from the page alone: our extractor gets the feed's title and time only for the text.

--compare adds newspaper4k, news-please, resiliparse and readability-lxml (from the extra `bench`). The
extractors take turns page by page, so that other work on the machine slows all of them equally. --memory
extracts the pages again and again, up to the given number, and prints the memory of the process.
"""

from __future__ import annotations

import argparse
import itertools
import re
import resource
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import lxml.html
import trafilatura

from benchmarks.lib.sites import load
from transforms.extract import extract_article
from transforms.extract.page import decode_page
from transforms.records import Article, Entry, Page

Labelled = dict[str, Any]
Extractor = Callable[[Labelled], str]


class Quality(NamedTuple):
    """Precision, recall and F1 of texts over all pages, and the speed."""

    precision: float
    recall: float
    f1: float
    rate: float
    """Pages a second."""


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """Count the word 4-grams of a text."""
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text))
    if len(words) < size:
        return Counter([tuple(words)] if words else [])
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def quality(articles: Iterable[Labelled], texts: Iterable[str]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the texts of articles."""
    right = extra = missing = 0.0
    for article, text in zip(articles, texts, strict=True):
        expected, actual = shingles(article["body"]), shingles(text)
        shared = (expected & actual).total()
        total = expected.total() + actual.total() - shared or 1
        right += shared / total
        extra += (actual.total() - shared) / total
        missing += (expected.total() - shared) / total
    precision, recall = right / (right + extra or 1), right / (right + missing or 1)
    return precision, recall, 2 * precision * recall / (precision + recall or 1)


def by_trafilatura(**options: bool) -> Extractor:
    """Return trafilatura as an extractor, with these options and its defaults."""

    def text(article: Labelled) -> str:
        document = trafilatura.bare_extraction(article["page"], **options)
        return (document.text or "") if document else ""

    return text


def extract(article: Labelled, *, with_feed: bool = True) -> Article | None:
    """Extract a page as ExtractArticles does, with or without the title and time of a feed."""
    published = datetime.fromisoformat(article["published"]) if with_feed else None
    url = f"https://{article['id'].lower().replace('_', '-')}.example/a"
    title = article["title"] if with_feed else ""
    entry = Entry("https://feed.example/", url, (url,), url, title, published_at=published)
    outcome = extract_article(Page(entry, url, article["page"], None, datetime.now(UTC)))
    return outcome if isinstance(outcome, Article) else None


def by_us(article: Labelled) -> str:
    """Extract the text as ExtractArticles does."""
    outcome = extract(article)
    return outcome.text if outcome else ""


def by_newspaper(article: Labelled) -> str:
    """Extract the text with newspaper4k."""
    import newspaper  # noqa: PLC0415  Optional.

    parsed = newspaper.Article("https://page.example/a", fetch_images=False)
    parsed.download(input_html=decode_page(article["page"], None))
    parsed.parse()
    return str(parsed.text)


def by_news_please(article: Labelled) -> str:
    """Extract the text with news-please, which combines several extractors."""
    import newsplease  # noqa: PLC0415  Optional.

    parsed = newsplease.NewsPlease.from_html(
        decode_page(article["page"], None), "https://page.example/a", fetch_images=False
    )
    return parsed.maintext or ""


def by_resiliparse(article: Labelled) -> str:
    """Extract the text with resiliparse's rules for main content."""
    from resiliparse.extract.html2text import extract_plain_text  # noqa: PLC0415  Optional.

    return str(extract_plain_text(decode_page(article["page"], None), main_content=True))


def by_readability(article: Labelled) -> str:
    """Extract the text with readability-lxml, and strip its HTML."""
    import readability  # noqa: PLC0415  Optional.

    summary = readability.Document(decode_page(article["page"], None)).summary(html_partial=True)
    return "\n".join(lxml.html.fromstring(summary).itertext()) if summary.strip() else ""


OURS: dict[str, Extractor] = {"copytaster": by_us}
TRAFILATURA: dict[str, Extractor] = {
    "trafilatura": by_trafilatura(),
    "trafilatura, fast": by_trafilatura(fast=True),
    "trafilatura, with metadata": by_trafilatura(with_metadata=True),
}
OTHERS: dict[str, Extractor] = {
    "newspaper4k": by_newspaper,
    "news-please": by_news_please,
    "resiliparse": by_resiliparse,
    "readability-lxml": by_readability,
}


def measure(articles: list[Labelled], extractors: dict[str, Extractor]) -> dict[str, Quality]:
    """Run the extractors over all pages, taking turns; a failure counts as an empty text."""
    texts: dict[str, list[str]] = {name: [] for name in extractors}
    seconds = dict.fromkeys(extractors, 0.0)
    for extractor in extractors.values():
        _text(extractor, articles[0])  # The first page loads word lists and caches.
    for article in articles:
        for name, extractor in extractors.items():
            started = time.perf_counter()
            texts[name].append(_text(extractor, article))
            seconds[name] += time.perf_counter() - started
    return {
        name: Quality(*quality(articles, texts[name]), len(articles) / seconds[name]) for name in extractors
    }


def _text(extractor: Extractor, article: Labelled) -> str:
    try:
        return extractor(article)
    except Exception as error:  # Any library may fail on a page; that is part of the measure.
        print(f"{article['id']}: {type(error).__name__}: {error}", file=sys.stderr)
        return ""


def metadata_right(articles: list[Labelled]) -> tuple[float, float]:
    """Return the shares of labelled pages with the right authors, and with the right day."""
    authors, days = [], []
    for article in articles:
        outcome = extract(article, with_feed=False)
        if article.get("authors"):
            authors.append(_names(article["authors"]) == _names(outcome.authors if outcome else ()))
        if article.get("published"):
            published = outcome.published_at if outcome else None
            labelled = datetime.fromisoformat(article["published"]).astimezone(UTC)
            days.append(published is not None and published.date() == labelled.date())
    return sum(authors) / (len(authors) or 1), sum(days) / (len(days) or 1)


def _names(names: Iterable[str]) -> set[str]:
    return {" ".join(re.findall(r"\w+", unicodedata.normalize("NFC", name).casefold())) for name in names}


def print_memory(articles: list[Labelled], pages: int, steps: int = 10) -> None:
    """Extract this many pages, and print the resident memory of the process after each step."""
    for number, article in enumerate(itertools.islice(itertools.cycle(articles), pages), start=1):
        by_us(article)
        if number % (pages // steps) == 0:
            # On Linux the second field of statm is the resident memory in pages.
            resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            print(f"{number:,} pages: {resident * resource.getpagesize() / 1e6:.0f} MB", flush=True)


def main() -> None:
    """Print a line for each extractor, then authors and dates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--compare", "--compare", action="store_true", help="run other libraries too")
    parser.add_argument(
        "--memory", type=int, metavar="PAGES", help="measure memory instead, over this many pages"
    )
    args = parser.parse_args()
    articles = load(args.pages)
    if args.memory:
        print_memory(articles, args.memory)
        return
    qualities = measure(articles, OURS | TRAFILATURA | (OTHERS if args.compare else {}))
    ours = qualities["copytaster"].rate
    for name, result in qualities.items():
        print(
            f"{name:<26} precision {result.precision:.4f}  recall {result.recall:.4f}  F1 {result.f1:.4f}"
            f"  {result.rate:6.1f} pages a second  copytaster is {ours / result.rate:.2f} times as fast"
        )
    authors, days = metadata_right(articles)
    print(f"from the page alone: authors right {authors:.3f}, published on the right day {days:.3f}")


if __name__ == "__main__":
    main()
