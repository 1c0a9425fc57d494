"""Cut hostile markup to bounds, so that parsing takes time linear in its length."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

MAX_ENTRIES = 5_000
"""Entries that are read of a document. Longer ones are archives, or hostile.

Of 92 real feeds the longest had 200 entries; news sitemaps may have 1,000. feedparser takes three seconds
for 20,000."""

MAX_TAGS = 300_000
"""Tags that are read of a document.

92 real feeds have 110,000 in total; in broken XML each takes feedparser 20 µs."""

MAX_DEPTH = 1_000
"""Elements that may be open at once within one entry; no feed comes near."""

_MAX_ATTRIBUTES = 64
"""Attributes of an element. Python's SAX, which feedparser uses, searches all of them for each one."""
_MAX_TAG_CHARS = 20_000

_TERSE = frozenset((
    "author", "category", "contributor", "creator", "email", "keywords", "managingeditor", "name", "owner",
    "publisher", "subject", "webmaster",
))  # fmt: skip
"""Elements that hold a name or a keyword.

feedparser compares each tag of an entry with all before it (60,000 take it 44 s), and searches a name for an
e-mail address from each of its letters (minutes for a name of 300,000)."""
MAX_TERSE_OF_NAME = 200
"""Terse elements of one name in an entry."""
_MAX_TERSE_CHARS = 2_000
_LONG_WORD = re.compile(r"[\w.+-]{100}", re.ASCII)

_RESERVED_NAMES = frozenset(("authors", "contributors", "enclosures", "links", "pos", "poslist", "tags"))
"""Names under which feedparser stores its own results; so are all names with "_".

None of them is read here. A lone position (GML) stops feedparser."""

# Neither alternative matches across a "<", so that it takes linear time; quotes may hold a ">".
_TAG = re.compile(r"""<(/?)([^\s<>/!?="'&]++)((?:[^<>"']|"[^<"]*+"|'[^<']*+')*+|[^<>]*+)>""")
_OPAQUE = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
"""Opening and closing marks of comments, CDATA and processing instructions."""


class Bounded(NamedTuple):
    """XML within bounds."""

    text: str
    cut: bool = False
    """True if the end is left out, because there are more entries or tags than are read."""
    too_deep: bool = False
    """True if elements are nested too deep; the text is then empty."""


_Tag = tuple[int, int, str, str, str, bool, bool]
"""Start, end, name as written, name in lower case without prefix, attributes, is it closing, is it empty.

The names of a "<" that opens no tag are empty. It is a plain tuple because a NamedTuple makes `bounded`
20 to 50% slower."""


def bounded(text: str, root: str) -> Bounded:
    """Return XML without attributes, names and tags beyond the bounds, cut after MAX_ENTRIES.

    `root` is the name of the outermost element as it is written.
    """
    is_sitemap = root.lower().endswith("urlset")
    entry_names = ("url",) if is_sitemap else ("item", "entry")
    kept = _KeptText(text)
    terse = _TerseElements(kept)
    depth = entries = 0
    for number, (start, end, written, name, attributes, closes, empty) in enumerate(_tags(text)):
        if name in entry_names and not closes:
            entries += 1
            depth, terse = 0, _TerseElements(kept)
        elif name and not empty:
            depth = max(0, depth - 1) if closes else depth + 1
        if entries > MAX_ENTRIES or number >= MAX_TAGS:
            return Bounded(_closed(kept.until(start), root), cut=True)
        if depth > MAX_DEPTH:
            return Bounded("", too_deep=True)
        terse.limit(name, start, end, closes=closes, empty=empty)
        is_reserved = "_" in name or name in _RESERVED_NAMES
        has_excess = end - start > _MAX_TAG_CHARS or attributes.count("=") > _MAX_ATTRIBUTES
        if is_reserved and not is_sitemap:
            kept.drop(start, end)
        elif has_excess:
            kept.drop(start + len("<") + closes + len(written), end - len(">") - empty)
    return Bounded(kept.until(len(text)))


def _closed(text: str, root: str) -> str:
    """Return a document that was cut between two entries, with its open elements closed."""
    channel = "</channel>" if root.lower() == "rss" else ""
    return f"{text}{channel}</{root}>"


class _KeptText:
    """A text without the spans that are dropped, in ascending order of their start."""

    def __init__(self, text: str) -> None:
        self.text, self._parts, self._done = text, list[str](), 0

    def drop(self, start: int, end: int) -> None:
        self._parts.append(self.text[self._done : max(start, self._done)])
        self._done = max(end, self._done)

    def until(self, end: int) -> str:
        return "".join((*self._parts, self.text[self._done : end]))


class _TerseElements:
    """Drops excess from the terse elements of one entry, or of those outside of entries."""

    def __init__(self, kept: _KeptText) -> None:
        self._kept, self._counts = kept, Counter[str]()
        self._inside, self._chars_left, self._last_end = "", 0, 0

    def limit(self, name: str, start: int, end: int, *, closes: bool, empty: bool) -> None:
        """Drop the text before the next tag if it is too long for the open terse element; count the tag."""
        if self._inside:
            self._chars_left -= start - self._last_end
            if self._chars_left < 0 or _LONG_WORD.search(self._kept.text, self._last_end, start):
                self._kept.drop(self._last_end, start)
        self._last_end = end
        if name not in _TERSE:
            return
        self._counts[name] += not closes
        if self._counts[name] > MAX_TERSE_OF_NAME:
            self._kept.drop(start, end)
        if closes and name == self._inside:
            self._inside = ""
        elif not (closes or empty or self._inside):
            self._inside, self._chars_left = name, _MAX_TERSE_CHARS


def _tags(text: str) -> Iterator[_Tag]:
    """Yield each tag, and each "<" that opens none.

    Comments, CDATA and processing instructions are skipped.
    """
    at = 0
    unclosed = set[str]()  # Opening marks that no closing mark follows: each is searched to the end once.
    while (start := text.find("<", at)) >= 0:
        at = start + 1
        if text.startswith(("!", "?"), at):
            mark = next((mark for mark in _OPAQUE if text.startswith(mark, start)), "")
            end = text.find(_OPAQUE[mark], start + len(mark)) if mark and mark not in unclosed else -1
            if end >= 0:
                at = end + len(_OPAQUE[mark])
            else:
                unclosed.add(mark)
                yield start, at, "", "", "", False, False
        elif match := _TAG.match(text, start):
            at = match.end()
            slash, written, attributes = match.groups()
            name = written.rpartition(":")[2].lower()
            yield start, at, written, name, attributes, slash != "", attributes.endswith("/")
        else:
            yield start, at, "", "", "", False, False
