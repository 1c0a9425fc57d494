"""Blocks: the paragraphs, headings and items of a page as they stand in its tree, and how they group."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from transforms.extract.body.furniture import SENTENCE_ENDS, text_of, words_of
from transforms.extract.body.shape import HEADINGS

# A key of so many letters says enough to tell which block a line is.
LEAST_KEY = 20
_TAGS = ("p", *HEADINGS, "li", "blockquote", "div", "span", "td", "dd", "dt", "pre")
_INLINE = ("span", "a", "b", "strong", "em", "i", "font")
_LONGEST_BLOCK = 1_500
# Paragraphs of a kind are the article's where the extractor took so many of that kind.
_LEAST_OF_KIND = 2
_SHARE_OF_KIND = 0.25
# The frame of an article is the smallest element with so much of the extracted text.
_FRAME_SHARE = 0.8
_LEAST_STANDFIRST = 50
_LEAST_NAMED = 25
_LONGEST_STANDFIRST = 400
# So many boxes around one text may have no name.
_BOXES = 5
_LONGEST_HEADING = 150
_STANDFIRSTS = frozenset((
    "lead", "intro", "standfirst", "dek", "deck", "excerpt", "subtitle", "summary", "teaser", "ingress",
    "preamble", "preface", "abstract", "subhead", "subheadline", "description", "chapo", "bajada",
    "entradilla", "vorspann", "einleitung", "sottotitolo", "occhiello",
))  # fmt: skip
_NOT_WORDS = re.compile(r"[\W_]+")
# Characters that say as much as two of other scripts.
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_DIGITS = re.compile(r"\d+")

# Soft hyphens, joiners, marks of direction: trafilatura drops them.
_UNSEEN = re.compile(r"[\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")

Signature = tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A piece of text of a page and the element it stands in."""

    element: HtmlElement
    text: str
    key: str
    """It without blanks, by which it is found among lines that were made of the same tree."""

    @property
    def tag(self) -> str:
        """Of its element."""
        return str(self.element.tag)


def key_of_line(line: str) -> str:
    """A line without blanks, characters that are not seen and the mark of a list's item."""
    seen = line if line.isascii() else _UNSEEN.sub("", line)
    return "".join(seen.removeprefix("- ").split())


def letters_of(line: str) -> str:
    """A line's letters and digits in lower case, by which it is found in what others wrote."""
    return _NOT_WORDS.sub("", line.casefold())


def looks_like_item(line: str) -> bool:
    """Whether a line begins as trafilatura begins the items of lists."""
    return line.startswith("- ")


def width_of(line: str) -> int:
    """The length of a line in Latin letters; characters that say as much as two of them count twice."""
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))


def is_paragraph(line: str) -> bool:
    """Whether a line is long enough for a paragraph of its own, and no item of a list or headline."""
    wide = width_of(line)
    return not looks_like_item(line) and (wide >= 150 or (wide >= 80 and line.endswith(SENTENCE_ENDS)))


def blocks_of(root: HtmlElement) -> list[Block]:
    """The blocks of a tree in its order; divisions count where text stands in them directly."""
    blocks = []
    for element in root.iter(*_TAGS):
        if element.tag in ("div", "span") and not _holds_text(element):
            continue
        text = text_of(element)
        if len(text) > 1 and (element.tag == "p" or len(text) <= _LONGEST_BLOCK):
            blocks.append(Block(element, text, key_of_line(text)))
    return blocks


def _holds_text(element: HtmlElement) -> bool:
    if len(element) > 3:
        return False
    return bool((element.text or "").strip()) or (len(element) == 1 and element[0].tag in _INLINE)


def signature_of(element: HtmlElement | None, height: int = 3) -> Signature:
    """The tags and classes of an element and those around it: the same for all paragraphs of a kind."""
    levels: list[tuple[str, str]] = []
    while element is not None and len(levels) < height:
        names = _DIGITS.sub("", element.get("class") or "").split()
        levels.append((str(element.tag), " ".join(sorted(names))))
        element = element.getparent()
    return tuple(levels)


def length_of_paragraphs(blocks: Sequence[Block]) -> int:
    """How much text stands in paragraphs."""
    return sum(len(block.text) for block in blocks if _is_paragraph(block))


def greatest_group(blocks: Sequence[Block]) -> list[Block]:
    """The blocks of the place in the tree with most text in paragraphs, from its first to its last."""
    places: dict[Block, tuple[Signature, HtmlElement | None]] = {}
    weights: Counter[tuple[Signature, HtmlElement | None]] = Counter()
    for block in blocks:
        # Of pages with several articles one is meant.
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
    """The lines without those that stand outside of the element that holds most of the text.

    What stands before it may be its standfirst, and stays where it is long.
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
    inside = {key for key, ones in elements.items() if any(_is_within(one, frame) for one in ones)}
    first = next((at for at, key in enumerate(keys) if key in inside and len(key) >= 40), 0)
    return [
        line
        for at, (line, key) in enumerate(zip(lines, keys, strict=True))
        if key in inside or key not in elements or (at <= first and len(key) >= LEAST_STANDFIRST_KEY)
    ]


# Shorter than this before the first paragraph are dates, bylines and labels.
LEAST_STANDFIRST_KEY = 60


def _frame(elements: dict[str, list[HtmlElement]]) -> HtmlElement | None:
    """The innermost element that holds most of the text of some lines, of which the elements are given."""
    total = sum(map(len, elements))
    held: Counter[HtmlElement] = Counter()
    for key, ones in elements.items():
        held.update(dict.fromkeys((around for one in ones for around in one.iterancestors()), len(key)))
    frames = [element for element, length in held.items() if length >= _FRAME_SHARE * total]
    return max(frames, key=lambda element: sum(1 for _ in element.iterancestors()), default=None)


def _is_within(element: HtmlElement, frame: HtmlElement) -> bool:
    return element is frame or any(around is frame for around in element.iterancestors())


def with_their_kind(lines: Sequence[str], blocks: Sequence[Block]) -> list[str]:
    """The lines, and the paragraphs between them that are of the same kind as those that were taken."""
    at_line: dict[str, int] = {}
    for at, line in enumerate(lines):
        at_line.setdefault(key_of_line(line), at)
    everything = key_of_line(" ".join(lines))
    paragraphs = [block for block in blocks if block.tag == "p" and len(block.key) >= LEAST_KEY]
    kinds = {block: signature_of(block.element) for block in paragraphs}
    taken = Counter(kinds[block] for block in paragraphs if block.key in at_line)
    least = max(_LEAST_OF_KIND, _SHARE_OF_KIND * taken.total())
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
    """The lines, and the headings between them that stand directly above one of them.

    Extractors lose those that have a box of their own: they are the article's where its lines stand in the
    box as well, or where there are several of their kind. What says a headline again is none.
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
        found = at_line.get(block.key)
        if found is not None:
            parent = heading.element.getparent() if heading else None
            if heading and started and (kinds[signature_of(heading.element)] > 1 or _is_in(block, parent)):
                above[found] = heading.text
            started, heading = True, None
        elif block.tag in HEADINGS:
            wanted = len(block.text) <= _LONGEST_HEADING and letters_of(block.text) not in headlines
            heading = block if wanted else None
        elif heading and heading.key not in block.key:
            heading = None
    return [one for at, line in enumerate(lines) for one in (above.get(at), line) if one]


def _is_in(block: Block, box: HtmlElement | None) -> bool:
    return box is not None and any(around is box for around in block.element.iterancestors())


def standfirst(
    lines: Sequence[str], blocks: Sequence[Block], headlines: Sequence[str], summaries: Sequence[str]
) -> list[str]:
    """What stands between the headline and the text and belongs to it, where the lines lack it.

    It says what the feed or the page's description say, or is called by one of the names
    that sites have for it.
    """
    everything = key_of_line(" ".join(lines))
    titles = {key for key in map(letters_of, headlines) if len(key) >= LEAST_KEY}
    start = next((at for at, block in enumerate(blocks) if _starts(block, everything, titles)), len(blocks))
    named = (at for at in range(start) if _is_one_of(blocks[at], titles))
    headline = max(named, default=None)
    above = [
        block
        for block in blocks[headline + 1 if headline is not None else 0 : start]
        if len(block.key) >= LEAST_KEY and block.tag != "h1" and block.key not in everything
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
    return len(block.key) >= LEAST_KEY and letters_of(block.text) in titles


def _starts(block: Block, everything: str, titles: set[str]) -> bool:
    least = 40 if block.tag == "p" else 80
    if len(block.key) < least or block.tag == "h1" or block.key not in everything:
        return False
    return not _is_one_of(block, titles)


def _is_same(key: str, wanted: str) -> bool:
    """Whether a block says what a summary says, which may be cut."""
    return key == wanted or (len(wanted) >= 40 and (key.startswith(wanted[:80]) or wanted.startswith(key)))


def _is_standfirst(block: Block) -> bool:
    if len(block.text) < _LEAST_STANDFIRST or not block.text.endswith(SENTENCE_ENDS):
        return False
    around = block.element
    for _ in range(_BOXES):
        if words_of(around) & _STANDFIRSTS:
            return True
        parent = around.getparent()
        # A box of its own may have the name, above some of no name.
        if parent is None or key_of_line(text_of(parent)) != block.key:
            return parent is not None and around is block.element and bool(words_of(parent) & _STANDFIRSTS)
        around = parent
    return False


def _is_below(block: Block, headline: Block, titles: set[str]) -> bool:
    """Whether a heading stands near below the headline, is as long as a sentence and says something else."""
    said = letters_of(block.text)
    least = _LEAST_NAMED if words_of(block.element) & _STANDFIRSTS else _LEAST_STANDFIRST
    if not least <= width_of(block.text) <= _LONGEST_STANDFIRST or block.text.endswith("?"):
        return False
    near = itertools.islice(block.element.iterancestors(), 2)
    return not any(title in said or said in title for title in titles) and any(
        _is_in(headline, box) for box in near
    )


def headings_of(blocks: Sequence[Block]) -> Iterator[str]:
    """The headings among some blocks."""
    return (block.text for block in blocks if block.tag in HEADINGS)
