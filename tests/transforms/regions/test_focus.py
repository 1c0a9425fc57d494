"""The main country and the set of countries, from the places of an article."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.regions.samples import article, codes
from transforms.regions import Gazetteer, tag
from transforms.regions.focus import main_country, shares_of


class TestCountries:
    def test_include_those_that_are_level_with_the_main_one(self, gazetteer: Gazetteer) -> None:
        tagged = tag(article("Norway and Sweden will share a border post, Norway said."), gazetteer)
        assert codes(tagged) == ["NO", "SE"]

    def test_give_region_world_if_several_are_level_and_none_leads(self, gazetteer: Gazetteer) -> None:
        tagged = tag(article("Delegates came from Kenya, Norway and Peru."), gazetteer)
        assert (tagged.country, tagged.region) == (None, "world")
        assert codes(tagged) == ["KE", "NO", "PE"]

    def test_have_the_first_named_as_the_main_one_if_two_are_level(self, gazetteer: Gazetteer) -> None:
        for pair in (["PE", "CL"], ["CL", "PE"]):
            names = " and ".join({"PE": "Peru", "CL": "Chile"}[code] for code in pair)
            tagged = tag(article(f"Delegates came from {names}."), gazetteer)
            assert (tagged.country, codes(tagged)) == (pair[0], pair)

    @given(
        weights=st.dictionaries(st.sampled_from(["AF", "TJ", "US", "UZ", "DE", "FR"]), st.floats(0, 1e6)),
        min_share=st.floats(0, 1),
    )
    def test_have_shares_that_sum_to_one_and_the_largest_always_stays(
        self, weights: dict[str, float], min_share: float
    ) -> None:
        shares = shares_of(weights, min_share)
        assert bool(shares) == any(weight > 0 for weight in weights.values())
        assert not shares or math.isclose(sum(share.weight for share in shares), 1.0)
        assert main_country(shares) in {None, *(share.code for share in shares[:1])}


class TestWordsOfPublicLife:
    def test_determine_the_country_of_a_text_without_places(self, gazetteer: Gazetteer) -> None:
        local = "The school board met, and a state trooper spoke about the sheriff's office."
        assert tag(article(local), gazetteer).country == "US"
        assert tag(article("The school board met."), gazetteer).country is None
        assert tag(article(local, language="de"), gazetteer).country is None

    def test_weigh_nothing_for_a_country_that_the_text_does_not_name(self, gazetteer: Gazetteer) -> None:
        text = "A gray sedan hit a school board member's sidewalk in Lyon, and its neighborhood center."
        assert codes(tag(article(text), gazetteer)) == ["FR"]

    def test_weigh_a_little_for_a_country_that_the_text_names(self, gazetteer: Gazetteer) -> None:
        def country_with(sentence: str) -> str | None:
            return tag(article(f"Guests from Lyon in France came to Ohio. {sentence}"), gazetteer).country

        assert country_with("They had lunch.") == "FR"
        board = "A school board, a state trooper and the sheriff's deputies of a township"
        assert country_with(f"{board} came to the county jail.") == "US"
        assert (
            country_with("A school board and a school board and a school board of the school board.") == "FR"
        )
