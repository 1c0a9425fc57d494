"""Elements of a page: their text, the words of their names, and how much text they hold."""

from __future__ import annotations

import functools
import re
from collections import Counter

from lxml.html import HtmlElement

_STOPS = ".!?…。！？।۔؟։።"
_CLOSING_QUOTES = ('"', "'", "”", "“", "’", "»", "«", "›", "‹", "״", ")", "]", "）", "】")
SENTENCE_ENDS = (*_STOPS, "」", "』", *(f"{stop}{quote}" for stop in _STOPS for quote in _CLOSING_QUOTES))

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def text_of(element: HtmlElement) -> str:
    """Return the text of an element on one line."""
    return " ".join("".join(element.itertext()).split())


@functools.lru_cache(maxsize=4_096)
def words_in(names: str) -> frozenset[str]:
    """Return the words of names: "articleImage-wide" has article, image and wide."""
    return frozenset(word.lower() for word in _WORDS.findall(names))


def words_of(element: HtmlElement) -> frozenset[str]:
    """Return the words of an element's class and id."""
    names = element.get("class") or ""
    if name := element.get("id"):
        names = f"{names} {name}"
    return words_in(names) if names else frozenset()


class Sizes:
    """Characters of text, and of text in links, of each element.

    Dropping an element updates those around it.
    """

    def __init__(self, root: HtmlElement) -> None:
        self.root = root
        self.elements: list[HtmlElement] = []
        nodes = list(root.iter())
        text = self.text = dict.fromkeys(nodes, 0)
        links = self.links = dict.fromkeys(nodes, 0)
        for node in reversed(nodes):  # Children before their parents.
            length = text[node]
            if isinstance(node.tag, str):
                self.elements.append(node)
                if head := node.text:
                    length = text[node] = length + len(head.strip())
                if node.tag == "a":
                    links[node] = length
            if node is root:
                break
            if tail := node.tail:
                length += len(tail.strip())
            parent = node.getparent()
            text[parent] += length
            links[parent] += links[node]
        self.elements.reverse()
        self.page = text[root]
        self._classes: Counter[tuple[str, str]] = Counter()
        self.long_paragraphs: dict[HtmlElement | None, int] = {}
        """A cache for rules: long paragraphs directly in an element, which may hold thousands of boxes."""
        # Elements of dropped parts are kept to the end: lxml searches the whole part for others whenever a
        # node outlives its root.
        self._dropped: list[HtmlElement] = []

    def of_class(self, element: HtmlElement) -> int:
        """Return the characters of all elements with the tag and class of this one."""
        if not self._classes:
            for counted in self.elements:
                if names := counted.get("class"):
                    self._classes[counted.tag, names] += self.text[counted]
        return self._classes[element.tag, element.get("class") or ""]

    def drop(self, element: HtmlElement) -> None:
        """Remove an element from the tree; the text after it stays."""
        if element.getparent() is None or element is self.root:
            return
        text, links = self.text[element], self.links[element]
        for ancestor in element.iterancestors():
            if ancestor not in self.text:
                break
            self.text[ancestor] -= text
            self.links[ancestor] -= links
        element.drop_tree()
        self._dropped.append(element)

    def in_links(self, element: HtmlElement) -> float:
        """Return the share of an element's text that is in links, 0 to 1."""
        return self.links[element] / (self.text[element] or 1)
