"""Spell names for matching, in the same way for the gazetteer's build and for a text.

Folding removes case, the diacritics of Latin and Greek letters, and variants of Arabic letters. Every
character that is not a letter, mark or digit becomes a space. The length does not change, so a match in
the folded text is also a span of the text itself.
"""

from __future__ import annotations

import re
import unicodedata

from transforms.text import scripts
from transforms.text.plain import UNLEVEL

# Letters that Unicode does not decompose, and spellings that a script treats as one letter.
_SAME_LETTERS = str.maketrans("łøđıħŧёґأإآٱىیکةۀ", "lodihtегااااييكهه")

# Unicode calls these letters; readers see apostrophes.
_APOSTROPHES = "ʻʼʽʾʿˈ"

_UNSPACED = re.compile(
    f"[{scripts.SOUTH_EAST_ASIAN}{scripts.TIBETAN}{scripts.HAN_MARKS}{scripts.HAN_AND_KANA}]"
)
_KATAKANA = re.compile(f"[{scripts.KATAKANA}]")
# Shorter katakana names must not touch other katakana: タイ is Thailand, but タイトル is a title.
_MIN_JOINED_KATAKANA_CHARS = 3
_PREFIXED = re.compile(f"[{scripts.HEBREW_AND_ARABIC}]")
_CYRILLIC = re.compile(f"[{scripts.CYRILLIC}]")
_HANGUL = re.compile(f"[{scripts.HANGUL}]")

# Case endings of Slavic nouns and adjectives in Cyrillic, and the endings -ец, -ка of nouns for a people.
# A stem is followed by one of them or by nothing.
_CYRILLIC_ENDING = re.compile(
    "(?:[аяуюыиеойьії]|о[юмй]|е[мйюв]|ё[йм]|і[їюяв]|и[юияей]|ов|ам|ах|ям|ях|ями|ами|ією|ией|ого|ому|им|ая"
    "|ую|ое|их|ими|ы[йехм]|ыми|ські|ська|ц[ыау]|цев|цем|ец|ен|к[аиу]|кой|ок)?"
)
# Cut off a name to get its stem: the ending of an adjective (Грозный, Хмельницький) or one letter.
_CYRILLIC_TAIL = re.compile("(?<=[^ ]{3})(?:[иы]й|ая|ое|ые|ие)$|[аяеоиыйьії]$")

# Conjunction, preposition and article, which Arabic and Hebrew join to the name.
_PREFIX = re.compile("(?:[وف]?[بكل]?(?:ال)?|[وف]?لل|[ושכ]{0,2}[הבלמ]?)")
# Arabic endings: the relative adjective (nisba), its plural, and the possessive. Hebrew has no such ending.
_NISBA = re.compile("(?:ي|يه|يون|يين|يات|ا)?")


class _Folding(dict[int, int]):
    """Table for str.translate that is filled when a character first occurs."""

    def __missing__(self, code: int) -> int:
        self[code] = folded = _fold_letter(chr(code))
        return folded


def _fold_letter(letter: str) -> int:
    if unicodedata.category(letter)[0] in "PSZC" or letter in _APOSTROPHES:
        return ord(" ")
    lower = letter.lower()
    lower = lower if len(lower) == 1 else unicodedata.normalize("NFD", lower)[0]
    base = unicodedata.normalize("NFD", lower)[0]
    if base.isascii() or "\u0370" <= base <= "\u03ff":
        lower = base
    return ord(lower.translate(_SAME_LETTERS))


_FOLDING = _Folding()
_ABBREVIATED = re.compile(r"\b(St|Ste|Mt|Ft|Sta|Sto|ST|STE|MT|FT)\. (?=\w)")
_ABBREVIATIONS = ("t. ", "te. ", "ta. ", "to. ", "T. ", "TE. ")
# Single spaces are skipped: replacing each with itself took a twentieth of the time.
_BLANKS = re.compile(r" [^\S\n]+|[^\S\n ][^\S\n]*")


def tidy(text: str) -> str:
    """Return the text in NFC, with single spaces, and without the point in "St. Louis"."""
    text = unicodedata.normalize("NFC", text)
    if any(blank in text for blank in UNLEVEL):
        text = _BLANKS.sub(" ", text)
    return _ABBREVIATED.sub(r"\1 ", text) if any(short in text for short in _ABBREVIATIONS) else text


def fold(text: str) -> str:
    """Return the text folded character by character, without changing its length."""
    return text.translate(_FOLDING)


def pattern_of(name: str, *, inflected: bool = False) -> str:
    """Return the pattern to search for in a folded text, '' if nothing of the name is left.

    Spaces at its ends are word boundaries, if the script has them.

    Args:
        name: as printed.
        inflected: reduce a Cyrillic name to its stem, which any case ending may follow.
    """
    folded = " ".join(fold(tidy(name)).split())
    if not folded:
        return ""
    if _UNSPACED.search(folded):
        return folded
    if _PREFIXED.search(folded):
        return folded.removeprefix("ال") if len(folded) > len("ال") + 2 else folded
    if _HANGUL.search(folded) or (_CYRILLIC.search(folded) and not inflected):
        return f" {folded}"
    if inflected and _CYRILLIC.search(folded):
        return " " + _CYRILLIC_TAIL.sub("", folded)
    return f" {folded} "


def is_whole_word(folded: str, start: int, end: int) -> bool:
    """Return True if the name at [start, end) of a folded text is a word of its own.

    Patterns of spaced scripts already contain spaces. This checks what else may be joined to a name: case
    endings in Cyrillic, prefixes and the nisba in Arabic, prefixes in Hebrew, particles in Korean.
    """
    last = folded[end - 1]
    if last == " ":
        return True
    if _KATAKANA.match(last):
        # Longer names are joined to other words: ロシアメディア.
        neighbours = folded[start - 1 : start] + folded[end : end + 1]
        return end - start >= _MIN_JOINED_KATAKANA_CHARS or not _KATAKANA.search(neighbours)
    if _UNSPACED.match(last) or _HANGUL.match(last):
        return True
    next_space = folded.find(" ", end)
    ending = folded[end : next_space if next_space >= 0 else len(folded)]
    if _PREFIXED.match(last):
        word_start = folded.rfind(" ", 0, start) + 1
        return bool(_PREFIX.fullmatch(folded[word_start:start]) and _NISBA.fullmatch(ending))
    return bool(_CYRILLIC_ENDING.fullmatch(ending))


def has_case(letter: str) -> bool:
    """Return True if the letter's script has capitals."""
    return letter.lower() != letter.upper()


def is_unspaced(text: str) -> bool:
    """Return True if the text has a letter of a script that writes words without spaces."""
    return bool(_UNSPACED.search(text))
