"""The text, authors and date of articles by ours and other extractors over the same labelled pages.

    python -m benchmarks.studies.extraction PAGES.jsonl [--beside] [--memory 20000]

Text is measured on 4-gram shingles, each page's counts divided by their sum before they are added up (the
labels are each article's `body`). Authors are right where all names are and no others, dates to the day, both
from the page alone: ours is told the title and the time, as a feed tells them, only where text is measured.
With --beside also newspaper4k, news-please, resiliparse and readability-lxml (of the extra `bench`). All
extractors take turns page by page, so that a machine's other work slows them alike. --memory extracts so many
pages, the same again and again, and tells what memory the process has meanwhile.
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
    """Of texts, over all pages; and pages a second."""

    precision: float
    recall: float
    f1: float
    rate: float


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """The word 4-grams of a text, with how often each stands in it."""
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text))
    if len(words) < size:
        return Counter([tuple(words)] if words else [])
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def quality(articles: Iterable[Labelled], texts: Iterable[str]) -> tuple[float, float, float]:
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


def by_trafilatura(**options: bool) -> Extractor:
    """By trafilatura, otherwise as it comes."""

    def text(article: Labelled) -> str:
        document = trafilatura.bare_extraction(article["page"], **options)
        return (document.text or "") if document else ""

    return text


def outcome_of(article: Labelled, *, told: bool = True) -> Article | None:
    """What ExtractArticles' function makes of a page, with or without what a feed tells of it."""
    published = datetime.fromisoformat(article["published"]) if told else None
    url = f"https://{article['id'].lower().replace('_', '-')}.example/a"
    title = article["title"] if told else ""
    entry = Entry("https://feed.example/", url, (url,), url, title, published_at=published)
    outcome = extract_article(Page(entry, url, article["page"], None, datetime.now(UTC)))
    return outcome if isinstance(outcome, Article) else None


def by_us(article: Labelled) -> str:
    """The text by ExtractArticles' function."""
    outcome = outcome_of(article)
    return outcome.text if outcome else ""


def by_newspaper(article: Labelled) -> str:
    """By newspaper4k."""
    import newspaper  # noqa: PLC0415  Only where it is asked for.

    parsed = newspaper.Article("https://page.example/a", fetch_images=False)
    parsed.download(input_html=decode_page(article["page"], None))
    parsed.parse()
    return str(parsed.text)


def by_news_please(article: Labelled) -> str:
    """By news-please's extractor, which puts several together."""
    import newsplease  # noqa: PLC0415  Only where it is asked for.

    found = newsplease.NewsPlease.from_html(
        decode_page(article["page"], None), "https://page.example/a", fetch_images=False
    )
    return found.maintext or ""


def by_resiliparse(article: Labelled) -> str:
    """By resiliparse's rules for main content."""
    from resiliparse.extract.html2text import extract_plain_text  # noqa: PLC0415  Only where it is asked for.

    return str(extract_plain_text(decode_page(article["page"], None), main_content=True))


def by_readability(article: Labelled) -> str:
    """By readability-lxml, its HTML to text."""
    import readability  # noqa: PLC0415  Only where it is asked for.

    summary = readability.Document(decode_page(article["page"], None)).summary(html_partial=True)
    return "\n".join(lxml.html.fromstring(summary).itertext()) if summary.strip() else ""


OURS: dict[str, Extractor] = {"copytaster": by_us}
TRAFILATURA: dict[str, Extractor] = {
    "trafilatura": by_trafilatura(),
    "trafilatura, fast": by_trafilatura(fast=True),
    "trafilatura, with metadata": by_trafilatura(with_metadata=True),
}
BESIDE: dict[str, Extractor] = {
    "newspaper4k": by_newspaper,
    "news-please": by_news_please,
    "resiliparse": by_resiliparse,
    "readability-lxml": by_readability,
}


def measure(articles: list[Labelled], extractors: dict[str, Extractor]) -> dict[str, Quality]:
    """Runs all extractors over all pages, in turns; one that fails on a page has no text there."""
    texts: dict[str, list[str]] = {name: [] for name in extractors}
    seconds = dict.fromkeys(extractors, 0.0)
    for extract in extractors.values():
        _text(extract, articles[0])  # Word lists and caches are loaded at the first page.
    for article in articles:
        for name, extract in extractors.items():
            started = time.perf_counter()
            texts[name].append(_text(extract, article))
            seconds[name] += time.perf_counter() - started
    return {
        name: Quality(*quality(articles, texts[name]), len(articles) / seconds[name]) for name in extractors
    }


def _text(extract: Extractor, article: Labelled) -> str:
    try:
        return extract(article)
    except (
        Exception
    ) as error:  # Of many libraries; a page that one of them cannot read is part of the measure.
        print(f"{article['id']}: {type(error).__name__}: {error}", file=sys.stderr)
        return ""


def metadata_right(articles: list[Labelled]) -> tuple[float, float]:
    """The shares of pages with all authors right, and with the right day, of those whose labels have them."""
    authors, days = [], []
    for article in articles:
        outcome = outcome_of(article, told=False)
        if article.get("authors"):
            authors.append(_names(article["authors"]) == _names(outcome.authors if outcome else ()))
        if article.get("published"):
            published = outcome.published_at if outcome else None
            labelled = datetime.fromisoformat(article["published"]).astimezone(UTC)
            days.append(published is not None and published.date() == labelled.date())
    return sum(authors) / (len(authors) or 1), sum(days) / (len(days) or 1)


def _names(names: Iterable[str]) -> set[str]:
    return {" ".join(re.findall(r"\w+", unicodedata.normalize("NFC", name).casefold())) for name in names}


def told_memory(articles: list[Labelled], pages: int, parts: int = 10) -> None:
    """Prints the resident memory of this process after each part of so many pages."""
    for number, article in enumerate(itertools.islice(itertools.cycle(articles), pages), start=1):
        by_us(article)
        if number % (pages // parts) == 0:
            # Linux: the second field of statm is what is resident, in pages.
            resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            print(f"{number:,} pages: {resident * resource.getpagesize() / 1e6:.0f} MB", flush=True)


def main() -> None:
    """Prints a line for each extractor, then authors and dates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--beside", action="store_true", help="other libraries too")
    parser.add_argument("--memory", type=int, metavar="PAGES", help="only memory, over so many pages")
    args = parser.parse_args()
    articles = load(args.pages)
    if args.memory:
        told_memory(articles, args.memory)
        return
    found = measure(articles, OURS | TRAFILATURA | (BESIDE if args.beside else {}))
    for name, one in found.items():
        print(
            f"{name:<26} precision {one.precision:.4f}  recall {one.recall:.4f}  F1 {one.f1:.4f}"
            f"  {one.rate:6.1f} pages a second  {found['copytaster'].rate / one.rate:.2f} times is ours"
        )
    authors, days = metadata_right(articles)
    print(f"from the page alone: authors right {authors:.3f}, published on the right day {days:.3f}")


if __name__ == "__main__":
    main()
