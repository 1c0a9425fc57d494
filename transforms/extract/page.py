"""What a page's HTML holds: one parse gives the text, the metadata and the structured data."""

from __future__ import annotations

import codecs
import dataclasses
import json
import logging
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import trafilatura
import webencodings
from lxml.html import HtmlElement
from trafilatura.metadata import examine_meta
from trafilatura.utils import decode_file, load_html

from transforms.records import to_utc
from transforms.text import one_line, plain_text

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,40})""", re.IGNORECASE)
_META_BYTES = 4_096  # HTML says 1,024; pages put it later.
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SEPARATORS = "-–—|·•:»"
# Of https://schema.org/CreativeWork, those that tell whose text it is.
_SOURCES = ("isBasedOn", "isBasedOnUrl", "sourceOrganization", "copyrightHolder", "provider", "publisher")
_SOURCE_META = ("syndication-source", "original-source", "dcterms.source", "dc.source")
_ARTICLE_TYPE = re.compile(r"Article$|Posting$|^Report|Blog|^Review|^Recipe", re.IGNORECASE)

# Trafilatura's own warnings name pages that the step rejects, or puts right, by itself.
for _name in ("trafilatura", "htmldate", "courlan"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclasses.dataclass(frozen=True, slots=True)
class PageContent:
    """What was found on a page; texts have their paragraphs parted by one blank line."""

    text: str = ""
    json_ld_text: str = ""
    headlines: tuple[str, ...] = ()
    """As the page has them, the most trustworthy first."""
    description: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    site_name: str | None = None
    canonical_url: str | None = None
    sources: tuple[str, ...] = ()
    """Names and URLs of those that structured data says it came from."""
    image_url: str | None = None
    language: str | None = None
    published: tuple[datetime, ...] = ()
    """Candidates, the most trustworthy first."""
    updated: tuple[datetime, ...] = ()


def read_page(
    body: bytes, charset: str | None, url: str, latest: datetime, *, told: bool = False
) -> PageContent:
    """Decodes, parses and extracts a page, each once; `latest` bounds the dates that are believed.

    Where title and date are `told` elsewhere, and the page declares its authors, the
    document is not searched for them: that is a quarter of the time of a page.
    A page that is not HTML, or holds no text, gives an empty PageContent.
    """
    tree = load_html(decode(body, charset))
    if tree is None:
        return PageContent()
    data = list(_take_articles(tree))
    language = _first_text(tree, "/html/@lang", "/html/@xml:lang", "//meta[@property='og:locale']/@content")
    canonical = _first_text(tree, "//link[@rel='canonical']/@href", "//meta[@property='og:url']/@content")
    published = _first_text(tree, "//meta[@property='article:published_time']/@content")
    updated = _first_text(tree, "//meta[@property='article:modified_time']/@content")
    meta = examine_meta(tree)
    headlines = _headlines(tree, data, meta.sitename)
    authors = _authors(data) or _split_authors(meta.author)
    document = trafilatura.bare_extraction(
        tree,
        url=url,
        include_comments=False,
        # On the labelled pages precision rises more than recall falls, and what is not the
        # article's own makes false copies.
        favor_precision=True,
        with_metadata=not (told and authors),
        date_extraction_params={
            "extensive_search": False,
            "original_date": True,
            "max_date": latest.strftime("%Y-%m-%d"),
        },
    )
    found = PageContent(
        headlines=headlines,
        authors=authors,
        description=meta.description or "",
        tags=tuple(dict.fromkeys(filter(None, [*(meta.tags or []), *(meta.categories or [])]))),
        site_name=meta.sitename,
        sources=tuple(_sources(tree, data)),
        image_url=meta.image,
        json_ld_text=max((_body(item) for item in data), key=len, default=""),
        language=language or _of_any(data, "inLanguage"),
        canonical_url=canonical,
        published=_instants(_of_any(data, "datePublished"), published, getattr(document, "date", None)),
        updated=_instants(_of_any(data, "dateModified"), updated),
    )
    if document is None:
        return found
    return dataclasses.replace(
        found,
        text=_paragraphs(document.text or ""),
        headlines=(*headlines, *filter(None, (document.title, meta.title))),
        authors=authors or _split_authors(document.author),
        site_name=meta.sitename or document.sitename,
        tags=found.tags
        or tuple(dict.fromkeys(filter(None, [*(document.tags or []), *(document.categories or [])]))),
    )


def decode(body: bytes, declared: str | None) -> str:
    """A body as text, whatever its server claims.

    Valid UTF-8 is UTF-8: other encodings almost never look like it. Then the
    server's and the page's own claim (labels as in the WHATWG Encoding Standard),
    then a guess from the bytes.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    meta = _META_CHARSET.search(body[:_META_BYTES])
    claims = [declared, meta[1].decode("ascii") if meta else None]
    if b"\x1b" not in body:  # ISO-2022-JP is ASCII with escapes, so it would pass for UTF-8.
        claims.insert(0, "utf-8")
    for claim in claims:
        encoding = webencodings.lookup(claim) if claim else None
        if encoding is None or (encoding.name.startswith("utf-16") and b"\0" not in body[:_META_BYTES]):
            continue  # Any bytes are UTF-16 of something; markup in it has a NUL beside each letter.
        try:
            return str(encoding.codec_info.decode(body, "strict")[0])
        except ValueError:
            continue
    return str(decode_file(body))


def _take_articles(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    """The article objects of a page's JSON-LD (https://schema.org/Article), in its order.

    Takes the scripts out of the tree: trafilatura would read them once more, which
    is a fifth of its time with metadata on the labelled pages.
    """
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
        kinds = value.get("@type")
        if any(_ARTICLE_TYPE.search(str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])):
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _typed(value.get(key), depth + 1)


def _body(item: Mapping[str, Any]) -> str:
    body = item.get("articleBody")
    if not isinstance(body, str):
        return ""
    return plain_text(body) if "<" in body else _paragraphs(body)


def _authors(items: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """The names of the authors in the first article object that has any, whatever form they take."""
    for item in items:
        names = [one_line(name) for name in _texts(item.get("author"), "name")]
        if any(names):
            return tuple(dict.fromkeys(filter(None, names)))
    return ()


def _sources(tree: HtmlElement, items: list[Mapping[str, Any]]) -> Iterator[str]:
    for item in items:
        for key in _SOURCES:
            yield from _texts(item.get(key), "name", "url", "@id")
    for name in _SOURCE_META:
        yield from tree.xpath("//meta[@name=$name]/@content", name=name)


def _texts(value: Any, *keys: str) -> Iterator[str]:
    """The texts of a JSON-LD value, or those of its objects by their keys; one or a list."""
    for one in value if isinstance(value, list) else [value]:
        found = [one.get(key) for key in keys] if isinstance(one, dict) else [one]
        yield from (text for text in found if isinstance(text, str))


def _headlines(tree: HtmlElement, items: list[Mapping[str, Any]], site_name: str | None) -> tuple[str, ...]:
    """What the page calls its article: in JSON-LD, for those who share it, and at the top."""
    said = [_of_any(items, "headline"), _first_text(tree, "//meta[@property='og:title']/@content")]
    said += [heading.text_content() for heading in tree.xpath("//h1")]
    lines = (_without_site(one_line(text), site_name) for text in said if text)
    return tuple(dict.fromkeys(filter(None, lines)))


def _without_site(headline: str, site_name: str | None) -> str:
    """A headline without the name of the site, which many add behind a dash or a bar."""
    if site_name and headline.casefold().endswith(site_name.casefold()):
        rest = headline[: -len(site_name)].rstrip()
        if rest and rest[-1] in _SEPARATORS:
            return rest[:-1].rstrip()
    return headline


def _split_authors(names: str | None) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, (names or "").split(";"))))


def _of_any(items: list[Mapping[str, Any]], key: str) -> str | None:
    for item in items:
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def _first_text(tree: HtmlElement, *paths: str) -> str | None:
    for path in paths:
        for value in tree.xpath(path):
            if value.strip():
                return str(value.strip())
    return None


def _paragraphs(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "\n\n".join(line for line in lines if line)


def _instants(*values: str | None) -> tuple[datetime, ...]:
    """The instants among ISO 8601 texts; a day without a time is its first moment, in UTC."""
    result = []
    for value in values:
        try:
            result.append(to_utc(datetime.fromisoformat(value or "")))
        except (ValueError, OverflowError):
            continue
    return tuple(instant for instant in result if instant)
