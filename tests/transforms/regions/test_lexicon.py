"""The word lists that ship with the package."""

from __future__ import annotations

from transforms.regions.lexicon import Lexicon
from transforms.regions.names import fold


class TestTheLexicon:
    def test_is_written_folded_so_that_its_words_can_match(self) -> None:
        lexicon = Lexicon.load()
        lists = [getattr(lexicon, name) for name in Lexicon.__dataclass_fields__ if name != "words_in"]
        assert all(words for words in lists)
        assert not {word for words in lists for word in words if fold(word) != word and "-" not in word}
