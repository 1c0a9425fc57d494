"""Compare two texts for people: shared, cut, added and reworded passages."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import LCSseq

from transforms.copies.scoring import ComparableText, PairFeatures, measure
from transforms.copies.signature import Signature, content_words

MIN_ALIKE = 0.3
"""Minimum Dice coefficient of the content words of two sentences with the same content: a reworded one keeps
its names and numbers."""
MAX_SENTENCES = 1_000
"""Maximum number of sentences that are aligned one by one; the rest is shown as it is."""
_SENTENCE = re.compile(r"(?<=[.!?…][\"'”’»)\]]) +|(?<=[.!?…]) +(?=[^\W\d_a-z])|(?<=[。！？])")
_WORD = re.compile(r"\w+|[^\w\s]+")


Table = npt.NDArray[np.float64]


class Change(enum.StrEnum):
    """The fate of a sentence in the other text."""

    SAME = "same"
    REWORDED = "reworded"
    CUT = "cut"
    ADDED = "added"
    MOVED = "moved"


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """A piece of a sentence."""

    text: str
    shared: bool
    """True if the other sentence has it too."""


@dataclasses.dataclass(frozen=True, slots=True)
class Passage:
    """A sentence and its counterpart in the other text; one side is empty if there is none."""

    change: Change
    one: tuple[Span, ...]
    other: tuple[Span, ...]
    paragraph: bool
    """True if it begins a paragraph."""


def features_of(first: Signature, second: Signature) -> PairFeatures | None:
    """Return the features that decide on a pair; None if it shares next to nothing."""
    return measure(ComparableText.of(first.words, first.flags), ComparableText.of(second.words, second.flags))


def kept(story: Signature, copy: Signature) -> float:
    """Return the share of a story's content words that a copy has in the same order, 0 to 1."""
    if not len(story.words):
        return 0.0
    return float(LCSseq.similarity(story.words.tolist(), copy.words.tolist())) / len(story.words)


def passages(first: str, second: str) -> list[Passage]:
    """Align two texts sentence by sentence, in the order of both."""
    here, there = _sentences(first), _sentences(second)
    alike = _alike([words for _, words, _ in here], [words for _, words, _ in there])
    pairs = _in_order(alike)
    moved = _out_of_order(alike, pairs)
    aligned: list[Passage] = []
    at_here = at_there = 0
    for to_here, to_there in [*pairs, (len(here), len(there))]:
        aligned += [_single(here[at], at in moved[0], in_first=True) for at in range(at_here, to_here)]
        aligned += [_single(there[at], at in moved[1], in_first=False) for at in range(at_there, to_there)]
        if to_here < len(here):
            aligned.append(_pair(here[to_here], there[to_there]))
        at_here, at_there = to_here + 1, to_there + 1
    return aligned


_Sentence = tuple[str, frozenset[int], bool]


def _sentences(text: str) -> list[_Sentence]:
    """Return sentences with their content words, and whether each begins a paragraph."""
    sentences: list[_Sentence] = []
    for paragraph in filter(None, map(str.strip, text.split("\n\n"))):
        for at, sentence in enumerate(filter(None, _SENTENCE.split(" ".join(paragraph.split())))):
            if len(sentences) == MAX_SENTENCES:
                return sentences
            sentences.append((sentence, frozenset(content_words(sentence)[0]), at == 0))
    return sentences


def _alike(here: Sequence[frozenset[int]], there: Sequence[frozenset[int]]) -> Table:
    table = np.zeros((len(here), len(there)))
    for row, words in enumerate(here):
        for column, other_words in enumerate(there):
            if shared := len(words & other_words):
                table[row, column] = 2 * shared / (len(words) + len(other_words))
    table[table < MIN_ALIKE] = 0.0
    return table


def _in_order(alike: Table) -> list[tuple[int, int]]:
    """Return the pairs with the greatest total similarity, in the order of both (Needleman and Wunsch
    1970)."""
    rows, columns = alike.shape
    best = np.zeros((rows + 1, columns + 1))
    for row in range(rows):
        matched = best[row, :-1] + alike[row]
        best[row + 1, 1:] = np.maximum.accumulate(np.maximum(matched, best[row, 1:]))
    pairs: list[tuple[int, int]] = []
    row, column = rows, columns
    while row and column:
        if best[row, column] == best[row - 1, column]:
            row -= 1
        elif best[row, column] == best[row, column - 1]:
            column -= 1
        else:
            row, column = row - 1, column - 1
            pairs.append((row, column))
    return pairs[::-1]


def _out_of_order(alike: Table, pairs: Sequence[tuple[int, int]]) -> tuple[set[int], set[int]]:
    """Return sentences of both texts whose counterpart is elsewhere."""
    left = alike.copy()
    for row, column in pairs:
        left[row, :] = 0.0
        left[:, column] = 0.0
    rows, columns = np.nonzero(left)
    return set(rows.tolist()), set(columns.tolist())


def _single(sentence: _Sentence, moved: bool, *, in_first: bool) -> Passage:
    text, _, paragraph = sentence
    spans = (Span(text, moved),)
    change = Change.MOVED if moved else Change.CUT if in_first else Change.ADDED
    return Passage(change, spans if in_first else (), () if in_first else spans, paragraph)


def _pair(left: _Sentence, right: _Sentence) -> Passage:
    here, there = _WORD.findall(left[0]), _WORD.findall(right[0])
    blocks = LCSseq.editops([word.casefold() for word in here], [word.casefold() for word in there])
    lost = {step.src_pos for step in blocks if step.tag == "delete"}
    new = {step.dest_pos for step in blocks if step.tag == "insert"}
    change = Change.SAME if not (lost or new) else Change.REWORDED
    return Passage(change, tuple(_spans(left[0], lost)), tuple(_spans(right[0], new)), left[2] or right[2])


def _spans(sentence: str, own: set[int]) -> Iterator[Span]:
    """Cut a sentence where its shared words begin or end; `own` are the numbers of unshared words."""
    start, shared = 0, None
    for number, word in enumerate(_WORD.finditer(sentence)):
        if shared is None:
            shared = number not in own
        elif shared != (number not in own):
            yield Span(sentence[start : word.start()], shared)
            start, shared = word.start(), not shared
    yield Span(sentence[start:], bool(shared))
