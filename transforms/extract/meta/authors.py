"""Authors of an article: names in structured data, meta tags and bylines, split and cleaned."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lxml.html import HtmlElement

from transforms.extract.body.blocks import letters_of
from transforms.extract.body.furniture import text_of, words_of
from transforms.text.plain import HALF_A_CHARACTER, one_line
from transforms.text.word_tables import any_of, read_stems

_STEMS = read_stems(Path(__file__).parents[1] / "data" / "bylines.tsv")
_AND = re.compile(rf"\s*(?:[,;/&]|\s(?:{any_of(_STEMS['and'])})\s)\s*")
_BY = re.compile(rf"^(?:{any_of(_STEMS['by'])})[:\s]+", re.IGNORECASE)
# Class names of bylines, and similar names of other things.
_BYLINES = frozenset((
    "author", "authors", "byline", "bylines", "autor", "autore", "autori", "auteur", "verfasser",
))  # fmt: skip
_NO_BYLINES = frozenset((
    "comment", "comments", "info", "bio", "description", "image", "avatar", "contact", "title", "meta",
    "social", "follow",
))  # fmt: skip
_MAX_BYLINE_CHARS = 80
# Roles that follow a name and a comma.
_ROLES = re.compile(rf"\b(?:{any_of(_STEMS['role'])})\b", re.IGNORECASE)


def authors_of(
    tree: HtmlElement,
    said: Sequence[str],
    meta: str | None,
    sites: Iterable[str],
    links: Iterable[HtmlElement],
) -> tuple[str, ...]:
    """Return the authors from structured data (`said`), `meta` tags (separated by semicolons), links, or a
    byline.

    The first source with a name other than the site's own (one of `sites`) counts. Links (rel=author)
    count first if they have all names of the structured data and more.
    """
    structured, declared = split_names(said), split_names(HALF_A_CHARACTER.sub("", meta or "").split(";"))
    linked = split_names(one_line(link.text_content()) for link in links)
    if structured and set(structured) < set(linked):
        return linked
    keys = tuple(filter(None, map(letters_of, sites)))
    bylines = (split_names(texts) for texts in _bylines(tree))  # Searched only if the others have no name.
    for names in itertools.chain((structured, declared, linked), bylines):
        if names and not all(_is_site(letters_of(name), keys) for name in names):
            return names
    return structured or declared or linked


def _is_site(name: str, sites: Iterable[str]) -> bool:
    return any(site in name or name in site for site in sites)


def _bylines(tree: HtmlElement) -> Iterator[list[str]]:
    """Yield the names in elements named after authors without such an element inside, by place."""
    names_by_place: dict[HtmlElement | None, list[str]] = {}
    for element in tree.iter("a", "span", "p", "div", "address", "li", "cite"):
        if _is_byline(element) and not any(map(_is_byline, element.iterdescendants())):
            text = text_of(element)
            names = split_names([text]) if 3 <= len(text) <= _MAX_BYLINE_CHARS else ()
            if names and (_may_be_name(names[0]) or not names[0].isascii()):
                names_by_place.setdefault(element.getparent(), []).append(text)
    yield from names_by_place.values()


def _is_byline(element: HtmlElement) -> bool:
    if not element.get("class"):
        return False
    words = words_of(element)
    return bool(words & _BYLINES) and not words & _NO_BYLINES


def split_names(texts: Iterable[str]) -> tuple[str, ...]:
    """Split texts into names, each once, without "by"; a text is split if each part looks like a name."""
    names: list[str] = []
    for line in texts:
        text = _BY.sub("", line.strip()).strip(" ,;|")
        parts = [part.strip() for part in _AND.split(text) if part.strip()]
        people = [part for part in parts if not _ROLES.search(part)]
        several = len(parts) > 1 and people and all(_may_be_name(part) for part in people)
        names += people if several else [text]
    return tuple(dict.fromkeys(filter(None, names)))


def _may_be_name(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= 5 and not words[0][0].islower() and not words[-1][0].islower()
