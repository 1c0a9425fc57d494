"""When a name is not a place's: people, publications, companies, common words."""

from __future__ import annotations

import pytest

from tests.transforms.regions.samples import article, codes
from transforms.regions import Gazetteer, tag


class TestAName:
    @pytest.mark.parametrize(
        "text",
        [
            "Paris Hilton and Jordan Peele met at a party.",
            "The Washington Post and the Boston Globe declined to comment.",
            "Bank of America will close branches.",
            "Mr. Houston and Dr. Austin were late.",
            "the store sold china and turkey; we polish the nice reading lamp.",
            "MAYOR: DO NOT TELL US TO WAIT ANY LONGER.",
        ],
    )
    def test_is_not_a_place_in_a_name_of_people_or_papers_or_as_a_common_word(
        self, gazetteer: Gazetteer, text: str
    ) -> None:
        assert tag(article(text), gazetteer).region == "unknown"

    def test_is_a_person_throughout_once_the_full_name_was_given(self, gazetteer: Gazetteer) -> None:
        text = "The estate of Sam Houston was sold in Kenya. Later Houston became known in Kenya."
        assert codes(tag(article(text), gazetteer)) == ["KE"]

    @pytest.mark.parametrize(
        ("language", "text", "country"),
        [
            ("pt", "O Brasil venceu. A Argentina perdeu para o Brasil.", "BR"),
            ("pl", "W Polsce padał śnieg.", "PL"),
            ("ru", "В Варшаве прошёл митинг.", "PL"),
            ("es", "Y Chile firmó el acuerdo.", "CL"),
            ("en", "The library of John F Kenya was closed.", None),
            ("en", "J. London wrote it.", None),
        ],
    )
    def test_is_a_persons_after_an_initial_but_not_after_a_word_of_one_letter(
        self, gazetteer: Gazetteer, language: str, text: str, country: str | None
    ) -> None:
        assert tag(article(text, language=language), gazetteer).country == country

    def test_includes_the_word_before_it_in_a_headline_if_the_text_repeats_both(
        self, gazetteer: Gazetteer
    ) -> None:
        text = "A blaze in Tega Cay took a house. Tega Cay has two fire engines."
        assert tag(article(text, "Crews fight Tega Cay fire"), gazetteer).country != "TR"
