"""Article objects in a page's JSON-LD (https://schema.org/Article), and their properties."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml.html import HtmlElement

from transforms.text.plain import HALF_A_CHARACTER, one_line, plain_text

Item = Mapping[str, Any]

_ARTICLE_TYPE = re.compile(r"Article$|Posting$|^Report|Blog|^Review|^Recipe", re.IGNORECASE)
# Properties of https://schema.org/CreativeWork that name the owner of the text.
_SOURCES = ("isBasedOn", "isBasedOnUrl", "sourceOrganization", "copyrightHolder", "provider", "publisher")
_START = re.compile(r"\{|(?<!CDATA)\[(?!CDATA)")
_DECODER = json.JSONDecoder(strict=False)  # Line breaks inside strings are common.
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_DEEPEST = 4


def take_articles(tree: HtmlElement) -> Iterator[Item]:
    """Return the article objects of a page, in order; the scripts are removed from the tree."""
    for script in list(tree.iter("script")):
        if not (script.get("type") or "").strip().lower().startswith("application/ld+json"):
            continue
        try:
            yield from _typed(_read(script.text or ""), depth=0)
        except (ValueError, RecursionError):
            continue
        finally:
            script.drop_tree()


def _read(script: str) -> Any:
    """Parse the JSON in a script, which may be in a comment or CDATA section, or escaped as HTML."""
    start = _START.search(script)
    if start is None:
        return None
    try:
        return _DECODER.raw_decode(script, start.start())[0]
    except ValueError:
        if "&quot;" not in script:
            raise
        return _DECODER.raw_decode(html.unescape(script), start.start())[0]


def _typed(value: Any, depth: int) -> Iterator[Item]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _typed(item, depth + 1)
    elif isinstance(value, dict):
        if any(_ARTICLE_TYPE.search(kind) for kind in texts(value.get("@type"))):
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _typed(value.get(key), depth + 1)


def texts(value: Any, *keys: str) -> Iterator[str]:
    """Yield the texts of a value, or of its objects by their keys; one or a list."""
    for item in value if isinstance(value, list) else [value]:
        parts = [item.get(key) for key in keys] if isinstance(item, dict) else [item]
        yield from (HALF_A_CHARACTER.sub("", text) for text in parts if isinstance(text, str))


def said(items: Sequence[Item], key: str, *keys: str) -> Iterator[str]:
    """Yield the articles' non-empty texts under a key, or under `keys` of objects there."""
    for item in items:
        yield from filter(None, map(str.strip, texts(item.get(key), *keys)))


def text_of_article(items: Sequence[Item]) -> str:
    """Return the longest articleBody, its paragraphs separated by one blank line."""
    read = (plain_text(body) if "<" in body else _paragraphs(body) for body in said(items, "articleBody"))
    return max(read, key=len, default="")


def _paragraphs(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "\n\n".join(line for line in lines if line)


def authors(items: Sequence[Item]) -> list[str]:
    """Return the author names of the first article that has any, in whatever form."""
    for item in items:
        value = item.get("author")
        names = [
            name for author in (value if isinstance(value, list) else [value]) for name in _names(author)
        ]
        if any(names):
            return names
    return []


def _names(author: Any) -> Iterator[str]:
    if isinstance(author, dict) and not author.get("name"):
        yield one_line(" ".join(texts([author.get("givenName"), author.get("familyName")])))
    else:
        yield from map(one_line, texts(author, "name"))


def sources(items: Sequence[Item]) -> Iterator[str]:
    """Return names and URLs of the articles' sources."""
    for key in _SOURCES:
        yield from said(items, key, "name", "url", "@id")


def keywords(items: Sequence[Item]) -> Iterator[str]:
    """Return tags; a text may hold several."""
    for text in said(items, "keywords", "name"):
        yield from map(one_line, text.split(","))


def word_count(items: Sequence[Item]) -> int | None:
    """Return the word count of the longest article."""
    counts = [str(item.get("wordCount", "")).strip() for item in items]
    return max((int(count) for count in counts if count.isdecimal() and len(count) < 7), default=None)


def are_free(items: Sequence[Item]) -> Iterator[bool]:
    """Return the values of isAccessibleForFree of the articles and their parts."""
    for item in items:
        parts = item.get("hasPart")
        for part in (item, *(parts if isinstance(parts, list) else [parts])):
            free = is_true(part.get("isAccessibleForFree")) if isinstance(part, dict) else None
            if free is not None:
                yield free


def is_true(value: Any) -> bool | None:
    """Return a schema.org Boolean, in any form that pages use; None for anything else."""
    if isinstance(value, bool):
        return value
    return _TRUTH.get(value.rpartition("/")[2].strip().lower()) if isinstance(value, str) else None
