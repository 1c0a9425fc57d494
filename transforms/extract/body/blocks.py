"""Blocks: paragraphs, headings and items of a page in its tree, and how they group."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from transforms.extract.body.furniture import SENTENCE_ENDS, text_of, words_of
from transforms.extract.body.shape import HEADINGS
from transforms.text.scripts import WIDE

# Minimum letters of a key that identifies the block of a line.
MIN_KEY_LETTERS = 20
_TAGS = ("p", *HEADINGS, "li", "blockquote", "div", "span", "td", "dd", "dt", "pre")
_INLINE = ("span", "a", "b", "strong", "em", "i", "font")
_MAX_BLOCK_CHARS = 1_500
# Paragraphs of one kind that the extractor must have taken before the others of that kind count as text.
_MIN_OF_KIND = 2
_SHARE_OF_KIND = 0.25
# The frame of an article is the smallest element with this share of the extracted text.
_FRAME_SHARE = 0.8
_MIN_STANDFIRST_CHARS = 50
_MIN_NAMED_CHARS = 25
_MAX_STANDFIRST_CHARS = 400
# Maximum number of unnamed boxes around one text.
_MAX_BOXES = 5
_MAX_HEADING_CHARS = 150
_STANDFIRSTS = frozenset((
    "lead", "intro", "standfirst", "dek", "deck", "excerpt", "subtitle", "summary", "teaser", "ingress",
    "preamble", "preface", "abstract", "subhead", "subheadline", "description", "chapo", "bajada",
    "entradilla", "vorspann", "einleitung", "sottotitolo", "occhiello",
))  # fmt: skip
_NOT_WORDS = re.compile(r"[\W_]+")
# Characters that say as much as two of other scripts.
_WIDE = re.compile(f"[{WIDE}]")
_DIGITS = re.compile(r"\d+")

# Soft hyphens, joiners, direction marks: trafilatura drops them.
_UNSEEN = re.compile(r"[\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")

Signature = tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A piece of text of a page, with its element."""

    element: HtmlElement
    text: str
    key: str
    """The text without blanks, to match it with lines made from the same tree."""

    @property
    def tag(self) -> str:
        """Tag of its element."""
        return str(self.element.tag)


def key_of_line(line: str) -> str:
    """Return a line without blanks, invisible characters and the mark of a list item."""
    seen = line if line.isascii() else _UNSEEN.sub("", line)
    return "".join(seen.removeprefix("- ").split())


def letters_of(line: str) -> str:
    """Return a line's letters and digits in lower case, for comparison with other sources."""
    return _NOT_WORDS.sub("", line.casefold())


def looks_like_item(line: str) -> bool:
    """Return True if a line begins like trafilatura's list items."""
    return line.startswith("- ")


def width_of(line: str) -> int:
    """Return the length of a line in Latin letters; wide characters count twice."""
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))


def is_paragraph(line: str) -> bool:
    """Return True if a line is long enough for a paragraph, and not a list item or headline."""
    wide = width_of(line)
    return not looks_like_item(line) and (wide >= 150 or (wide >= 80 and line.endswith(SENTENCE_ENDS)))


def blocks_of(root: HtmlElement) -> list[Block]:
    """Return the blocks of a tree in order; divisions count if text is directly in them."""
    blocks = []
    for element in root.iter(*_TAGS):
        if element.tag in ("div", "span") and not _holds_text(element):
            continue
        text = text_of(element)
        if len(text) > 1 and (element.tag == "p" or len(text) <= _MAX_BLOCK_CHARS):
            blocks.append(Block(element, text, key_of_line(text)))
    return blocks


def _holds_text(element: HtmlElement) -> bool:
    if len(element) > 3:
        return False
    return bool((element.text or "").strip()) or (len(element) == 1 and element[0].tag in _INLINE)


def signature_of(element: HtmlElement | None, height: int = 3) -> Signature:
    """Return the tags and classes of an element and its ancestors, which all paragraphs of a kind share."""
    levels: list[tuple[str, str]] = []
    while element is not None and len(levels) < height:
        names = _DIGITS.sub("", element.get("class") or "").split()
        levels.append((str(element.tag), " ".join(sorted(names))))
        element = element.getparent()
    return tuple(levels)


def length_of_paragraphs(blocks: Sequence[Block]) -> int:
    """Return the characters of text in paragraphs."""
    return sum(len(block.text) for block in blocks if _is_paragraph(block))


def greatest_group(blocks: Sequence[Block]) -> list[Block]:
    """Return the largest paragraph group: the blocks, first to last, of the place with most paragraph
    text."""
    places: dict[Block, tuple[Signature, HtmlElement | None]] = {}
    weights: Counter[tuple[Signature, HtmlElement | None]] = Counter()
    for block in blocks:
        # A page with several articles means one of them.
        article = next(block.element.iterancestors("article"), None)
        place = places[block] = signature_of(block.element.getparent()), article
        if _is_paragraph(block):
            weights[place] += len(block.text)
    if not weights:
        return []
    best = weights.most_common(1)[0][0]
    group = [block for block in blocks if places[block] == best and block.tag not in ("div", "span", "h1")]
    paragraphs = [at for at, block in enumerate(group) if _is_paragraph(block)]
    return group[paragraphs[0] : paragraphs[-1] + 1]


def _is_paragraph(block: Block) -> bool:
    return block.tag == "p" and len(block.text) >= 40


def within_frame(lines: Sequence[str], blocks: Sequence[Block]) -> list[str]:
    """Drop lines outside of the element that holds most of the text.

    A long line before it may be its standfirst, and stays.
    """
    keys = [key_of_line(line) for line in lines]
    wanted = set(keys)
    elements: dict[str, list[HtmlElement]] = defaultdict(list)
    for block in blocks:
        if block.key in wanted:
            elements[block.key].append(block.element)
    frame = _frame({key: elements[key] for key in keys if len(key) >= 40 and key in elements})
    if frame is None:
        return list(lines)
    inside = {key for key, ones in elements.items() if any(_is_within(element, frame) for element in ones)}
    first = next((at for at, key in enumerate(keys) if key in inside and len(key) >= 40), 0)
    return [
        line
        for at, (line, key) in enumerate(zip(lines, keys, strict=True))
        if key in inside or key not in elements or (at <= first and len(key) >= MIN_STANDFIRST_LETTERS)
    ]


# Shorter lines before the first paragraph are dates, bylines and labels.
MIN_STANDFIRST_LETTERS = 60


def _frame(elements: dict[str, list[HtmlElement]]) -> HtmlElement | None:
    """Return the innermost element that holds most of the text of lines, given their elements."""
    total = sum(map(len, elements))
    held: Counter[HtmlElement] = Counter()
    for key, ones in elements.items():
        held.update(
            dict.fromkeys((around for element in ones for around in element.iterancestors()), len(key))
        )
    frames = [element for element, length in held.items() if length >= _FRAME_SHARE * total]
    return max(frames, key=lambda element: sum(1 for _ in element.iterancestors()), default=None)


def _is_within(element: HtmlElement, frame: HtmlElement) -> bool:
    return element is frame or any(around is frame for around in element.iterancestors())


def with_their_kind(lines: Sequence[str], blocks: Sequence[Block]) -> list[str]:
    """Add the paragraphs between the lines that are of the same kind as the taken ones."""
    at_line: dict[str, int] = {}
    for at, line in enumerate(lines):
        at_line.setdefault(key_of_line(line), at)
    everything = key_of_line(" ".join(lines))
    paragraphs = [block for block in blocks if block.tag == "p" and len(block.key) >= MIN_KEY_LETTERS]
    kinds = {block: signature_of(block.element) for block in paragraphs}
    taken = Counter(kinds[block] for block in paragraphs if block.key in at_line)
    least = max(_MIN_OF_KIND, _SHARE_OF_KIND * taken.total())
    missed: dict[int, list[str]] = defaultdict(list)
    last = -1
    for block in paragraphs:
        if block.key in at_line:
            last = at_line[block.key]
        elif taken[kinds[block]] >= least and block.key not in everything:
            missed[last].append(block.text)
    result = missed[-1]
    for at, line in enumerate(lines):
        result += [line, *missed[at]]
    return result


def with_headings(lines: Sequence[str], blocks: Sequence[Block], titles: Sequence[str]) -> list[str]:
    """Add the headings between the lines that are directly above one of them.

    Extractors lose headings in boxes of their own. They belong to the article if its lines share the
    box, or if there are several of their kind. A repeated headline is not a heading.
    """
    at_line: dict[str, int] = {}
    for at, line in enumerate(lines):
        at_line.setdefault(key_of_line(line), at)
    headlines = set(map(letters_of, titles))
    kinds = Counter(signature_of(block.element) for block in blocks if block.tag in HEADINGS)
    above: dict[int, str] = {}
    started = False
    heading: Block | None = None
    for block in blocks:
        line_number = at_line.get(block.key)
        if line_number is not None:
            parent = heading.element.getparent() if heading else None
            if heading and started and (kinds[signature_of(heading.element)] > 1 or _is_in(block, parent)):
                above[line_number] = heading.text
            started, heading = True, None
        elif block.tag in HEADINGS:
            wanted = len(block.text) <= _MAX_HEADING_CHARS and letters_of(block.text) not in headlines
            heading = block if wanted else None
        elif heading and heading.key not in block.key:
            heading = None
    return [text for at, line in enumerate(lines) for text in (above.get(at), line) if text]


def _is_in(block: Block, box: HtmlElement | None) -> bool:
    return box is not None and any(around is box for around in block.element.iterancestors())


def standfirst(
    lines: Sequence[str], blocks: Sequence[Block], headlines: Sequence[str], summaries: Sequence[str]
) -> list[str]:
    """Return the blocks between headline and text that belong to the article and that the lines lack.

    A standfirst repeats the feed's or page's description, or has one of the names that sites give it.
    """
    everything = key_of_line(" ".join(lines))
    titles = {key for key in map(letters_of, headlines) if len(key) >= MIN_KEY_LETTERS}
    start = next((at for at, block in enumerate(blocks) if _starts(block, everything, titles)), len(blocks))
    named = (at for at in range(start) if _is_one_of(blocks[at], titles))
    headline = max(named, default=None)
    above = [
        block
        for block in blocks[headline + 1 if headline is not None else 0 : start]
        if len(block.key) >= MIN_KEY_LETTERS and block.tag != "h1" and block.key not in everything
    ]
    wanted = [letters_of(summary) for summary in summaries]
    for block in above:
        if len(block.key) >= 30 and any(_is_same(letters_of(block.text), key) for key in wanted):
            return [block.text]
    if headline is None:
        return []
    found: dict[str, str] = {}
    for at, block in enumerate(above):
        is_below = at == 0 and block.tag in HEADINGS and _is_below(block, blocks[headline], titles)
        if (is_below or _is_standfirst(block)) and not any(block.key in key for key in found):
            found[block.key] = block.text
    return list(found.values()) if len(found) <= 3 else []


def _is_one_of(block: Block, titles: set[str]) -> bool:
    return len(block.key) >= MIN_KEY_LETTERS and letters_of(block.text) in titles


def _starts(block: Block, everything: str, titles: set[str]) -> bool:
    least = 40 if block.tag == "p" else 80
    if len(block.key) < least or block.tag == "h1" or block.key not in everything:
        return False
    return not _is_one_of(block, titles)


def _is_same(key: str, wanted: str) -> bool:
    """Return True if a block repeats a summary, which may be cut."""
    return key == wanted or (len(wanted) >= 40 and (key.startswith(wanted[:80]) or wanted.startswith(key)))


def _is_standfirst(block: Block) -> bool:
    if len(block.text) < _MIN_STANDFIRST_CHARS or not block.text.endswith(SENTENCE_ENDS):
        return False
    around = block.element
    for _ in range(_MAX_BOXES):
        if words_of(around) & _STANDFIRSTS:
            return True
        parent = around.getparent()
        # The box around it may have the name, above unnamed ones.
        if parent is None or key_of_line(text_of(parent)) != block.key:
            return parent is not None and around is block.element and bool(words_of(parent) & _STANDFIRSTS)
        around = parent
    return False


def _is_below(block: Block, headline: Block, titles: set[str]) -> bool:
    """Return True if a heading is close below the headline, as long as a sentence, and different."""
    said = letters_of(block.text)
    least = _MIN_NAMED_CHARS if words_of(block.element) & _STANDFIRSTS else _MIN_STANDFIRST_CHARS
    if not least <= width_of(block.text) <= _MAX_STANDFIRST_CHARS or block.text.endswith("?"):
        return False
    near = itertools.islice(block.element.iterancestors(), 2)
    return not any(title in said or said in title for title in titles) and any(
        _is_in(headline, box) for box in near
    )


def headings_of(blocks: Sequence[Block]) -> Iterator[str]:
    """Return the headings among blocks."""
    return (block.text for block in blocks if block.tag in HEADINGS)
