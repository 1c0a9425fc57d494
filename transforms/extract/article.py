"""An entry and its page become one article: which text, which dates, under which id."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from transforms.extract.credit import credit
from transforms.extract.page import PageContent, read_page
from transforms.records import Article, Entry, Page, Reject, key_of
from transforms.text import count_words, plain_text
from transforms.urls import canonical_url, is_web_url, registrable_domain

# A text of so many words is taken from the first source that has one; briefs of wires start at 60.
ENOUGH_WORDS = 60
# The least that is filed at all: less is a caption, a teaser or what a page says when it has no article.
LEAST_WORDS = 25
_LANGUAGE = re.compile(r"^([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?![a-z])", re.IGNORECASE)


def extract_article(page: Page) -> Article | Reject:
    """The article of a page, or why there is none."""
    entry = page.entry
    try:
        told = bool(entry.title and entry.published_at)
        content = read_page(page.body, page.charset, page.url, page.fetched_at, told=told)
    except Exception as error:  # Parsers fail on hostile pages in ways nobody lists; the entry says which.
        return Reject.of(entry, "extract", "broken-page", f"{type(error).__name__}: {error}", page.fetched_at)
    extraction, text = choose_text(content, entry)
    text = without_headline(text, (entry.title, *content.headlines))
    if not text:
        detail = f"less than {LEAST_WORDS} words on the page, in its JSON-LD and in the feed"
        return Reject.of(entry, "extract", "no-text", detail, page.fetched_at)
    canonical = canonical_url(page.url, content.canonical_url)
    published = believable((entry.published_at, *content.published), page.fetched_at)
    authors = content.authors or entry.authors
    # Another site's canonical address is no identity, but says where the text comes from.
    sources = (*content.sources, content.canonical_url or "", page.url)
    said = credit(text, (*authors, *entry.authors), sources)
    return Article(
        article_id=key_of(canonical),
        url=entry.url,
        canonical_url=canonical,
        feed_url=entry.feed_url,
        entry_id=entry.entry_id,
        title=entry.title or next(iter(content.headlines), ""),
        summary=entry.summary or content.description or None,
        text=text,
        authors=authors,
        tags=tuple(dict.fromkeys((*entry.tags, *content.tags))),
        publisher=entry.publisher or content.site_name,
        publisher_domain=registrable_domain(canonical) or None,
        publisher_country=entry.publisher_country,
        agency=said.agency,
        dateline=said.dateline,
        published_at=published,
        updated_at=believable((entry.updated_at, *content.updated), page.fetched_at, published),
        fetched_at=page.fetched_at,
        language=language_tag(content.language, entry.language),
        extraction=extraction,
        image_url=next((u for u in (content.image_url, entry.image_url) if u and is_web_url(u)), None),
        keys=entry.remembered,
        update=entry.update,
    )


def choose_text(content: PageContent, entry: Entry) -> tuple[str, str]:
    """The article's text and where it came from: page, json-ld or feed; ('', '') where nobody has one.

    The first source with enough words wins; else the one with most, if that is
    more than a caption.
    """
    sources = (
        ("page", content.text),
        ("json-ld", content.json_ld_text),
        ("feed", plain_text(entry.content) or entry.summary),
    )
    counted = [(count_words(text), name, text) for name, text in sources]
    for words, name, text in counted:
        if words >= ENOUGH_WORDS:
            return name, text
    words, name, text = max(counted, key=lambda source: source[0])
    return (name, text) if words >= LEAST_WORDS else ("", "")


def without_headline(text: str, titles: Iterable[str]) -> str:
    """The text without a first paragraph that only repeats the headline, which has its own column."""
    first, _, rest = text.partition("\n\n")
    squeezed = "".join(filter(str.isalnum, first.casefold()))
    repeats = any(squeezed == "".join(filter(str.isalnum, title.casefold())) for title in titles)
    return rest if rest and repeats else text


def believable(
    candidates: Iterable[datetime | None], latest: datetime, earliest: datetime | None = None
) -> datetime | None:
    """The first candidate that lies between the bounds: pages and feeds announce dates that have not come."""
    for candidate in candidates:
        if candidate and candidate <= latest and (earliest is None or candidate >= earliest):
            return candidate
    return None


def language_tag(*declared: str | None) -> str | None:
    """The first usable language as a BCP 47 tag (RFC 5646 case: zh-Hant-TW); None where none is declared."""
    for value in declared:
        found = _LANGUAGE.match((value or "").strip())
        if found:
            language, script, country = found.groups()
            parts = (language.lower(), script and script.title(), country and country.upper())
            return "-".join(filter(None, parts))
    return None
