"""Words of picture captions, for the steps that do not count captions as text."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from transforms.text.word_tables import any_of, read_stems

_STEMS = read_stems(Path(__file__).parent / "data" / "captions.tsv")
PICTURE: Final = any_of(_STEMS["word"] + _STEMS["person"])
"""Words for a picture or who took it, as alternatives of a regular expression."""
CREDIT_LABEL: Final = any_of(_STEMS["word"] + _STEMS["compound"] + _STEMS["credit"])
"""Words that open a line with the credit of a picture, such as Bildquelle."""
PICTURE_AGENCY: Final = any_of(_STEMS["agency"])
"""Agencies that pictures are credited to."""
