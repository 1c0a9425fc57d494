"""Authors of an article, from structured data, meta tags, links and bylines."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lxml.html import HtmlElement

from transforms.extract.body.blocks import letters_of
from transforms.extract.body.elements import text_of, words_of
from transforms.text.plain import HALF_A_CHARACTER, one_line
from transforms.text.word_tables import any_of, read_stems

_STEMS = read_stems(Path(__file__).parents[1] / "data" / "bylines.tsv")
_BETWEEN_NAMES = re.compile(rf"\s*(?:[,;/&]|\s(?:{any_of(_STEMS['and'])})\s)\s*")
BYLINE_START = re.compile(rf"^(?:{any_of(_STEMS['by'])})[:\s]+", re.IGNORECASE)
# Class names of bylines, and class names that rule a byline out, such as author-bio.
_BYLINE_CLASSES = frozenset((
    "author", "authors", "byline", "bylines", "autor", "autore", "autori", "auteur", "verfasser",
))  # fmt: skip
_OTHER_CLASSES = frozenset((
    "comment", "comments", "info", "bio", "description", "image", "avatar", "contact", "title", "meta",
    "social", "follow",
))  # fmt: skip
_MAX_BYLINE_CHARS = 80
"""Maximum characters of an element that is a byline."""
_ROLES = re.compile(rf"\b(?:{any_of(_STEMS['role'])})\b", re.IGNORECASE)


def authors_of(
    tree: HtmlElement,
    structured_names: Sequence[str],
    meta: str | None,
    sites: Iterable[str],
    links: Iterable[HtmlElement],
) -> tuple[str, ...]:
    """Return the authors from structured data, meta tags, links or bylines.

    The first of these that names more than the site itself counts. Links count first if they have all names
    of the structured data and more.

    Args:
        tree: the page, searched for bylines if the other sources have no name.
        structured_names: names in structured data.
        meta: names in meta tags, separated by semicolons.
        sites: names of the site.
        links: elements with rel=author.
    """
    structured = split_names(structured_names)
    declared = split_names(HALF_A_CHARACTER.sub("", meta or "").split(";"))
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
    """Yield the texts of innermost elements with the class of a byline, those with one parent together."""
    texts_by_parent: dict[HtmlElement | None, list[str]] = {}
    for element in tree.iter("a", "span", "p", "div", "address", "li", "cite"):
        if _is_byline(element) and not any(map(_is_byline, element.iterdescendants())):
            text = text_of(element)
            names = split_names([text]) if 3 <= len(text) <= _MAX_BYLINE_CHARS else ()
            if names and (_may_be_name(names[0]) or not names[0].isascii()):
                texts_by_parent.setdefault(element.getparent(), []).append(text)
    yield from texts_by_parent.values()


def _is_byline(element: HtmlElement) -> bool:
    if not element.get("class"):
        return False
    words = words_of(element)
    return bool(words & _BYLINE_CLASSES) and not words & _OTHER_CLASSES


def split_names(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct names in texts, without "by"; split a text if each part looks like a name."""
    names: list[str] = []
    for line in texts:
        text = BYLINE_START.sub("", line.strip()).strip(" ,;|")
        parts = [part.strip() for part in _BETWEEN_NAMES.split(text) if part.strip()]
        people = [part for part in parts if not _ROLES.search(part)]
        is_list = len(parts) > 1 and people and all(_may_be_name(part) for part in people)
        names += people if is_list else [text]
    return tuple(dict.fromkeys(filter(None, names)))


def _may_be_name(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= 5 and not words[0][0].islower() and not words[-1][0].islower()
