"""An entry and its page become one article: which text, which dates, under which id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from transforms.extract.body.blocks import LEAST_KEY, is_paragraph, letters_of, width_of
from transforms.extract.body.furniture import SENTENCE_ENDS
from transforms.extract.body.notices import is_colophon, without_notices
from transforms.extract.credit.agency import credit
from transforms.extract.meta.language import language_of
from transforms.extract.meta.metadata import MUCH_LONGER, is_truncated, without_site
from transforms.extract.page import FeedHints, read_page
from transforms.reasons import Reason
from transforms.records import Article, Entry, Page, Reject, key_of
from transforms.text.plain import count_words, plain_text
from transforms.text.urls import canonical_url, is_web_url, registrable_domain

# A text of so many words is taken from the first source that has one; briefs of wires start at 60.
ENOUGH_WORDS = 60
# The least that is filed at all: less is a caption, a teaser or what a page says when it has no article.
LEAST_WORDS = 25
# Above the first paragraph; shorter lines that are no sentences are bylines, times and labels.
SHORTEST_STANDFIRST = 60
LONGEST_HEADLINE = 200
# Headlines, bylines and times may stand below a standfirst, so far from the top.
NEAR_TOP = 4
LONGEST_TIME = 100
# What is said about an author stands below the story.
NEAR_BOTTOM = 3
LONGEST_ABOUT = 500
_DATE = re.compile(
    r"\b(?:\d{1,2}[./-]\d{1,2}[./-](?:20)?\d\d|20\d\d[./-]\d{1,2}[./-]\d{1,2}|20\d\d)\b|20\d\d年"
)
_CLOCK = re.compile(r"\b\d{1,2}\s?[:.hH時时]\s?\d\d\b|\b\d{1,2}\s?[ap]\.?m\b|\d{1,2}[時时]")
# What sites show of an article that is not free; longer texts are whole, and their structured data has more.
MOST_SHOWN = 200
# How software writes "no date": the first day that it knows.
OLDEST, EPOCH = datetime(1900, 1, 2, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)
# Of a paragraph that may be cut short so many letters are compared.
LONGEST_KEY = 60


def extract_article(page: Page) -> Article | Reject:
    """The article of a page, or why there is none."""
    entry = page.entry
    try:
        dated = believable([entry.published_at], page.fetched_at) is not None
        told = FeedHints(entry.title, entry.summary, dated=dated)
        found, page_text = read_page(page.body, page.charset, page.fetched_at, told)
    except Exception as error:  # Parsers fail on hostile pages in ways nobody lists; the entry says which.
        return Reject.of(
            entry, "extract", Reason.BROKEN_PAGE, f"{type(error).__name__}: {error}", page.fetched_at
        )
    extraction, text = choose_text(page_text, found.text, entry)
    titles = tuple(filter(None, map(letters_of, (entry.title, *found.headlines))))
    lines = text.split("\n\n")
    lines = without_notices(lines, above=sum(repeats_headline(line, titles) for line in lines[:1]))
    authors = found.authors or entry.authors
    story = "\n\n".join(without_bottom(without_top(lines, titles), authors))
    if count_words(story) < LEAST_WORDS:
        detail = f"less than {LEAST_WORDS} words on the page, in its JSON-LD and in the feed"
        return Reject.of(entry, "extract", Reason.NO_TEXT, detail, page.fetched_at)
    canonical = canonical_url(page.url, found.canonical_url)
    published = believable((entry.published_at, *found.published), page.fetched_at)
    # Another site's canonical address is no identity, but says where the text comes from.
    sources = (*found.sources, found.canonical_url or "", page.url)
    # Bylines and headlines are no part of the story, but tell whose it is.
    said = credit("\n\n".join(lines), (*authors, *entry.authors), sources)
    return Article(
        article_id=key_of(canonical),
        url=entry.url,
        canonical_url=canonical,
        feed_url=entry.feed_url,
        entry_id=entry.entry_id,
        title=without_site(entry.title, found.site_name) or next(iter(found.headlines), ""),
        summary=entry.summary or next(iter(found.descriptions), None),
        text=story,
        authors=authors,
        tags=tuple(dict.fromkeys((*entry.tags, *found.tags))),
        publisher=entry.publisher or found.site_name,
        publisher_domain=registrable_domain(canonical) or None,
        publisher_country=entry.publisher_country,
        agency=said.agency,
        dateline=said.dateline,
        published_at=published,
        updated_at=believable((entry.updated_at, *found.updated), page.fetched_at, published),
        fetched_at=page.fetched_at,
        language=language_of(story, found.language, entry.language),
        extraction=extraction,
        paywalled=found.paywalled,
        truncated=is_truncated(story, found.words),
        image_url=next((u for u in (found.image_url, entry.image_url) if u and is_web_url(u)), None),
        keys=entry.remembered,
        update=entry.update,
    )


def choose_text(page_text: str, json_ld_text: str, entry: Entry) -> tuple[str, str]:
    """The article's text and where it came from: page, json-ld or feed; ('', '') where nobody has one.

    The first source with enough words wins, the page unless it shows only the beginning of
    what its structured data has; else the one with most, if that is more than a caption.
    """
    sources = (
        ("page", page_text),
        ("json-ld", json_ld_text),
        ("feed", plain_text(entry.content) or entry.summary),
    )
    counted = [(count_words(text), name, text) for name, text in sources]
    (shown, _, _), (whole, _, _), _ = counted
    more = whole >= max(ENOUGH_WORDS, MUCH_LONGER * shown) and shown <= MOST_SHOWN
    if more and is_beginning(page_text, json_ld_text):
        return "json-ld", json_ld_text
    for words, name, text in counted:
        if words >= ENOUGH_WORDS:
            return name, text
    words, name, text = max(counted, key=lambda source: source[0])
    return (name, text) if words >= LEAST_WORDS else ("", "")


def is_beginning(part: str, whole: str) -> bool:
    """Whether a text has paragraphs of another, perhaps cut short, or nothing."""
    everything = letters_of(whole)
    lines = [letters_of(line) for line in part.split("\n\n")]
    return not part or any(len(line) >= LEAST_KEY and line[:LONGEST_KEY] in everything for line in lines)


def without_top(lines: Sequence[str], titles: tuple[str, ...]) -> list[str]:
    """The lines without the headline, and the short ones that are no sentences, above the first paragraph.

    Headlines, given by their letters, have their own column; so have bylines and times.
    """
    top: list[str] = []
    for at, line in enumerate(lines):
        repeats = repeats_headline(line, titles)
        if is_paragraph(line) and not repeats:
            near = (one for one in lines[at : at + NEAR_TOP] if not _is_of_top(one, titles))
            return [*top, *near, *lines[at + NEAR_TOP :]]
        if not repeats and (width_of(line) >= SHORTEST_STANDFIRST or line.endswith(SENTENCE_ENDS)):
            top.append(line)
    return list(lines)


def without_bottom(lines: Sequence[str], authors: Iterable[str]) -> list[str]:
    """The lines without colophons, and without those near the end that begin with the name of an author."""
    names = tuple(letters_of(name) for name in authors if len(name.split()) > 1)
    first = max(len(lines) - NEAR_BOTTOM, 1)
    return [
        line
        for at, line in enumerate(lines)
        if not is_colophon(line) and not (at >= first and names and _is_about(line, names))
    ]


def _is_about(line: str, names: tuple[str, ...]) -> bool:
    """Whether a line tells of an author; what he says himself stands behind his name and a colon."""
    said = letters_of(line.partition(":")[0]) in names
    return len(line) <= LONGEST_ABOUT and not said and letters_of(line).startswith(names)


def _is_of_top(line: str, titles: tuple[str, ...]) -> bool:
    """Whether a line is a headline, or tells a date and a time and is no sentence."""
    if letters_of(line) in titles:
        return len(line) < LONGEST_HEADLINE
    is_sentence = line.endswith(SENTENCE_ENDS) and not line.endswith((".m.", ")"))
    told = len(line) <= LONGEST_TIME and not is_sentence
    return told and _DATE.search(line) is not None and _CLOCK.search(_DATE.sub(" ", line)) is not None


def repeats_headline(line: str, titles: tuple[str, ...]) -> bool:
    """Whether a line says what a headline says, perhaps behind its kicker."""
    return len(line) < LONGEST_HEADLINE and letters_of(line).endswith(titles)


def believable(
    candidates: Iterable[datetime | None], latest: datetime, earliest: datetime | None = None
) -> datetime | None:
    """The first candidate that lies between the bounds: pages and feeds announce dates that have not come."""
    for candidate in candidates:
        if candidate and (earliest or OLDEST) <= candidate <= latest and candidate != EPOCH:
            return candidate
    return None
