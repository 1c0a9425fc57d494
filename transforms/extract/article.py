"""Turn an entry and its page into an article: choose its text, dates and id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from transforms.extract.body.blocks import MIN_KEY_LETTERS, is_paragraph, letters_of, width_of
from transforms.extract.body.furniture import SENTENCE_ENDS
from transforms.extract.body.notices import is_colophon, without_notices
from transforms.extract.credit.agency import credit
from transforms.extract.meta.language import language_of
from transforms.extract.meta.metadata import TRUNCATED_FACTOR, is_truncated, without_site
from transforms.extract.page import FeedHints, read_page
from transforms.reasons import Reason
from transforms.records import Article, Entry, Page, Reject, key_of
from transforms.text.plain import count_words, plain_text
from transforms.text.urls import canonical_url, is_web_url, registrable_domain

# Words after which the first source is taken; briefs of wires start at 60.
MIN_SOURCE_WORDS = 60
# Minimum words of an article. A shorter text is a caption, a teaser or a message in place of an article.
MIN_ARTICLE_WORDS = 25
# Minimum characters above the first paragraph; shorter lines that are not sentences are bylines, times and
# labels.
MIN_STANDFIRST_CHARS = 60
MAX_HEADLINE_CHARS = 200
# Headlines, bylines and times may follow a standfirst, within this many lines of the top.
NEAR_TOP = 4
MAX_TIME_CHARS = 100
# Remarks about an author are within this many lines of the end.
NEAR_BOTTOM = 3
MAX_ABOUT_CHARS = 500
_DATE = re.compile(
    r"\b(?:\d{1,2}[./-]\d{1,2}[./-](?:20)?\d\d|20\d\d[./-]\d{1,2}[./-]\d{1,2}|20\d\d)\b|20\d\d年"
)
_CLOCK = re.compile(r"\b\d{1,2}\s?[:.hH時时]\s?\d\d\b|\b\d{1,2}\s?[ap]\.?m\b|\d{1,2}[時时]")
# Words that sites show of an article that is not free. Longer texts are complete, even if their structured
# data has more.
MAX_TEASER_WORDS = 200
# How software writes "no date": its first day.
OLDEST, EPOCH = datetime(1900, 1, 2, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)
# Letters of a paragraph that are compared, since it may be cut short.
MAX_KEY_LETTERS = 60


def extract_article(page: Page) -> Article | Reject:
    """Return the article of a page, or a reject."""
    entry = page.entry
    try:
        dated = believable([entry.published_at], page.fetched_at) is not None
        hints = FeedHints(entry.title, entry.summary, dated=dated)
        metadata, page_text = read_page(page.body, page.charset, page.fetched_at, hints)
    except (
        Exception
    ) as error:  # Parsers fail on hostile pages in undocumented ways; the reject names the error.
        return Reject.of(
            entry, "extract", Reason.BROKEN_PAGE, f"{type(error).__name__}: {error}", page.fetched_at
        )
    extraction, text = choose_text(page_text, metadata.text, entry)
    titles = tuple(filter(None, map(letters_of, (entry.title, *metadata.headlines))))
    lines = text.split("\n\n")
    lines = without_notices(lines, above=sum(repeats_headline(line, titles) for line in lines[:1]))
    authors = metadata.authors or entry.authors
    story = "\n\n".join(without_bottom(without_top(lines, titles), authors))
    if count_words(story) < MIN_ARTICLE_WORDS:
        detail = f"fewer than {MIN_ARTICLE_WORDS} words on the page, in its JSON-LD and in the feed"
        return Reject.of(entry, "extract", Reason.NO_TEXT, detail, page.fetched_at)
    canonical = canonical_url(page.url, metadata.canonical_url)
    published = believable((entry.published_at, *metadata.published), page.fetched_at)
    # Another site's canonical address is not an identity, but hints at the source of the text.
    sources = (*metadata.sources, metadata.canonical_url or "", page.url)
    # Bylines and headlines are not part of the story, but name its author and wire.
    said = credit("\n\n".join(lines), (*authors, *entry.authors), sources)
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
        agency=said.agency,
        dateline=said.dateline,
        published_at=published,
        updated_at=believable((entry.updated_at, *metadata.updated), page.fetched_at, published),
        fetched_at=page.fetched_at,
        language=language_of(story, metadata.language, entry.language),
        extraction=extraction,
        paywalled=metadata.paywalled,
        truncated=is_truncated(story, metadata.words),
        image_url=next((u for u in (metadata.image_url, entry.image_url) if u and is_web_url(u)), None),
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
    if more and is_beginning(page_text, json_ld_text):
        return "json-ld", json_ld_text
    for words, name, text in counted:
        if words >= MIN_SOURCE_WORDS:
            return name, text
    words, name, text = max(counted, key=lambda source: source[0])
    return (name, text) if words >= MIN_ARTICLE_WORDS else ("", "")


def is_beginning(part: str, whole: str) -> bool:
    """Return True if a text has only paragraphs of another, perhaps cut short, or none."""
    everything = letters_of(whole)
    lines = [letters_of(line) for line in part.split("\n\n")]
    return not part or any(
        len(line) >= MIN_KEY_LETTERS and line[:MAX_KEY_LETTERS] in everything for line in lines
    )


def without_top(lines: Sequence[str], titles: tuple[str, ...]) -> list[str]:
    """Drop the headline, and short lines that are not sentences, above the first paragraph.

    Headlines, given by their letters, have their own column; so have bylines and times.
    """
    top: list[str] = []
    for at, line in enumerate(lines):
        repeats = repeats_headline(line, titles)
        if is_paragraph(line) and not repeats:
            near = (below for below in lines[at : at + NEAR_TOP] if not _is_of_top(below, titles))
            return [*top, *near, *lines[at + NEAR_TOP :]]
        if not repeats and (width_of(line) >= MIN_STANDFIRST_CHARS or line.endswith(SENTENCE_ENDS)):
            top.append(line)
    return list(lines)


def without_bottom(lines: Sequence[str], authors: Iterable[str]) -> list[str]:
    """Drop colophons, and lines near the end that begin with an author's name."""
    names = tuple(letters_of(name) for name in authors if len(name.split()) > 1)
    first = max(len(lines) - NEAR_BOTTOM, 1)
    return [
        line
        for at, line in enumerate(lines)
        if not is_colophon(line) and not (at >= first and names and _is_about(line, names))
    ]


def _is_about(line: str, names: tuple[str, ...]) -> bool:
    """Return True if a line describes an author; the author's own words follow the name and a colon."""
    said = letters_of(line.partition(":")[0]) in names
    return len(line) <= MAX_ABOUT_CHARS and not said and letters_of(line).startswith(names)


def _is_of_top(line: str, titles: tuple[str, ...]) -> bool:
    """Return True if a line is a headline, or has a date and a time and is not a sentence."""
    if letters_of(line) in titles:
        return len(line) < MAX_HEADLINE_CHARS
    is_sentence = line.endswith(SENTENCE_ENDS) and not line.endswith((".m.", ")"))
    is_short = len(line) <= MAX_TIME_CHARS and not is_sentence
    return is_short and _DATE.search(line) is not None and _CLOCK.search(_DATE.sub(" ", line)) is not None


def repeats_headline(line: str, titles: tuple[str, ...]) -> bool:
    """Return True if a line repeats a headline, perhaps after its kicker."""
    return len(line) < MAX_HEADLINE_CHARS and letters_of(line).endswith(titles)


def believable(
    candidates: Iterable[datetime | None], latest: datetime, earliest: datetime | None = None
) -> datetime | None:
    """Return the first candidate between the bounds: pages and feeds announce dates in the future."""
    for candidate in candidates:
        if candidate and (earliest or OLDEST) <= candidate <= latest and candidate != EPOCH:
            return candidate
    return None
