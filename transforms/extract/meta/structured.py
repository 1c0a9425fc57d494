"""The article objects in a page's JSON-LD (https://schema.org/Article), and what they say."""

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
# Of https://schema.org/CreativeWork, those that tell whose text it is.
_SOURCES = ("isBasedOn", "isBasedOnUrl", "sourceOrganization", "copyrightHolder", "provider", "publisher")
_START = re.compile(r"\{|(?<!CDATA)\[(?!CDATA)")
_DECODER = json.JSONDecoder(strict=False)  # Line breaks inside strings are common.
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_DEEPEST = 4


def take_articles(tree: HtmlElement) -> Iterator[Item]:
    """The article objects of a page, in its order; the scripts leave the tree."""
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
    """The JSON in a script, which may stand in a comment or a CDATA section, or be escaped as HTML."""
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
        for one in value:
            yield from _typed(one, depth + 1)
    elif isinstance(value, dict):
        if any(_ARTICLE_TYPE.search(kind) for kind in texts(value.get("@type"))):
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _typed(value.get(key), depth + 1)


def texts(value: Any, *keys: str) -> Iterator[str]:
    """The texts of a value, or those of its objects by their keys; one or a list."""
    for one in value if isinstance(value, list) else [value]:
        found = [one.get(key) for key in keys] if isinstance(one, dict) else [one]
        yield from (HALF_A_CHARACTER.sub("", text) for text in found if isinstance(text, str))


def said(items: Sequence[Item], key: str, *keys: str) -> Iterator[str]:
    """What the articles say under a key, texts or objects that have them under `keys`; none are empty."""
    for item in items:
        yield from filter(None, map(str.strip, texts(item.get(key), *keys)))


def text_of_article(items: Sequence[Item]) -> str:
    """The longest articleBody, its paragraphs parted by one blank line."""
    read = (plain_text(body) if "<" in body else _paragraphs(body) for body in said(items, "articleBody"))
    return max(read, key=len, default="")


def _paragraphs(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "\n\n".join(line for line in lines if line)


def authors(items: Sequence[Item]) -> list[str]:
    """The names of the authors of the first article that has any, whatever form they take."""
    for item in items:
        value = item.get("author")
        names = [name for one in (value if isinstance(value, list) else [value]) for name in _names(one)]
        if any(names):
            return names
    return []


def _names(author: Any) -> Iterator[str]:
    if isinstance(author, dict) and not author.get("name"):
        yield one_line(" ".join(texts([author.get("givenName"), author.get("familyName")])))
    else:
        yield from map(one_line, texts(author, "name"))


def sources(items: Sequence[Item]) -> Iterator[str]:
    """Names and URLs of those that the articles come from."""
    for key in _SOURCES:
        yield from said(items, key, "name", "url", "@id")


def keywords(items: Sequence[Item]) -> Iterator[str]:
    """Tags, one or many a text."""
    for text in said(items, "keywords", "name"):
        yield from map(one_line, text.split(","))


def word_count(items: Sequence[Item]) -> int | None:
    """How many words the longest article is said to have."""
    counts = [str(item.get("wordCount", "")).strip() for item in items]
    return max((int(count) for count in counts if count.isdecimal() and len(count) < 7), default=None)


def are_free(items: Sequence[Item]) -> Iterator[bool]:
    """What isAccessibleForFree says of the articles and of their parts, where it says anything."""
    for item in items:
        parts = item.get("hasPart")
        for one in (item, *(parts if isinstance(parts, list) else [parts])):
            free = is_true(one.get("isAccessibleForFree")) if isinstance(one, dict) else None
            if free is not None:
                yield free


def is_true(value: Any) -> bool | None:
    """A schema.org Boolean, in any of the forms that pages give it; None for what is none."""
    if isinstance(value, bool):
        return value
    return _TRUTH.get(value.rpartition("/")[2].strip().lower()) if isinstance(value, str) else None
