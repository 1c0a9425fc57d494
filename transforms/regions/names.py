"""Names in the form that is matched, the same for the gazetteer's build and for texts.

Folding keeps the length, so a match in the folded text is a span of the text itself. It removes case,
diacritics of Latin and Greek letters and variants of Arabic letters, and turns everything except letters,
marks and digits into a space.
"""

from __future__ import annotations

import re
import unicodedata

from transforms.text.plain import UNLEVEL

# Letters that Unicode does not decompose, and spellings that a script treats as one letter.
_ALIKE = str.maketrans("łøđıħŧёґأإآٱىیکةۀ", "lodihtегااااييكهه")

# Letters to Unicode, apostrophes to a reader.
_APOSTROPHES = "ʻʼʽʾʿˈ"

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]")
_LONG_KATAKANA = 3
_PREFIXED = re.compile("[\u0590-\u06ff]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_HANGUL = re.compile("[\uac00-\ud7a3]")

# Case endings of Slavic nouns and adjectives in Cyrillic, and nouns for a people in -ец, -ка; one of them or
# nothing follows a stem.
_CYRILLIC_ENDING = re.compile(
    "(?:[аяуюыиеойьії]|о[юмй]|е[мйюв]|ё[йм]|і[їюяв]|и[юияей]|ов|ам|ах|ям|ях|ями|ами|ією|ией|ого|ому|им|ая"
    "|ую|ое|их|ими|ы[йехм]|ыми|ські|ська|ц[ыау]|цев|цем|ец|ен|к[аиу]|кой|ок)?"
)
# The part of a name that such an ending replaces: the ending of an adjective (Грозный, Хмельницький) or one
# letter.
_CYRILLIC_TAIL = re.compile("(?<=[^ ]{3})(?:[иы]й|ая|ое|ые|ие)$|[аяеоиыйьії]$")

# Conjunction, preposition and article, which Arabic and Hebrew write together with the name.
_PREFIX = re.compile("(?:[وف]?[بكل]?(?:ال)?|[وف]?لل|[ושכ]{0,2}[הבלמ]?)")
# The relative adjective (nisba), its plural, and the possessive of Arabic; Hebrew has none.
_NISBA = re.compile("(?:ي|يه|يون|يين|يات|ا)?")


class _Folding(dict[int, int]):
    """A table for str.translate that fills itself as letters appear."""

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
    return ord(lower.translate(_ALIKE))


_FOLDING = _Folding()
_ABBREVIATED = re.compile(r"\b(St|Ste|Mt|Ft|Sta|Sto|ST|STE|MT|FT)\. (?=\w)")
_ABBREVIATIONS = ("t. ", "te. ", "ta. ", "to. ", "T. ", "TE. ")
# All blanks except a single one: replacing each single one by itself took a twentieth of the time.
_BLANKS = re.compile(r" [^\S\n]+|[^\S\n ][^\S\n]*")


def tidy(text: str) -> str:
    """Normalise a text for matching: NFC, single blanks, no point within "St. Louis"."""
    text = unicodedata.normalize("NFC", text)
    if any(blank in text for blank in UNLEVEL):
        text = _BLANKS.sub(" ", text)
    return _ABBREVIATED.sub(r"\1 ", text) if any(short in text for short in _ABBREVIATIONS) else text


def fold(text: str) -> str:
    """Fold a text letter by letter; the length stays the same."""
    return text.translate(_FOLDING)


def pattern_of(name: str, *, inflected: bool = False) -> str:
    """Return the pattern to match in a folded text, with blanks where the script separates words.

    Args:
        name: as printed.
        inflected: True to cut a Cyrillic name to its stem, which any case ending may follow.
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


def stands_free(folded: str, start: int, end: int) -> bool:
    """Return True if the name at [start, end) of a folded text is a word of its own in its script.

    The pattern of a spaced script has its own blanks. This checks what else may be attached: case
    endings in Cyrillic, prefixes and the nisba in Arabic, prefixes in Hebrew, particles in Korean.
    """
    last = folded[end - 1]
    if last == " ":
        return True
    if _KATAKANA.match(last):
        # タイ is Thailand, タイトル a title; longer names attach to other words: ロシアメディア.
        joined = folded[start - 1 : start] + folded[end : end + 1]
        return end - start >= _LONG_KATAKANA or not _KATAKANA.search(joined)
    if _UNSPACED.match(last) or _HANGUL.match(last):
        return True
    right = folded.find(" ", end)
    rest = folded[end : right if right >= 0 else len(folded)]
    if _PREFIXED.match(last):
        left = folded.rfind(" ", 0, start) + 1
        return bool(_PREFIX.fullmatch(folded[left:start]) and _NISBA.fullmatch(rest))
    return bool(_CYRILLIC_ENDING.fullmatch(rest))


def has_case(letter: str) -> bool:
    """Return True if the letter belongs to a script with capitals."""
    return letter.lower() != letter.upper()


def is_unspaced(text: str) -> bool:
    """Return True if the text has a letter of a script without blanks between words."""
    return bool(_UNSPACED.search(text))
