"""Bounds for markup, so that the time of parsing depends only on its length."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator
from typing import NamedTuple

# The longest of 92 real feeds had 200 entries; news sitemaps may have 1,000. Longer ones are archives, or
# hostile. 20,000 entries take feedparser three seconds.
MAX_ENTRIES = 5_000
# Those 92 feeds have 110,000 tags together; in broken XML each takes feedparser 20 µs.
MAX_TAGS = 300_000
# No real feed nests this many elements in one entry.
MAX_DEPTH = 1_000
# Python's SAX parser, which feedparser uses, looks up each attribute among all attributes of its element.
_MAX_ATTRIBUTES = 64
_MAX_TAG_CHARS = 20_000
# feedparser compares each tag of an entry with all earlier ones, and searches for an e-mail address from each
# letter of a name: 60,000 tags take 44 s, a name of 300,000 letters minutes.
_TERSE = frozenset((
    "author", "category", "contributor", "creator", "email", "keywords", "managingeditor", "name", "owner",
    "publisher", "subject", "webmaster",
))  # fmt: skip
MAX_TERSE = 200
_MAX_TERSE_CHARS = 2_000
_ENDLESS_WORD = re.compile(r"[\w.+-]{100}", re.ASCII)
# feedparser keeps its own results under these names and names with "_"; a lone position (GML) stops it. None
# of them is read here.
_CONFUSING = frozenset(("authors", "contributors", "enclosures", "links", "pos", "poslist", "tags"))
# Neither alternative passes a "<", so no text is scanned twice; quotes may contain a ">".
_TAG = re.compile(r"""<(/?)([^\s<>/!?="'&]++)((?:[^<>"']|"[^<"]*+"|'[^<']*+')*+|[^<>]*+)>""")
_OPAQUE = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}


class Bounded(NamedTuple):
    """XML within bounds."""

    text: str
    cut: bool = False
    """True if its end, with too many entries or tags, was cut off."""
    too_deep: bool = False
    """True if elements are nested beyond reason; then there is no text."""


def bounded(text: str, root: str) -> Bounded:
    """Drop attributes, names and tags that are too many or too long, and cut after MAX_ENTRIES.

    `root` is the outermost element as it is written.
    """
    is_sitemap = root.lower().endswith("urlset")
    nesting = _Nesting(("url",) if is_sitemap else ("item", "entry"))
    kept = _Kept(text)
    terse = _Terse(kept)
    for number, (start, end, matched) in enumerate(_tags(text)):
        tag = _Tag.of(matched)
        if nesting.enter(tag):
            terse = _Terse(kept)
        if nesting.entries > MAX_ENTRIES or number >= MAX_TAGS:
            within = "</channel>" if root.lower() == "rss" else ""
            return Bounded(f"{kept.until(start)}{within}</{root}>", cut=True)
        if nesting.depth > MAX_DEPTH:
            return Bounded("", too_deep=True)
        terse.see(tag, start, end)
        if tag.is_confusing and not is_sitemap:
            kept.drop(start, end)
        elif matched and (end - start > _MAX_TAG_CHARS or matched[3].count("=") > _MAX_ATTRIBUTES):
            kept.drop(start + 1 + len(matched[2]), end - 1 - tag.empty)
    return Bounded(kept.until(len(text)))


class _Tag(NamedTuple):
    """A tag; its name is '' if the text only begins like a tag."""

    name: str
    """Without prefix, in lower case."""
    closes: bool
    empty: bool

    @classmethod
    def of(cls, matched: re.Match[str] | None) -> _Tag:
        if matched is None:
            return cls("", False, False)
        return cls(matched[2].rpartition(":")[2].lower(), bool(matched[1]), matched[3].endswith("/"))

    @property
    def is_confusing(self) -> bool:
        """Return True if feedparser would take the element for a result of its own."""
        return "_" in self.name or self.name in _CONFUSING


class _Nesting:
    """Counts entries, and the elements that are open within the current one."""

    def __init__(self, items: Container[str]) -> None:
        self._items = items
        self.depth = self.entries = 0

    def enter(self, tag: _Tag) -> bool:
        """Take the next tag; return True if it opens an entry."""
        if tag.name in self._items and not tag.closes:
            self.depth = 0
            self.entries += 1
            return True
        if tag.name and not tag.empty:
            self.depth = max(0, self.depth + (-1 if tag.closes else 1))
        return False


class _Kept:
    """A text from which spans are dropped, front to back."""

    def __init__(self, text: str) -> None:
        self.text, self._parts, self._done = text, list[str](), 0

    def drop(self, start: int, end: int) -> None:
        self._parts.append(self.text[self._done : max(start, self._done)])
        self._done = max(end, self._done)

    def until(self, end: int) -> str:
        return "".join((*self._parts, self.text[self._done : end]))


class _Terse:
    """Drops excess from the terse elements of one entry, or outside of entries."""

    def __init__(self, kept: _Kept) -> None:
        self._kept, self._counts = kept, Counter[str]()
        self._inside, self._room, self._before = "", 0, 0

    def see(self, tag: _Tag, start: int, end: int) -> None:
        """Take the next tag; text before it is dropped if it is too long for a terse element."""
        if self._inside:
            self._room -= start - self._before
            if self._room < 0 or _ENDLESS_WORD.search(self._kept.text, self._before, start):
                self._kept.drop(self._before, start)
        self._before = end
        if tag.name not in _TERSE:
            return
        self._counts[tag.name] += not tag.closes
        if self._counts[tag.name] > MAX_TERSE:
            self._kept.drop(start, end)
        if tag.closes and tag.name == self._inside:
            self._inside = ""
        elif not (tag.closes or tag.empty or self._inside):
            self._inside, self._room = tag.name, _MAX_TERSE_CHARS


def _tags(text: str) -> Iterator[tuple[int, int, re.Match[str] | None]]:
    """Yield start, end and parts of each tag; text that only begins like a tag has no parts.

    Comments, CDATA and processing instructions are skipped.
    """
    at, endless = 0, set[str]()
    while (start := text.find("<", at)) >= 0:
        at = start + 1
        if text[at : at + 1] in ("!", "?"):
            mark = next((mark for mark in _OPAQUE if text.startswith(mark, start)), "")
            end = text.find(_OPAQUE[mark], start + len(mark)) if mark and mark not in endless else -1
            if end >= 0:
                at = end + len(_OPAQUE[mark])
                continue
            endless.add(mark)
            yield start, at, None
        elif matched := _TAG.match(text, start):
            at = matched.end()
            yield start, at, matched
        else:
            yield start, at, None
