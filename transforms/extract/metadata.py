"""What a page says of its article elsewhere: JSON-LD (https://schema.org/Article), meta tags, bylines."""

from __future__ import annotations

import dataclasses
import email.utils
import functools
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import htmldate
from lxml.html import HtmlElement
from trafilatura.metadata import examine_meta

from transforms.extract.blocks import letters_of
from transforms.extract.furniture import text_of, words_of
from transforms.records import to_utc
from transforms.text import count_words, one_line, plain_text

_SEPARATORS = "-–—|·•:»"
# Of https://schema.org/CreativeWork, those that tell whose text it is.
_SOURCES = ("isBasedOn", "isBasedOnUrl", "sourceOrganization", "copyrightHolder", "provider", "publisher")
_SOURCE_META = ("syndication-source", "original-source", "dcterms.source", "dc.source")
_ARTICLE_TYPE = re.compile(r"Article$|Posting$|^Report|Blog|^Review|^Recipe", re.IGNORECASE)
# Names for the same in meta tags: of Open Graph first, then of analytics and of libraries.
_PUBLISHED_META = (
    *("article:published_time", "og:published_time", "datepublished", "parsely-pub-date", "sailthru.date"),
    *(
        "pubdate",
        "publishdate",
        "publish-date",
        "publication_date",
        "article.published",
        "cxenseparse:recs:publishtime",
    ),
    *("cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.created", "dc.date", "date"),
)
_UPDATED_META = (
    *("article:modified_time", "og:updated_time", "datemodified", "last-modified", "lastmod"),
    *("article.updated", "dcterms.modified", "dc.date.modified"),
)
_AND = re.compile(r"\s*(?:[,;/&]|\s(?:and|und|et|y|e|en|och|og|és|i|a|ve|dan|と)\s)\s*")
_BY = re.compile(r"^(?:by|von|par|por|di|da|door|av|af|od|от|автор)[:\s]+", re.IGNORECASE)
_BYLINES = frozenset((
    "author", "authors", "byline", "bylines", "autor", "autore", "autori", "auteur", "verfasser",
))  # fmt: skip
_NO_BYLINES = frozenset((
    "comment", "comments", "info", "bio", "description", "image", "avatar", "contact", "title", "meta",
    "social", "follow",
))  # fmt: skip
_LONGEST_BYLINE = 80
_BREAKS = ("…", "...", "[…]", "[...]", "(…)", "(...)")
# Declared counts include headlines and captions, or are of another way to count.
MUCH_LONGER = 1.5
_ZONE = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")


@dataclasses.dataclass(frozen=True, slots=True)
class Metadata:
    """What was found; of times and headlines the most trustworthy first."""

    headlines: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    text: str = ""
    """In structured data, paragraphs parted by one blank line."""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    site_name: str | None = None
    canonical_url: str | None = None
    sources: tuple[str, ...] = ()
    """Names and URLs of those that structured data says it came from."""
    image_url: str | None = None
    language: str | None = None
    published: tuple[datetime, ...] = ()
    updated: tuple[datetime, ...] = ()
    paywalled: bool | None = None
    """Whether not all of it is free to read; None where the page says nothing."""
    words: int | None = None
    """How many it has, as the page declares."""


def read_metadata(tree: HtmlElement, latest: datetime, *, dated: bool = False) -> Metadata:
    """The metadata of a page; its JSON-LD leaves the tree.

    Where nothing declares a date the document is searched for one, which `latest` bounds, unless it is
    `dated` elsewhere.
    """
    data = list(_take_articles(tree))
    meta = examine_meta(tree)
    named = _named(tree)
    published = instants(*_all(data, "datePublished"), *_any_of(named, _PUBLISHED_META))
    updated = instants(*_all(data, "dateModified"), *_any_of(named, _UPDATED_META))
    published = published or instants(*_times_of(tree, "datePublished"))
    updated = updated or instants(*_times_of(tree, "dateModified"))
    if not published and not dated:
        published = instants(_searched(tree, latest))
    return Metadata(
        headlines=_headlines(tree, data, meta.sitename, meta.title),
        descriptions=_distinct((meta.description, *_any_of(named, ("og:description", "description")))),
        text=max((_body(item) for item in data), key=len, default=""),
        authors=_authors(tree, data, meta.author, meta.sitename),
        tags=_distinct((*(meta.tags or []), *(meta.categories or []))) or _distinct(_keywords(data)),
        site_name=meta.sitename,
        canonical_url=_first_text(tree, "//link[@rel='canonical']/@href")
        or next(iter(named.get("og:url", ())), None),
        sources=_distinct((*_said_sources(data), *_any_of(named, _SOURCE_META))),
        image_url=meta.image or next(iter(_images(data)), None),
        language=_first_text(tree, "/html/@lang", "/html/@xml:lang")
        or next(iter((*named.get("og:locale", ()), *_all(data, "inLanguage"))), None),
        published=published,
        updated=updated,
        paywalled=_paywalled(tree, data, named),
        words=max((number for item in data for number in _numbers(item.get("wordCount"))), default=None),
    )


def _take_articles(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    """The article objects of a page's JSON-LD, in its order; the scripts leave the tree."""
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            # Line breaks inside strings are common, so not strict.
            yield from _typed(json.loads((script.text or "").strip().rstrip(";"), strict=False), depth=0)
        except (ValueError, RecursionError):
            continue
        finally:
            script.drop_tree()


def _typed(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > 4:
        return
    if isinstance(value, list):
        for item in value:
            yield from _typed(item, depth + 1)
    elif isinstance(value, dict):
        if any(_ARTICLE_TYPE.search(kind) for kind in _texts(value.get("@type"))):
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _typed(value.get(key), depth + 1)


def _named(tree: HtmlElement) -> Mapping[str, Sequence[str]]:
    """The contents of the meta tags by name, property or itemprop, in lower case."""
    found: dict[str, list[str]] = {}
    for tag in tree.iter("meta"):
        content = (tag.get("content") or "").strip()
        name = tag.get("property") or tag.get("name") or tag.get("itemprop")
        if content and name:
            found.setdefault(name.lower(), []).append(content)
    return found


def _any_of(named: Mapping[str, Sequence[str]], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from named.get(name, ())


def _times_of(tree: HtmlElement, name: str) -> Iterator[str]:
    """The values of a property in the page's microdata."""
    for element in tree.xpath("//body//*[@itemprop=$name]", name=name):
        yield element.get("datetime") or element.get("content") or ""


def _searched(tree: HtmlElement, latest: datetime) -> str | None:
    """The day that htmldate finds on a page: in its usual places, then, which is slow, anywhere."""
    find = functools.partial(
        htmldate.find_date,
        tree,
        original_date=True,
        max_date=latest.strftime("%Y-%m-%d"),
        deferred_url_extractor=True,
    )
    found: str | None = find(extensive_search=False) or find(extensive_search=True)
    return found


def _body(item: Mapping[str, Any]) -> str:
    body = item.get("articleBody")
    if not isinstance(body, str):
        return ""
    return plain_text(body) if "<" in body else paragraphs_of(body)


def paragraphs_of(text: str) -> str:
    """A text with a paragraph a line, its paragraphs parted by one blank line."""
    lines = (line.strip() for line in text.splitlines())
    return "\n\n".join(line for line in lines if line)


def _authors(
    tree: HtmlElement, items: Sequence[Mapping[str, Any]], named: str | None, site_name: str | None
) -> tuple[str, ...]:
    """Who wrote it: persons before organisations, structured data before meta tags before the byline.

    A byline of links to authors counts more where it has all of those names and others.
    """
    said = _said_authors(items)
    linked = split_names(one_line(link.text_content()) for link in tree.xpath("//body//*[@rel='author']"))
    if said and set(said) < set(linked):
        return linked
    meta = split_names((named or "").split(";"))
    sites = tuple(filter(None, map(letters_of, (site_name or "", *_publishers(items)))))
    bylines = (split_names([text]) for text in _bylines(tree))  # Not searched where others have a name.
    for names in itertools.chain((said, meta, linked), bylines):
        if names and not all(_is_site(letters_of(name), sites) for name in names):
            return names
    return said or meta or linked


def _is_site(name: str, sites: Iterable[str]) -> bool:
    return any(site in name or name in site for site in sites)


def _bylines(tree: HtmlElement) -> Iterator[str]:
    """The names in elements that are called after authors."""
    for element in tree.iter("a", "span", "p", "div", "address", "li", "cite"):
        if element.get("class") and words_of(element) & _BYLINES and not words_of(element) & _NO_BYLINES:
            text = text_of(element)
            names = split_names([text]) if 3 <= len(text) <= _LONGEST_BYLINE else ()
            if names and (_may_be_name(names[0]) or not names[0].isascii()):
                yield text


def _said_authors(items: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The authors of the first article object that has any."""
    for item in items:
        value = item.get("author")
        names = [
            name for author in (value if isinstance(value, list) else [value]) for name in _names_of(author)
        ]
        if any(names):
            return split_names(names)
    return ()


def _names_of(author: Any) -> Iterator[str]:
    if isinstance(author, dict) and not author.get("name"):
        parts = (author.get("givenName"), author.get("familyName"))
        yield one_line(" ".join(part for part in parts if isinstance(part, str)))
    else:
        yield from map(one_line, _texts(author, "name"))


def _publishers(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for item in items:
        yield from _texts(item.get("publisher"), "name")


def split_names(texts: Iterable[str]) -> tuple[str, ...]:
    """Names, each once, without "by"; a text holds several where each part has the form of one."""
    names: list[str] = []
    for line in texts:
        text = _BY.sub("", line.strip()).strip(" ,;|")
        parts = [part.strip() for part in _AND.split(text) if part.strip()]
        several = len(parts) > 1 and all(_may_be_name(part) for part in parts)
        names += parts if several else [text]
    return _distinct(names)


def _may_be_name(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= 5 and not words[0][0].islower() and not words[-1][0].islower()


def _said_sources(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for item in items:
        for key in _SOURCES:
            yield from _texts(item.get(key), "name", "url", "@id")


def _paywalled(
    tree: HtmlElement, items: Sequence[Mapping[str, Any]], named: Mapping[str, Sequence[str]]
) -> bool | None:
    """What schema.org's isAccessibleForFree or article:content_tier (free, metered, locked) say.

    A part that is not free, as Google asks sites to mark what is behind a wall, is not free as a whole.
    """
    wholes = [item.get("isAccessibleForFree") for item in items]
    parts = [part for item in items for part in _objects(item.get("hasPart"))]
    said = [_is_true(value) for value in (*wholes, *(part.get("isAccessibleForFree") for part in parts))]
    said += map(_is_true, tree.xpath("//body//*[@itemprop='isAccessibleForFree']/@content"))
    tiers = named.get("article:content_tier", ())
    said += [tier.lower() == "free" for tier in tiers if tier.lower() in ("free", "metered", "locked")]
    known = [one for one in said if one is not None]
    return not all(known) if known else None


def _is_true(value: Any) -> bool | None:
    """A schema.org Boolean, in any of the forms that pages give it."""
    if isinstance(value, bool):
        return value
    text = value.rpartition("/")[2].strip().lower() if isinstance(value, str) else ""
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text)


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict))


def _numbers(value: Any) -> Iterator[int]:
    text = str(value).strip() if isinstance(value, int | str) else ""
    if text.isdecimal() and len(text) < 7:
        yield int(text)


def is_truncated(text: str, declared_words: int | None) -> bool:
    """Whether a text is likely a part of its article: it breaks off, or its page declares far more words."""
    if text.rstrip().endswith(_BREAKS):
        return True
    return declared_words is not None and declared_words > MUCH_LONGER * count_words(text) + 50


def _keywords(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for item in items:
        for text in _texts(item.get("keywords"), "name"):
            yield from map(one_line, text.split(","))


def _images(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for item in items:
        yield from _texts(item.get("image"), "url", "contentUrl")


def _texts(value: Any, *keys: str) -> Iterator[str]:
    """The texts of a JSON-LD value, or those of its objects by their keys; one or a list."""
    for one in value if isinstance(value, list) else [value]:
        found = [one.get(key) for key in keys] if isinstance(one, dict) else [one]
        yield from (text for text in found if isinstance(text, str))


def _headlines(
    tree: HtmlElement, items: Sequence[Mapping[str, Any]], site_name: str | None, title: str | None
) -> tuple[str, ...]:
    """What the page calls its article: in JSON-LD, for sharing, at the top, as the window's title."""
    said = [next(_all(items, "headline"), None), _first_text(tree, "//meta[@property='og:title']/@content")]
    said += [heading.text_content() for heading in tree.xpath("//h1")]
    said += [title, _first_text(tree, "//head/title/text()")]
    return _distinct(without_site(one_line(text), site_name) for text in said if text)


def without_site(headline: str, site_name: str | None) -> str:
    """A headline without the name of the site, which many add behind a dash or a bar, or put before one."""
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


def _all(items: Sequence[Mapping[str, Any]], key: str) -> Iterator[str]:
    for item in items:
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            yield value.strip()


def _first_text(tree: HtmlElement, *paths: str) -> str | None:
    for path in paths:
        for value in tree.xpath(path):
            if value.strip():
                return str(value.strip())
    return None


def _distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def instants(*values: str | None) -> tuple[datetime, ...]:
    """The instants among texts of ISO 8601 or RFC 5322, those with a zone first; others are taken for UTC."""
    found = [instant for instant in map(_instant, values) if instant]
    found.sort(key=lambda instant: instant.tzinfo is None)
    return tuple(dict.fromkeys(instant for instant in map(to_utc, found) if instant))


def _instant(value: str | None) -> datetime | None:
    text = _ZONE.sub("", (value or "").strip())
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
