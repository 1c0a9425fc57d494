"""Ranges of scripts, as the inside of a character class of a regular expression.

Source: the blocks of Unicode, https://www.unicode.org/Public/UNIDATA/Blocks.txt.
"""

from __future__ import annotations

from typing import Final

CYRILLIC: Final = "\u0400-\u052f"
HEBREW_AND_ARABIC: Final = "\u0590-\u06ff"
THAI: Final = "\u0e00-\u0e7f"
LAO: Final = "\u0e80-\u0eff"
LAO_BURMESE_KHMER: Final = LAO + "\u1000-\u109f\u1780-\u17ff"
TIBETAN: Final = "\u0f00-\u0fff"
KANA: Final = "\u3040-\u30ff"
KATAKANA: Final = "\u30a1-\u30fa\u30fc"
HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
HAN_MARKS: Final = "\u3005-\u3007"
"""Iteration mark, closing mark and zero, which stand among Han characters."""
HANGUL: Final = "\uac00-\ud7af"

HAN_AND_KANA: Final = KANA + HAN
SOUTH_EAST_ASIAN: Final = THAI + LAO_BURMESE_KHMER
WIDE: Final = HAN_AND_KANA + HANGUL
"""Characters that say about as much as two letters of other scripts."""
