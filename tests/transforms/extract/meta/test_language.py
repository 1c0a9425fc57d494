"""The language of a text."""

from __future__ import annotations

from tests.support.trees import LONG
from transforms.extract.meta.language import language_of


def test_the_language_of_the_text_wins_if_it_is_certain() -> None:
    assert language_of(" ".join(LONG), "zu-ZA") == "en"
    assert language_of(" ".join(LONG), "en-AU") == "en-AU"
    assert language_of(" ".join(LONG)) == "en"
    assert language_of("12 34 56", "fr") == "fr"
