"""Metadata of a page's article in JSON-LD, meta tags, microdata and headings."""

from __future__ import annotations

import dataclasses
import email.utils
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import htmldate
from lxml.html import HtmlElement
from trafilatura.metadata import examine_meta

from transforms.extract.meta import structured
from transforms.extract.meta.attributes import shorten_all, shorten_meta
from transforms.extract.meta.authors import authors_of
from transforms.records import to_utc
from transforms.text.plain import count_words, one_line

_SEPARATORS = "-–—|·•:»"
_SOURCE_META = ("syndication-source", "original-source", "dcterms.source", "dc.source")
# Names of the same facts in meta tags: Open Graph first, then analytics and libraries.
_PUBLISHED_META = (
    "article:published_time", "og:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
    "pubdate", "publishdate", "publish-date", "publication_date", "article.published",
    "cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.created", "dc.date", "date",
)  # fmt: skip
_UPDATED_META = (
    "article:modified_time", "og:updated_time", "datemodified", "last-modified", "lastmod", "article.updated",
    "dcterms.modified", "dc.date.modified",
)  # fmt: skip
_TIERS = {"free": True, "metered": False, "locked": False}
_ZONE = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")
_BREAKS = ("…", "...", "[…]", "[...]", "(…)", "(...)")
# Declared word counts include headlines and captions, or count differently.
TRUNCATED_FACTOR = 1.5


@dataclasses.dataclass(frozen=True, slots=True)
class Metadata:
    """Metadata of a page; times and headlines in order of trust."""

    headlines: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    text: str = ""
    """Text in structured data, paragraphs separated by one blank line."""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    site_name: str | None = None
    canonical_url: str | None = None
    sources: tuple[str, ...] = ()
    """Names and URLs of sources in structured data."""
    image_url: str | None = None
    language: str | None = None
    published: tuple[datetime, ...] = ()
    updated: tuple[datetime, ...] = ()
    paywalled: bool | None = None
    """True if parts of it are not free; None if the page says nothing."""
    words: int | None = None
    """Number of words that the page declares."""


def read_metadata(tree: HtmlElement, latest: datetime, *, dated: bool = False) -> Metadata:
    """Read the metadata of a page; its JSON-LD is removed from the tree.

    If nothing declares a date, the document is searched for one up to `latest`, unless it is `dated`
    elsewhere.
    """
    data = list(structured.take_articles(tree))
    shorten_meta(tree)
    meta = examine_meta(tree)
    named = _named(tree)
    marked = tree.xpath("//body//*[@itemprop or @rel='author']")
    published = instants(*structured.said(data, "datePublished"), *_any_of(named, _PUBLISHED_META))
    published = published or instants(*_microdata(marked, "datePublished"))
    if not published and not dated:
        published = instants(_searched(tree, latest))
    sites = (meta.sitename or "", *structured.said(data, "publisher", "name"))
    links = [element for element in marked if element.get("rel") == "author"]
    return Metadata(
        headlines=_headlines(tree, data, named, meta.sitename, meta.title),
        descriptions=_distinct((meta.description, *_any_of(named, ("og:description", "description")))),
        text=structured.text_of_article(data),
        authors=authors_of(tree, structured.authors(data), meta.author, sites, links),
        tags=_distinct((*(meta.tags or []), *(meta.categories or [])))
        or _distinct(structured.keywords(data)),
        site_name=meta.sitename,
        canonical_url=_first((*_canonical(tree), *named.get("og:url", ()))),
        sources=_distinct((*structured.sources(data), *_any_of(named, _SOURCE_META))),
        image_url=_first((meta.image, *structured.said(data, "image", "url", "contentUrl"))),
        language=_first((*_declared_language(tree), *structured.said(data, "inLanguage"))),
        published=published,
        updated=instants(*structured.said(data, "dateModified"), *_any_of(named, _UPDATED_META))
        or instants(*_microdata(marked, "dateModified")),
        paywalled=_paywalled(data, marked, named),
        words=structured.word_count(data),
    )


def _named(tree: HtmlElement) -> Mapping[str, Sequence[str]]:
    """Return the contents of meta tags by name, property or itemprop, in lower case."""
    contents: dict[str, list[str]] = {}
    for tag in tree.iter("meta"):
        content = (tag.get("content") or "").strip()
        name = tag.get("property") or tag.get("name") or tag.get("itemprop")
        if content and name:
            contents.setdefault(name.lower(), []).append(content)
    return contents


def _any_of(named: Mapping[str, Sequence[str]], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from named.get(name, ())


def _microdata(marked: Iterable[HtmlElement], name: str) -> Iterator[str]:
    for element in marked:
        if element.get("itemprop") == name:
            yield element.get("datetime") or element.get("content") or ""


def _canonical(tree: HtmlElement) -> Iterator[str]:
    for link in tree.iter("link"):
        if (link.get("rel") or "").lower() == "canonical":
            yield (link.get("href") or "").strip()


def _declared_language(tree: HtmlElement) -> Iterator[str]:
    root = tree.getroottree().getroot()
    yield (root.get("lang") or "").strip()
    yield (root.get("xml:lang") or "").strip()
    for tag in tree.iter("meta"):
        if tag.get("property") == "og:locale":
            yield (tag.get("content") or "").strip()


def _searched(tree: HtmlElement, latest: datetime) -> str | None:
    """Return the day that htmldate finds: in the usual places, then anywhere, which is slow."""
    shorten_all(tree)
    find = functools.partial(
        htmldate.find_date,
        tree,
        original_date=True,
        max_date=latest.strftime("%Y-%m-%d"),
        deferred_url_extractor=True,
    )
    day: str | None = find(extensive_search=False) or find(extensive_search=True)
    return day


def _headlines(
    tree: HtmlElement,
    items: Sequence[structured.Item],
    named: Mapping[str, Sequence[str]],
    site_name: str | None,
    title: str | None,
) -> tuple[str, ...]:
    """Return the page's headlines: in JSON-LD, for sharing, at the top, and the window's title."""
    said = [*structured.said(items, "headline")][:1] + [*named.get("og:title", ())][:1]
    window = one_line(tree.findtext("head/title") or "")
    headings = [one_line(heading.text_content()) for heading in tree.iter("h1")]
    # Many sites have their own name as a heading above the story's.
    sites = [site_name or "", *(name for name in headings if _names_site(name, window))]
    said += [*(text for text in headings if text not in sites[1:]), title or "", window]
    headlines = _distinct(_without_sites(one_line(text), sites) for text in said if text)
    return _distinct(_whole_heading(text, headings) for text in headlines)


def _names_site(heading: str, window: str) -> bool:
    """Return True if a heading is the shorter part of the window's title, at its end."""
    rest = without_site(window, heading)
    return rest != window and len(heading) < len(rest) and window.endswith(heading)


def _without_sites(text: str, sites: Iterable[str]) -> str:
    return functools.reduce(without_site, sites, text)


def _whole_heading(text: str, headings: Iterable[str]) -> str:
    """Return the heading that a title begins with, before separators and sections of the site, or the
    title."""
    for heading in headings:
        rest = text[len(heading) :].lstrip()
        if len(heading) > len(rest) > 1 and text.startswith(heading) and rest[0] in _SEPARATORS:
            return heading
    return text


def without_site(headline: str, site_name: str | None) -> str:
    """Return a headline without the site's name, which many put after a dash or bar, or before one."""
    name = (site_name or "").strip()
    if not name:
        return headline
    if headline.casefold().endswith(name.casefold()):
        rest = headline[: -len(name)].rstrip()
        if len(rest) > 1 and rest[-1] in _SEPARATORS:
            return rest[:-1].rstrip()
    if headline.casefold().startswith(name.casefold()):
        rest = headline[len(name) :].lstrip()
        if len(rest) > 1 and rest[0] in _SEPARATORS.replace("-", ""):
            return rest[1:].lstrip()
    return headline


def _paywalled(
    items: Sequence[structured.Item], marked: Iterable[HtmlElement], named: Mapping[str, Sequence[str]]
) -> bool | None:
    """Return what schema.org's isAccessibleForFree or article:content_tier (free, metered, locked) imply.

    A part that is not free, as Google asks sites to mark paywalled content, makes the whole not free.
    """
    marks = map(structured.is_true, _microdata(marked, "isAccessibleForFree"))
    tiers = (_TIERS.get(tier.lower()) for tier in named.get("article:content_tier", ()))
    known = [*structured.are_free(items), *(free for free in (*marks, *tiers) if free is not None)]
    return not all(known) if known else None


def is_truncated(text: str, declared_words: int | None) -> bool:
    """Return True if a text is probably a part: it breaks off, or its page declares far more words."""
    if text.rstrip().endswith(_BREAKS):
        return True
    return declared_words is not None and declared_words > TRUNCATED_FACTOR * count_words(text) + 50


def _first(texts: Iterable[str | None]) -> str | None:
    return next(filter(None, texts), None)


def _distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def instants(*values: str | None) -> tuple[datetime, ...]:
    """Return the instants in texts of ISO 8601 or RFC 5322, those with a zone first; others count as UTC."""
    times = [read for read in map(_instant, values) if read]
    times.sort(key=lambda read: read[0])
    return tuple(dict.fromkeys(instant for _, instant in times))


def _instant(value: str | None) -> tuple[bool, datetime] | None:
    """Return whether a text lacks a zone, and its instant."""
    text = _ZONE.sub("", (value or "").strip())
    for read in (datetime.fromisoformat, email.utils.parsedate_to_datetime):
        try:
            parsed = read(text)
            instant = to_utc(parsed)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if instant:
            return parsed.tzinfo is None, instant
    return None
