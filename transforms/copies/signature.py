"""Signatures: a few kilobytes of an article, for comparison with others."""

from __future__ import annotations

import dataclasses
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from transforms.records import Article, key_of
from transforms.text.captions import PICTURE, PICTURE_AGENCY
from transforms.text.plain import line_digest, lines_of
from transforms.text.scripts import HAN_AND_KANA, SOUTH_EAST_ASIAN

Words = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.uint8]
Keys = npt.NDArray[np.uint64]
Ends = npt.NDArray[np.int32]

QUOTED, NUMBER, NAME = 1, 2, 4

SHINGLE_WORDS = 3
"""Content words per shingle. On 988 labelled articles, bigrams and trigrams alike bring every copy together
with its story; trigrams with 6 candidates per article, bigrams with 13."""
SAMPLE_ALL = 256
"""An article with at most this many shingles (about 500 words of English) keeps them all: a rewritten copy of
a short text shares only a dozen."""
SAMPLE_FRACTION = 4
"""A longer article keeps one shingle in this many, those with the smallest hashes: FracMinHash (Irber et al.
2022, doi:10.1101/2022.01.11.475838), which unlike MinHash finds a short text within a long one."""
MAX_WORDS = 20_000
"""Maximum content words that are used: bounds the cost of a page that is a book."""
MAX_TOKENS = 2**17
"""Maximum number of different words whose hashes are cached, some 20 MB."""

# Marks belong to the word: \w leaves out the vowel signs of the Indic, Arabic and South-East Asian scripts.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0981-\u0dff\u0e31\u0e34-\u0e3a"
    "\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ece\u0f71-\u0f84\u102b-\u103e\u17b4-\u17d3"
)
_NUMBER = r"\d+(?:[.,:]\d+)*"
_OTHERS = r"[\"“”„«»‹›「」『』.!?。！？\n]"
_TOKEN = re.compile(rf"[^\W\d_]\w*(?:[{_MARKS}]+\w*)*|{_NUMBER}|{_OTHERS}")
_TOKEN_WITHOUT_MARKS = re.compile(rf"[^\W\d_]\w*|{_NUMBER}|{_OTHERS}")
"""For a text without marks; it takes a tenth less time."""
_UNSPACED = re.compile(rf"[{HAN_AND_KANA}]+|[{SOUTH_EAST_ASIAN}]+")
_SPACED_BEFORE = ord("\u0590")
"""The alphabets below it (Latin, Greek, Cyrillic, Armenian) write every sound."""
_MIN_LETTERS = 4
"""Minimum letters of a content word: shorter ones are mostly articles, prepositions and auxiliaries."""
_MIN_LETTERS_OTHER_SCRIPT = 2
_STEM = 6
"""Letters of a word that count: inflected forms and most spelling variants become equal."""
_HAN_GRAM, _SOUTH_EAST_GRAM = 2, 4
"""Characters per gram: about a word of Chinese or Japanese, and of Thai or Burmese."""

# A caption is recognised by its credit, at either end of a short line: "Photo: X", "(X Photo/Y)", "X/Getty
# Images".
_MAX_CAPTION_WORDS = 60
_CREDIT_AT_END = re.compile(
    rf"/\s*(?:{PICTURE_AGENCY})(?:\s*(?:via|/)[^.]{{0,40}})?\W*$"
    rf"|[(\[](?:[^()\[\]]{{0,60}}\b)?(?:{PICTURE})\b[^()\[\]]{{0,60}}[)\]]\W*$"
    rf"|\b(?:{PICTURE}|credit)s?(?: by)?\s*[:：©/][^.]{{1,60}}$",
    re.IGNORECASE,
)
_CREDIT_AT_START = re.compile(rf"(?:{PICTURE})s?(?: by)?\s*[:：/]", re.IGNORECASE)
_MAX_CREDIT_LETTERS = 130
"""Letters at the end of a line that are searched for a credit."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """An article as it is compared with others; picklable, some 2 to 4 KB."""

    article_id: str
    dated_at: datetime
    publisher: str
    """Domain and name; the scope of boilerplate lines."""
    text_key: str | None
    """Key of the text with normalised spacing; None for an article without words."""
    title_key: str
    words: Words
    """Hashes of the content words, in order."""
    flags: Flags
    """Per word, the sum of QUOTED, NUMBER and NAME."""
    line_keys: Keys
    """Hashes of the lines of the text."""
    line_ends: Ends
    """Per line, the number of `words` before its end."""
    agency: str | None = None
    """The wire that the article credits."""

    @property
    def shingles(self) -> Keys:
        """Sampled hashes of content-word shingles, sorted, distinct; computed each time, in 30 µs."""
        return sample_shingles(self.words)


def signature(article: Article) -> Signature:
    """Compute the signature of an article, from the article alone."""
    lines = list(lines_of(article.text))
    words, flags, ends = _content_words(["" if _is_caption(line) else line for line in lines])
    if len(words) > MAX_WORDS:
        shown = int(np.searchsorted(ends, MAX_WORDS)) + 1
        lines, ends = lines[:shown], ends[:shown]
        words, flags = words[: ends[-1]], flags[: ends[-1]]
    levelled = " ".join(lines)
    return Signature(
        article_id=article.article_id,
        dated_at=article.dated_at,
        publisher=f"{article.publisher_domain or ''} {article.publisher or ''}".strip(),
        text_key=key_of(levelled) if any(map(str.isalnum, levelled)) else None,
        title_key=key_of(" ".join(article.title.casefold().split())),
        words=words,
        flags=flags,
        line_keys=np.frombuffer(b"".join(map(line_digest, lines)), ">u8").astype(np.uint64),
        line_ends=ends,
        agency=article.agency,
    )


def content_words(line: str) -> tuple[list[int], list[int]]:
    """Return the content words of a line, folded, stemmed and hashed, with their flags.

    Scripts without spaces give overlapping pairs of characters (Han and kana) or runs of four (Thai,
    Lao, Burmese, Khmer).
    """
    words, flags, _ = _content_words([line])
    return words.tolist(), flags.tolist()


def _content_words(lines: Sequence[str]) -> tuple[Words, Flags, Ends]:
    """Return the content words of lines, their flags, and per line the number of words before its end."""
    text = "\n".join(lines)
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
    marked = bool(((units >= 0x0300) & (units < 0x1800)).any())
    tokens = (_TOKEN if marked else _TOKEN_WITHOUT_MARKS).findall(text)
    if marked or (units >= 0x3040).any():
        tokens = list(_with_grams(tokens))
    if len(_CODES) > MAX_TOKENS:
        _CODES.clear()
    codes = np.fromiter(map(_CODES.__getitem__, tokens), np.int64, len(tokens))
    kinds = codes >> _KIND_BITS
    spoken = kinds < _TOGGLE
    quoted = _quoted(kinds)[spoken]
    kinds, hashes = kinds[spoken], codes[spoken] & ((1 << _KIND_BITS) - 1)
    before = np.empty_like(kinds)
    before[:1], before[1:] = _LINE, kinds[:-1]
    opens_sentence = (before == _STOP) | (before == _LINE)
    named = (kinds == _NAME) | (kinds == _SHORT_NAME)
    # A short word in capitals is a name, unless all words are.
    content = (
        (kinds == _PLAIN) | (kinds == _FIGURE) | (kinds == _NAME) | ((kinds == _SHORT_NAME) & ~opens_sentence)
    )
    flags = QUOTED * quoted + NUMBER * (kinds == _FIGURE) + NAME * (named & ~opens_sentence)
    breaks = np.flatnonzero(kinds == _LINE)
    ends = np.append(np.cumsum(content)[breaks], content.sum()) if len(lines) else np.empty(0)
    return hashes[content].astype(np.uint32), flags[content].astype(np.uint8), ends.astype(np.int32)


def _quoted(kinds: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Mark the tokens between quotation marks, which do not extend over the end of a line."""
    quoted = np.zeros(len(kinds), bool)
    marks = np.flatnonzero(kinds >= _LINE)
    if not (kinds > _LINE).any():
        return quoted
    opened = -1
    for at, kind in zip(marks.tolist(), kinds[marks].tolist(), strict=True):
        if opened >= 0:
            quoted[opened:at] = True
        opens = kind == _OPEN or (kind == _TOGGLE and opened < 0)
        opened = at if opens else -1
    if opened >= 0:
        quoted[opened:] = True
    return quoted


def _with_grams(tokens: Iterable[str]) -> Iterator[str]:
    """Cut tokens of scripts without spaces into grams."""
    for token in tokens:
        if token[0] >= "\u0e00" and _UNSPACED.match(token):
            yield from _grams(token)
        else:
            yield token


_SHORT, _PLAIN, _FIGURE, _NAME, _SHORT_NAME, _STOP, _LINE, _TOGGLE, _OPEN, _CLOSE = range(10)
_KIND_BITS = 32


class _Codes(dict[str, int]):
    """Cache of tokens: the kind, above the hash."""

    def __missing__(self, token: str) -> int:
        kind, value = _read(token)
        code = self[token] = kind << _KIND_BITS | value
        return code


_CODES = _Codes()


def _read(token: str) -> tuple[int, int]:
    """Return a token's kind and hash."""
    first = token[0]
    if first in _PUNCTUATION:
        return _PUNCTUATION[first], 0
    if first.isdigit():
        return _FIGURE, _hash(token)
    if first >= "\u0e00" and _UNSPACED.match(token):
        return _PLAIN, _hash(token)
    folded = token.casefold()
    long = len(folded) >= (_MIN_LETTERS if ord(first) < _SPACED_BEFORE else _MIN_LETTERS_OTHER_SCRIPT)
    if first.isupper():
        kind = _NAME if long else _SHORT_NAME if len(folded) > 1 else _SHORT
    else:
        kind = _PLAIN if long else _SHORT
    return kind, _hash(folded[:_STEM])


def _hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


_PUNCTUATION = {
    **dict.fromkeys('"', _TOGGLE),
    **dict.fromkeys("“„«‹「『", _OPEN),
    **dict.fromkeys("”»›」』", _CLOSE),
    **dict.fromkeys(".!?。！？", _STOP),
    "\n": _LINE,
}


def _grams(token: str) -> Iterator[str]:
    for run in _UNSPACED.findall(token):
        size = _SOUTH_EAST_GRAM if run[0] < "\u3040" else _HAN_GRAM
        for start in range(max(1, len(run) - size + 1)):
            yield run[start : start + size]


def sample_shingles(words: Words) -> Keys:
    """Sample the shingles of a sequence of words: those with the smallest hashes, sorted, distinct."""
    hashes = np.unique(shingle_hashes(words, SHINGLE_WORDS))
    return hashes[: max(SAMPLE_ALL, len(hashes) // SAMPLE_FRACTION)]


def shingle_hashes(words: Words, size: int) -> Keys:
    """Hash the runs of `size` words, in order."""
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
    signed = "/" in line or "(" in line or ":" in line or "©" in line or "[" in line or "：" in line
    if not signed or line.count(" ") >= _MAX_CAPTION_WORDS:
        return False
    return bool(_CREDIT_AT_START.match(line) or _CREDIT_AT_END.search(line[-_MAX_CREDIT_LETTERS:]))
