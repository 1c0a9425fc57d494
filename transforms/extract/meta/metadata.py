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
# Meta tags with times: Open Graph first, then those for analytics and for libraries.
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
TRUNCATED_FACTOR = 1.5
"""A text is truncated if its page declares more than this many times its words, and 50 more.

Declared counts include headlines and captions, or count words differently.
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Metadata:
    """Metadata of a page; times and headlines are sorted, the most trustworthy first."""

    headlines: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    text: str = ""
    """The articleBody of structured data, paragraphs separated by one blank line."""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    site_name: str | None = None
    canonical_url: str | None = None
    sources: tuple[str, ...] = ()
    """Names and URLs of sources in structured data and meta tags."""
    image_url: str | None = None
    language: str | None = None
    published: tuple[datetime, ...] = ()
    updated: tuple[datetime, ...] = ()
    paywalled: bool | None = None
    """True if a part of it is not free; None if the page declares nothing."""
    words: int | None = None
    """The word count that the page declares."""


def read_metadata(tree: HtmlElement, latest: datetime, *, dated: bool = False) -> Metadata:
    """Read the metadata of a page, and remove its JSON-LD from the tree.

    If the page declares no date, it is searched for one up to `latest`, unless the date is known from
    elsewhere (`dated`).
    """
    data = list(structured.take_articles(tree))
    shorten_meta(tree)
    meta = examine_meta(tree)
    contents = _meta_contents(tree)
    elements = tree.xpath("//body//*[@itemprop or @rel='author']")
    published = instants(*structured.values(data, "datePublished"), *_contents_of(contents, _PUBLISHED_META))
    published = published or instants(*_microdata_values(elements, "datePublished"))
    if not published and not dated:
        published = instants(_search_date(tree, latest))
    sites = (meta.sitename or "", *structured.values(data, "publisher", "name"))
    links = [element for element in elements if element.get("rel") == "author"]
    return Metadata(
        headlines=_headlines(tree, data, contents, meta.sitename, meta.title),
        descriptions=_distinct(
            (meta.description, *_contents_of(contents, ("og:description", "description")))
        ),
        text=structured.text_of_article(data),
        authors=authors_of(tree, structured.authors(data), meta.author, sites, links),
        tags=_distinct((*(meta.tags or []), *(meta.categories or [])))
        or _distinct(structured.keywords(data)),
        site_name=meta.sitename,
        canonical_url=_first((*_canonical_links(tree), *contents.get("og:url", ()))),
        sources=_distinct((*structured.sources(data), *_contents_of(contents, _SOURCE_META))),
        image_url=_first((meta.image, *structured.values(data, "image", "url", "contentUrl"))),
        language=_first((*_declared_languages(tree), *structured.values(data, "inLanguage"))),
        published=published,
        updated=instants(*structured.values(data, "dateModified"), *_contents_of(contents, _UPDATED_META))
        or instants(*_microdata_values(elements, "dateModified")),
        paywalled=_is_paywalled(data, elements, contents),
        words=structured.word_count(data),
    )


def _meta_contents(tree: HtmlElement) -> Mapping[str, Sequence[str]]:
    """Return the contents of meta tags by their name, property or itemprop in lower case."""
    contents: dict[str, list[str]] = {}
    for tag in tree.iter("meta"):
        content = (tag.get("content") or "").strip()
        name = tag.get("property") or tag.get("name") or tag.get("itemprop")
        if content and name:
            contents.setdefault(name.lower(), []).append(content)
    return contents


def _contents_of(contents: Mapping[str, Sequence[str]], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from contents.get(name, ())


def _microdata_values(elements: Iterable[HtmlElement], name: str) -> Iterator[str]:
    for element in elements:
        if element.get("itemprop") == name:
            yield element.get("datetime") or element.get("content") or ""


def _canonical_links(tree: HtmlElement) -> Iterator[str]:
    for link in tree.iter("link"):
        if (link.get("rel") or "").lower() == "canonical":
            yield (link.get("href") or "").strip()


def _declared_languages(tree: HtmlElement) -> Iterator[str]:
    root = tree.getroottree().getroot()
    yield (root.get("lang") or "").strip()
    yield (root.get("xml:lang") or "").strip()
    for tag in tree.iter("meta"):
        if tag.get("property") == "og:locale":
            yield (tag.get("content") or "").strip()


def _search_date(tree: HtmlElement, latest: datetime) -> str | None:
    """Return the day that htmldate finds in the usual places, or anywhere, which is slow."""
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
    items: Sequence[structured.JsonObject],
    contents: Mapping[str, Sequence[str]],
    site_name: str | None,
    title: str | None,
) -> tuple[str, ...]:
    """Return the headlines in JSON-LD, for sharing and in headings, and the title of the document."""
    candidates = [*structured.values(items, "headline")][:1] + [*contents.get("og:title", ())][:1]
    title_tag = one_line(tree.findtext("head/title") or "")
    headings = [one_line(heading.text_content()) for heading in tree.iter("h1")]
    # Many sites have their own name as a heading above the story's.
    sites = [site_name or "", *(name for name in headings if _names_site(name, title_tag))]
    candidates += [*(text for text in headings if text not in sites[1:]), title or "", title_tag]
    headlines = _distinct(_without_sites(one_line(text), sites) for text in candidates if text)
    return _distinct(_whole_heading(text, headings) for text in headlines)


def _names_site(heading: str, title_tag: str) -> bool:
    """Return True if a heading is the shorter part at the end of the document's title."""
    rest = without_site(title_tag, heading)
    return rest != title_tag and len(heading) < len(rest) and title_tag.endswith(heading)


def _without_sites(text: str, sites: Iterable[str]) -> str:
    return functools.reduce(without_site, sites, text)


def _whole_heading(text: str, headings: Iterable[str]) -> str:
    """Return the heading that a title begins with, or the title.

    Such titles go on with a separator and sections of the site.
    """
    for heading in headings:
        rest = text[len(heading) :].lstrip()
        if len(heading) > len(rest) > 1 and text.startswith(heading) and rest[0] in _SEPARATORS:
            return heading
    return text


def without_site(headline: str, site_name: str | None) -> str:
    """Return a headline without the name of the site, which many put after or before a dash or bar."""
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


def _is_paywalled(
    items: Sequence[structured.JsonObject],
    elements: Iterable[HtmlElement],
    contents: Mapping[str, Sequence[str]],
) -> bool | None:
    """Return True if isAccessibleForFree (schema.org) or article:content_tier declares a paywall.

    One part that is not free is enough: Google asks sites to mark paywalled content so. None if the page
    declares nothing.
    """
    marks = map(structured.is_true, _microdata_values(elements, "isAccessibleForFree"))
    tiers = (_TIERS.get(tier.lower()) for tier in contents.get("article:content_tier", ()))
    known = [*structured.are_free(items), *(free for free in (*marks, *tiers) if free is not None)]
    return not all(known) if known else None


def is_truncated(text: str, declared_words: int | None) -> bool:
    """Return True if a text breaks off, or if its page declares far more words."""
    if text.rstrip().endswith(_BREAKS):
        return True
    return declared_words is not None and declared_words > TRUNCATED_FACTOR * count_words(text) + 50


def _first(texts: Iterable[str | None]) -> str | None:
    return next(filter(None, texts), None)


def _distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def instants(*values: str | None) -> tuple[datetime, ...]:
    """Return the distinct instants in ISO 8601 or RFC 5322, those with a zone first; others are in UTC."""
    times = [read for read in map(_read_instant, values) if read]
    times.sort(key=lambda read: read[0])
    return tuple(dict.fromkeys(instant for _, instant in times))


def _read_instant(value: str | None) -> tuple[bool, datetime] | None:
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
