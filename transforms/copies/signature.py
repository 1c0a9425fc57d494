"""What is kept of an article to compare it with others: a few kilobytes instead of its text."""

from __future__ import annotations

import dataclasses
import functools
import re
import unicodedata
import zlib
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import numpy.typing as npt

from transforms.records import Article, key_of
from transforms.text import line_key, lines_of

Words = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.uint8]
Keys = npt.NDArray[np.uint64]
Ends = npt.NDArray[np.int32]

QUOTED, NUMBER, NAME = 1, 2, 4

SHINGLE_WORDS = 3
"""Content words a shingle. On 988 labelled articles bigrams and trigrams alike bring every copy together with
its story; trigrams with 6 candidates an article, bigrams with 13."""
SAMPLE_ALL = 256
"""An article of up to so many shingles (about 500 words of English) keeps them all: a rewritten copy of a
short text shares only a dozen."""
SAMPLE_FRACTION = 4
"""A longer article keeps one shingle in so many, those with the least hashes: FracMinHash (Irber et al. 2022,
doi:10.1101/2022.01.11.475838), which unlike MinHash finds a short text within a long one."""
LONGEST = 20_000
"""Content words that are looked at: bounds the cost of a page that is a book."""

# Marks belong to the word: \w leaves out the vowel signs of the Indic, Arabic and South-East Asian scripts.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0981-\u0dff\u0e31\u0e34-\u0e3a"
    "\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ece\u0f71-\u0f84\u102b-\u103e\u17b4-\u17d3"
)
_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SOUTH_EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_NUMBER = r"\d+(?:[.,:]\d+)*"
_TOKEN = re.compile(rf"{_NUMBER}|[^\W\d_]\w*(?:[{_MARKS}]+\w*)*|[\"“”„«»‹›「」『』]|[.!?。！？]")
_UNSPACED = re.compile(rf"[{_HAN}]+|[{_SOUTH_EAST}]+")
_SPACED_BEFORE = ord("\u0590")
"""Below it stand the Latin, Greek, Cyrillic and Armenian alphabets, which write every sound."""
_SHORTEST_ALPHABETIC = 4
"""Letters a content word has at least: shorter ones are mostly articles, prepositions and auxiliaries."""
_SHORTEST_OTHER = 2
_STEM = 6
"""Letters of a word that count: inflected forms and most spelling variants fall together."""
_HAN_GRAM, _SOUTH_EAST_GRAM = 2, 4
"""Characters a gram: about a word of Chinese or Japanese, of Thai or Burmese."""

# A caption is told by its credit, at either end of a short line: "Photo: X", "(X Photo/Y)", "X/Getty Images".
_CAPTION_WORDS = 60
_AGENCY = (
    r"(?:the )?associated press|(?:the )?canadian press|agence france-presse|reuters|getty images"
    r"|shutterstock|\bafp|\bap|\bepa(?:-efe)?|\bdpa|\banp|\bupi"
    r"|picture alliance|imago(?: images)?|pa images|alamy|istock"
)
_PICTURE = (
    r"photo(?:graph(?:er|s)?)?|foto(?:graf)?|image|picture|bild|imagen|immagine|zdjęcie|fotó|写真|图|사진"
)
_CREDIT_AT_END = re.compile(
    rf"/\s*(?:{_AGENCY})(?:\s*(?:via|/)[^.]{{0,40}})?\W*$"
    rf"|[(\[](?:[^()\[\]]{{0,60}}\b)?(?:{_PICTURE})\b[^()\[\]]{{0,60}}[)\]]\W*$"
    rf"|\b(?:{_PICTURE}|credit)s?(?: by)?\s*[:：©/][^.]{{1,60}}$",
    re.IGNORECASE,
)
_CREDIT_AT_START = re.compile(rf"(?:{_PICTURE})s?(?: by)?\s*[:：/]", re.IGNORECASE)
_CREDIT_SIGN = re.compile(r"[/(\[:：©]")
_CREDIT_LETTERS = 130
"""Of a line's end, where a credit is looked for."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """An article as it is compared with others; picklable, about 2 KB."""

    article_id: str
    dated_at: datetime
    publisher: str
    """Domain and name: lines that it repeats are its own."""
    text_key: str | None
    """Of the text with its spacing levelled; None for an article without a word."""
    title_key: str
    words: Words
    """Hashes of the content words, in order."""
    flags: Flags
    """Per word, the sum of QUOTED, NUMBER and NAME."""
    line_keys: Keys
    """Hashes of the lines of the text."""
    line_ends: Ends
    """Per line, how many of `words` stand before its end."""
    agency: str | None = None
    """The wire that the article credits."""

    @property
    def shingles(self) -> Keys:
        """Sampled hashes of content-word shingles, sorted, distinct; made anew each time, in 30 µs."""
        return sample_shingles(self.words)


def signature(article: Article) -> Signature:
    """The signature of an article; depends on nothing but the article."""
    hashes: list[int] = []
    flags: list[int] = []
    keys: list[int] = []
    ends: list[int] = []
    for line in lines_of(article.text):
        if len(hashes) >= LONGEST:
            break
        if not _is_caption(line):
            line_hashes, line_flags = content_words(line)
            hashes += line_hashes
            flags += line_flags
        keys.append(line_key(line))
        ends.append(len(hashes))
    words = np.array(hashes, np.uint32)
    levelled = " ".join(unicodedata.normalize("NFC", article.text).split())
    return Signature(
        article_id=article.article_id,
        dated_at=article.dated_at,
        publisher=f"{article.publisher_domain or ''} {article.publisher or ''}".strip(),
        text_key=key_of(levelled) if any(map(str.isalnum, levelled)) else None,
        title_key=key_of(" ".join(article.title.casefold().split())),
        words=words,
        flags=np.array(flags, np.uint8),
        line_keys=np.array(keys, np.uint64),
        line_ends=np.array(ends, np.int32),
        agency=article.agency,
    )


def content_words(line: str) -> tuple[list[int], list[int]]:
    """The content words of a line, folded, cut to their stems and hashed; and their flags.

    Scripts without spaces give overlapping pairs of characters (Han and kana) or
    runs of four (Thai, Lao, Burmese, Khmer).
    """
    hashes: list[int] = []
    flags: list[int] = []
    quoted, opens_sentence = 0, True
    for kind, values in map(_read, _TOKEN.findall(line)):
        if kind == _SHORT:
            opens_sentence = False
        elif kind in (_PLAIN, _FIGURE):
            hashes += values
            flags += [quoted | (NUMBER if kind == _FIGURE else 0)] * len(values)
            opens_sentence = False
        elif kind in (_NAME, _SHORT_NAME):
            if not opens_sentence or kind == _NAME:
                hashes += values
                flags.append(quoted | (0 if opens_sentence else NAME))
            opens_sentence = False
        elif kind == _STOP:
            opens_sentence = True
        else:
            quoted = QUOTED - quoted if kind == _TOGGLE else QUOTED if kind == _OPEN else 0
    return hashes, flags


_SHORT, _PLAIN, _FIGURE, _NAME, _SHORT_NAME, _STOP, _TOGGLE, _OPEN, _CLOSE = range(9)


@functools.lru_cache(maxsize=2**16)
def _read(token: str) -> tuple[int, tuple[int, ...]]:
    """What a token is, and its hashes: several where its script puts no spaces."""
    first = token[0]
    if first in _PUNCTUATION:
        return _PUNCTUATION[first], ()
    if first.isdigit():
        return _FIGURE, (_hash(token),)
    if first >= "\u0e00" and _UNSPACED.match(token):
        return _PLAIN, tuple(_hash(gram) for gram in _grams(token))
    folded = token.casefold()
    long = len(folded) >= (_SHORTEST_ALPHABETIC if ord(first) < _SPACED_BEFORE else _SHORTEST_OTHER)
    if first.isupper():
        kind = _NAME if long else _SHORT_NAME if len(folded) > 1 else _SHORT
    else:
        kind = _PLAIN if long else _SHORT
    return kind, (_hash(folded[:_STEM]),)


def _hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


_PUNCTUATION = {
    **dict.fromkeys('"', _TOGGLE),
    **dict.fromkeys("“„«‹「『", _OPEN),
    **dict.fromkeys("”»›」』", _CLOSE),
    **dict.fromkeys(".!?。！？", _STOP),
}


def _grams(token: str) -> Iterator[str]:
    for run in _UNSPACED.findall(token):
        size = _SOUTH_EAST_GRAM if run[0] < "\u3040" else _HAN_GRAM
        for start in range(max(1, len(run) - size + 1)):
            yield run[start : start + size]


def sample_shingles(words: Words) -> Keys:
    """The sampled shingles of a sequence of words: those with the least hashes, sorted, distinct."""
    hashes = np.unique(shingle_hashes(words, SHINGLE_WORDS))
    return hashes[: max(SAMPLE_ALL, len(hashes) // SAMPLE_FRACTION)]


def shingle_hashes(words: Words, size: int) -> Keys:
    """Hashes of the runs of `size` words, in order."""
    if len(words) < size:
        return np.empty(0, np.uint64)
    wide = words.astype(np.uint64)
    value = np.zeros(len(words) - size + 1, np.uint64)
    for at in range(size):
        value = mix(value ^ wide[at : at + len(value)])
    return value


def mix(value: Keys) -> Keys:
    """splitmix64's finaliser: a good hash of a number."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def _is_caption(line: str) -> bool:
    if not _CREDIT_SIGN.search(line) or line.count(" ") >= _CAPTION_WORDS:
        return False
    return bool(_CREDIT_AT_START.match(line) or _CREDIT_AT_END.search(line[-_CREDIT_LETTERS:]))
