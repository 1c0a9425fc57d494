"""tag and TagRegions: all columns of an article at once, whatever its text."""

from __future__ import annotations

import dataclasses
import math

import apache_beam as beam
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.regions.samples import article, codes
from transforms.regions import Gazetteer, TagRegions, tag

NAMES = st.sampled_from(
    [
        "Kabul",
        "Kenya",
        "U.S.",
        "Paris, Texas",
        "Georgia",
        "巴黎",
        "مصر",
        "России",
        "\n\n",
        "LIMA - ",
        "said",
        "Mr.",
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(NAMES, max_size=40).map(" ".join))


class TestTag:
    def test_puts_a_story_in_the_country_that_it_names_most_and_first(self, gazetteer: Gazetteer) -> None:
        text = (
            "LIMA, Peru (AP) - Peru's government declared an emergency after floods.\n\n"
            "Peruvian officials asked Chile for helicopters. Rain fell on Arequipa and Cusco."
        )
        tagged = tag(article(text, "Floods hit Peru"), gazetteer)
        assert tagged.country == "PE"
        assert tagged.region == "latin-america-and-the-caribbean"
        assert codes(tagged)[0] == "PE"

    def test_gives_region_unknown_and_no_country_without_places(self, gazetteer: Gazetteer) -> None:
        tagged = tag(article("The committee will meet again next week to discuss the budget."), gazetteer)
        assert (tagged.country, tagged.region) == (None, "unknown")
        assert (tagged.countries, tagged.subdivisions, tagged.places) == ((), (), ())

    def test_keeps_all_other_fields_of_the_article(self, gazetteer: Gazetteer) -> None:
        before = article("Rain in Kenya.", publisher="The Example", agency="AP")
        after = tag(before, gazetteer)
        cleared = {"country": None, "region": "unknown", "countries": (), "subdivisions": (), "places": ()}
        assert dataclasses.replace(after, **cleared) == before  # type: ignore[arg-type]

    @settings(max_examples=150, deadline=None)
    @given(
        text=TEXTS,
        title=TEXTS,
        dateline=st.none() | TEXTS,
        language=st.sampled_from([None, "en", "ru", "ar"]),
    )
    def test_gives_shares_that_sum_to_one_with_the_country_first_for_any_text(
        self, gazetteer: Gazetteer, text: str, title: str, dateline: str | None, language: str | None
    ) -> None:
        tagged = tag(article(text, title, language, dateline=dateline), gazetteer)
        for shares in (tagged.countries, tagged.subdivisions):
            weights = [share.weight for share in shares]
            assert not weights or math.isclose(sum(weights), 1.0)
            assert weights == sorted(weights, reverse=True)
            assert len({share.code for share in shares}) == len(shares)
        assert tagged.country is None or tagged.country == tagged.countries[0].code
        assert (tagged.region == "unknown") == (not tagged.countries)
        assert all(place.mentions > 0 for place in tagged.places)
        assert tag(tagged, gazetteer) == tagged


class TestThePipeline:
    def test_tags_each_article_once(self) -> None:
        runner = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
        with beam.Pipeline(runner=runner) as pipeline:
            tagged = (
                pipeline
                | beam.Create([article("Rain in Kenya."), article("Snow in Norway.")])
                | TagRegions()
                | beam.Map(lambda tagged: (tagged.country, tagged.region))
            )
            assert_that(tagged, equal_to([("KE", "sub-saharan-africa"), ("NO", "northern-europe")]))
