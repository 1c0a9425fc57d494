"""Turn an entry and its page into an article: choose its text, dates and id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from transforms.extract.body.blocks import MIN_KEY_LETTERS, letters_of
from transforms.extract.body.context import ExtractionHints, PageContext
from transforms.extract.body.passes import Stage, run_passes
from transforms.extract.credit.agency import credit
from transforms.extract.meta.language import language_of
from transforms.extract.meta.metadata import TRUNCATED_FACTOR, Metadata, is_truncated, without_site
from transforms.extract.page import FeedHints, read_page
from transforms.reasons import Reason
from transforms.records import Article, Entry, Page, Reject, key_of
from transforms.text.plain import count_words, plain_text
from transforms.text.urls import canonical_url, is_web_url, registrable_domain

# Words after which the first source is taken; briefs of wires start at 60.
MIN_SOURCE_WORDS = 60
# Minimum words of an article. A shorter text is a caption, a teaser or a message in place of an article.
MIN_ARTICLE_WORDS = 25
# Words that sites show of an article that is not free. Longer texts are complete, even if their structured
# data has more.
MAX_TEASER_WORDS = 200
# How software writes "no date": its first day.
OLDEST, EPOCH = datetime(1900, 1, 2, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)
# Letters of a paragraph that are compared, since it may be cut short.
MAX_COMPARED_LETTERS = 60


def extract_article(page: Page) -> Article | Reject:
    """Return the article of a page, or a reject."""
    entry = page.entry
    try:
        dated = believable([entry.published_at], page.fetched_at) is not None
        hints = FeedHints(entry.title, entry.summary, dated=dated)
        metadata, page_text = read_page(page.body, page.charset, page.fetched_at, hints)
    except Exception as error:
        # Parsers fail on hostile pages in undocumented ways; the reject names the error.
        detail = f"{type(error).__name__}: {error}"
        return Reject.of(entry, "extract", Reason.BROKEN_PAGE, detail, page.fetched_at)
    extraction, text = choose_text(page_text, metadata.text, entry)
    authors = metadata.authors or entry.authors
    context = PageContext(hints=ExtractionHints((entry.title, *metadata.headlines)), authors=authors)
    lines = run_passes(Stage.TEXT, text.split("\n\n"), context)
    story = "\n\n".join(run_passes(Stage.STORY, lines, context))
    if count_words(story) < MIN_ARTICLE_WORDS:
        detail = f"fewer than {MIN_ARTICLE_WORDS} words on the page, in its JSON-LD and in the feed"
        return Reject.of(entry, "extract", Reason.NO_TEXT, detail, page.fetched_at)
    return _article_of(page, metadata, authors, extraction, lines, story)


def _article_of(
    page: Page,
    metadata: Metadata,
    authors: tuple[str, ...],
    extraction: str,
    lines: Sequence[str],
    story: str,
) -> Article:
    """Return the article of a story and of the metadata of its feed and page.

    `lines` are the story with its headline and byline, which name its author and wire.
    """
    entry = page.entry
    canonical = canonical_url(page.url, metadata.canonical_url)
    published = believable((entry.published_at, *metadata.published), page.fetched_at)
    # Another site's canonical address is not an identity, but hints at the source of the text.
    sources = (*metadata.sources, metadata.canonical_url or "", page.url)
    credited = credit("\n\n".join(lines), (*authors, *entry.authors), sources)
    image_urls = (url for url in (metadata.image_url, entry.image_url) if url and is_web_url(url))
    return Article(
        article_id=key_of(canonical),
        url=entry.url,
        canonical_url=canonical,
        feed_url=entry.feed_url,
        entry_id=entry.entry_id,
        title=without_site(entry.title, metadata.site_name) or next(iter(metadata.headlines), ""),
        summary=entry.summary or next(iter(metadata.descriptions), None),
        text=story,
        authors=authors,
        tags=tuple(dict.fromkeys((*entry.tags, *metadata.tags))),
        publisher=entry.publisher or metadata.site_name,
        publisher_domain=registrable_domain(canonical) or None,
        publisher_country=entry.publisher_country,
        agency=credited.agency,
        dateline=credited.dateline,
        published_at=published,
        updated_at=believable((entry.updated_at, *metadata.updated), page.fetched_at, published),
        fetched_at=page.fetched_at,
        language=language_of(story, metadata.language, entry.language),
        extraction=extraction,
        paywalled=metadata.paywalled,
        truncated=is_truncated(story, metadata.words),
        image_url=next(image_urls, None),
        keys=entry.remembered,
        update=entry.update,
    )


def choose_text(page_text: str, json_ld_text: str, entry: Entry) -> tuple[str, str]:
    """Return the article's text and its source: page, json-ld or feed; ('', '') if none has one.

    The first source with enough words wins; the page only if it does not merely show the beginning of
    its structured data. Otherwise the source with most words wins, if they are more than a caption.
    """
    sources = (
        ("page", page_text),
        ("json-ld", json_ld_text),
        ("feed", plain_text(entry.content) or entry.summary),
    )
    counted = [(count_words(text), name, text) for name, text in sources]
    (shown, _, _), (whole, _, _), _ = counted
    more = whole >= max(MIN_SOURCE_WORDS, TRUNCATED_FACTOR * shown) and shown <= MAX_TEASER_WORDS
    if more and shares_paragraph_or_is_empty(page_text, json_ld_text):
        return "json-ld", json_ld_text
    for words, name, text in counted:
        if words >= MIN_SOURCE_WORDS:
            return name, text
    words, name, text = max(counted, key=lambda source: source[0])
    return (name, text) if words >= MIN_ARTICLE_WORDS else ("", "")


def shares_paragraph_or_is_empty(part: str, whole: str) -> bool:
    """Return True if a text shares a paragraph, perhaps cut short, with another, or is empty."""
    everything = letters_of(whole)
    lines = [letters_of(line) for line in part.split("\n\n")]
    return not part or any(
        len(line) >= MIN_KEY_LETTERS and line[:MAX_COMPARED_LETTERS] in everything for line in lines
    )


def believable(
    candidates: Iterable[datetime | None], latest: datetime, earliest: datetime | None = None
) -> datetime | None:
    """Return the first candidate between the bounds: pages and feeds announce dates in the future."""
    for candidate in candidates:
        if candidate and (earliest or OLDEST) <= candidate <= latest and candidate != EPOCH:
            return candidate
    return None
