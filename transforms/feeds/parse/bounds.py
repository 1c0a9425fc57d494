"""Bounds for markup, so that the time of parsing depends only on its length."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
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
    items = ("url",) if is_sitemap else ("item", "entry")
    kept = _Kept(text)
    terse = _Terse(kept)
    depth = entries = 0
    for number, (start, end, tag) in enumerate(_tags(text)):
        name = tag[2].rpartition(":")[2].lower() if tag else ""
        closes, empty = bool(tag and tag[1]), bool(tag and tag[3].endswith("/"))
        if name in items and not closes:
            depth, terse = 0, _Terse(kept)
            entries += 1
        elif name and not empty:
            depth = max(0, depth + (-1 if closes else 1))
        if entries > MAX_ENTRIES or number >= MAX_TAGS:
            within = "</channel>" if root.lower() == "rss" else ""
            return Bounded(f"{kept.until(start)}{within}</{root}>", cut=True)
        if depth > MAX_DEPTH:
            return Bounded("", too_deep=True)
        terse.see(name, start, end, closes=closes, empty=empty)
        if ("_" in name or name in _CONFUSING) and not is_sitemap:
            kept.drop(start, end)
        elif tag and (end - start > _MAX_TAG_CHARS or tag[3].count("=") > _MAX_ATTRIBUTES):
            kept.drop(start + 1 + len(tag[2]), end - 1 - empty)
    return Bounded(kept.until(len(text)))


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

    def see(self, name: str, start: int, end: int, *, closes: bool, empty: bool) -> None:
        """Take the next tag; text before it is dropped if it is too long for a terse element."""
        if self._inside:
            self._room -= start - self._before
            if self._room < 0 or _ENDLESS_WORD.search(self._kept.text, self._before, start):
                self._kept.drop(self._before, start)
        self._before = end
        if name not in _TERSE:
            return
        self._counts[name] += not closes
        if self._counts[name] > MAX_TERSE:
            self._kept.drop(start, end)
        if closes and name == self._inside:
            self._inside = ""
        elif not (closes or empty or self._inside):
            self._inside, self._room = name, _MAX_TERSE_CHARS


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
