"""Article objects in a page's JSON-LD (https://schema.org/Article), and their properties."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml.html import HtmlElement

from transforms.text.plain import HALF_A_CHARACTER, one_line, plain_text

JsonObject = Mapping[str, Any]
"""An object of JSON-LD: here, an article or a part of one."""

_ARTICLE_TYPE = re.compile(r"Article$|Posting$|^Report|Blog|^Review|^Recipe", re.IGNORECASE)
# Properties of https://schema.org/CreativeWork that name the owner of the text.
_SOURCES = ("isBasedOn", "isBasedOnUrl", "sourceOrganization", "copyrightHolder", "provider", "publisher")
_JSON_START = re.compile(r"\{|(?<!CDATA)\[(?!CDATA)")
_DECODER = json.JSONDecoder(strict=False)  # Line breaks inside strings are common.
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_MAX_DEPTH = 4


def take_articles(tree: HtmlElement) -> Iterator[JsonObject]:
    """Yield the article objects of a page, in order, and remove their scripts from the tree."""
    for script in list(tree.iter("script")):
        if not (script.get("type") or "").strip().lower().startswith("application/ld+json"):
            continue
        try:
            yield from _articles_in(_parse_json(script.text or ""), depth=0)
        except (ValueError, RecursionError):
            continue
        finally:
            script.drop_tree()


def _parse_json(script: str) -> Any:
    """Parse the JSON in a script; it may be in a comment or CDATA section, or escaped as HTML."""
    start = _JSON_START.search(script)
    if start is None:
        return None
    try:
        return _DECODER.raw_decode(script, start.start())[0]
    except ValueError:
        if "&quot;" not in script:
            raise
        return _DECODER.raw_decode(html.unescape(script), start.start())[0]


def _articles_in(value: Any, depth: int) -> Iterator[JsonObject]:
    """Yield the article objects within a value."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _articles_in(item, depth + 1)
    elif isinstance(value, dict):
        if any(_ARTICLE_TYPE.search(kind) for kind in texts(value.get("@type"))):
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _articles_in(value.get(key), depth + 1)


def texts(value: Any, *keys: str) -> Iterator[str]:
    """Yield the strings in a value or a list of values, and those under `keys` of objects among them."""
    for item in value if isinstance(value, list) else [value]:
        parts = [item.get(key) for key in keys] if isinstance(item, dict) else [item]
        yield from (HALF_A_CHARACTER.sub("", text) for text in parts if isinstance(text, str))


def values(items: Sequence[JsonObject], key: str, *keys: str) -> Iterator[str]:
    """Yield the non-empty strings under a key of articles, and under `keys` of objects there."""
    for item in items:
        yield from filter(None, map(str.strip, texts(item.get(key), *keys)))


def text_of_article(items: Sequence[JsonObject]) -> str:
    """Return the longest articleBody, its paragraphs separated by one blank line."""
    read = (plain_text(body) if "<" in body else _paragraphs(body) for body in values(items, "articleBody"))
    return max(read, key=len, default="")


def _paragraphs(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "\n\n".join(line for line in lines if line)


def authors(items: Sequence[JsonObject]) -> list[str]:
    """Return the names of the authors of the first article that has any."""
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


def sources(items: Sequence[JsonObject]) -> Iterator[str]:
    """Yield the names and URLs of the articles' sources."""
    for key in _SOURCES:
        yield from values(items, key, "name", "url", "@id")


def keywords(items: Sequence[JsonObject]) -> Iterator[str]:
    """Yield the tags of articles; one string may hold several, separated by commas."""
    for text in values(items, "keywords", "name"):
        yield from map(one_line, text.split(","))


def word_count(items: Sequence[JsonObject]) -> int | None:
    """Return the greatest declared word count."""
    counts = [str(item.get("wordCount", "")).strip() for item in items]
    return max((int(count) for count in counts if count.isdecimal() and len(count) < 7), default=None)


def are_free(items: Sequence[JsonObject]) -> Iterator[bool]:
    """Yield the values of isAccessibleForFree of articles and their parts."""
    for item in items:
        parts = item.get("hasPart")
        for part in (item, *(parts if isinstance(parts, list) else [parts])):
            free = is_true(part.get("isAccessibleForFree")) if isinstance(part, dict) else None
            if free is not None:
                yield free


def is_true(value: Any) -> bool | None:
    """Return the value of a schema.org Boolean in any form that pages use; None for anything else."""
    if isinstance(value, bool):
        return value
    return _BOOLEANS.get(value.rpartition("/")[2].strip().lower()) if isinstance(value, str) else None
