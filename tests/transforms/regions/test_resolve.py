"""Which place a name means, from the rest of the article."""

from __future__ import annotations

import pytest

from tests.transforms.regions.samples import article, codes, place
from transforms.regions import Gazetteer, tag


class TestATownOfManyPlaces:
    def test_is_in_the_region_named_after_a_comma(self, gazetteer: Gazetteer) -> None:
        tagged = tag(article("A barn burned down in Paris, Texas, on Monday. Paris is calm."), gazetteer)
        assert place(tagged, "Paris") == ("US", "US-TX")
        assert tagged.country == "US"

    @pytest.mark.parametrize("region", ["Tex.", "TX"])
    def test_is_in_the_region_abbreviated_after_a_comma(self, gazetteer: Gazetteer, region: str) -> None:
        tagged = tag(article(f"The barn in Paris, {region} burned down."), gazetteer)
        assert place(tagged, "Paris") == ("US", "US-TX")

    def test_is_well_known_if_it_is_alone_in_a_dateline(self, gazetteer: Gazetteer) -> None:
        text = "{} - Delegates met. Several banks of the United States would sign."
        assert "CH" in codes(tag(article(text.format("GENEVA (AP)")), gazetteer))
        assert "CH" not in codes(tag(article(text.format("GENEVA, N.Y. (AP)")), gazetteer))

    def test_is_in_the_region_that_its_dateline_names(self, gazetteer: Gazetteer) -> None:
        tagged = tag(article("CAMBRIDGE, Mass. (AP) — A museum in Cambridge reopened."), gazetteer)
        assert place(tagged, "Cambridge") == ("US", "US-MA")

    def test_is_where_the_rest_of_the_article_is(self, gazetteer: Gazetteer) -> None:
        text = "Police in London arrested two men. Ontario's premier thanked them in Windsor and Toronto."
        assert place(tag(article(text), gazetteer), "London") == ("CA", "CA-ON")

    def test_is_the_best_known_one_without_other_evidence(self, gazetteer: Gazetteer) -> None:
        assert place(tag(article("Two men were arrested in London."), gazetteer), "London")[0] == "GB"

    def test_is_where_the_publisher_is_without_other_evidence(self, gazetteer: Gazetteer) -> None:
        text = "Two men were arrested in Birmingham."
        assert place(tag(article(text), gazetteer), "Birmingham")[0] == "GB"
        assert place(tag(article(text, publisher_country="US"), gazetteer), "Birmingham")[0] == "US"

    def test_is_in_the_country_of_the_publishers_domain_without_other_evidence(
        self, gazetteer: Gazetteer
    ) -> None:
        text = "Richmond council will charge for garden waste."
        assert tag(article(text, publisher_domain="paper.co.uk"), gazetteer).country == "GB"
        assert tag(article(text, publisher_domain="paper.com.au"), gazetteer).country == "AU"

    def test_has_subdivision_coordinates_and_mentions(self, gazetteer: Gazetteer) -> None:
        text = "Snow fell in Faizabad, in Afghanistan's Badakhshan province. Roads to Faizabad were shut."
        tagged = tag(article(text), gazetteer)
        (town,) = [place for place in tagged.places if place.name == "Fayzabad"]
        assert (town.country, town.subdivision, town.mentions) == ("AF", "AF-BDS", 2)
        assert town.latitude == pytest.approx(37.1, abs=0.1)
        assert town.longitude == pytest.approx(70.6, abs=0.1)
        assert tagged.subdivisions[0].code == "AF-BDS"


class TestAnAmbiguousName:
    def test_is_the_state_among_names_of_the_state(self, gazetteer: Gazetteer) -> None:
        text = "ATLANTA - Georgia lawmakers passed a bill. Officials in Savannah and Macon praised Georgia."
        tagged = tag(article(text), gazetteer)
        assert (tagged.country, tagged.subdivisions[0].code) == ("US", "US-GA")

    def test_is_the_country_among_names_of_the_country(self, gazetteer: Gazetteer) -> None:
        text = "TBILISI - Protesters in Georgia rallied outside parliament. Georgia has applied to join."
        assert tag(article(text), gazetteer).country == "GE"

    def test_is_not_a_small_town_abroad_if_nothing_else_names_its_country(self, gazetteer: Gazetteer) -> None:
        text = "Die britischen Zeitungen sprechen von Panik."
        assert codes(tag(article(text, language="de"), gazetteer)) == ["GB"]
        beside = f"{text} Das Dorf Panik liegt in Armenien, eine Stunde von Eriwan."
        assert "AM" in codes(tag(article(beside, language="de"), gazetteer))
        assert codes(tag(article("Ein Museum in Panik wurde eröffnet.", language="de"), gazetteer)) == ["AM"]

    def test_is_the_county_seat_in_a_text_full_of_its_countrys_public_life(
        self, gazetteer: Gazetteer
    ) -> None:
        text = (
            "The school board in Paris voted to close the middle school downtown.\n\nA county commissioner "
            "asked the district attorney to look at the property tax, and the volunteer fire department."
        )
        assert tag(article(text), gazetteer).country == "US"
        abroad = f"France and the French are proud of their schools.\n\n{text}\n\nLyon may follow."
        assert tag(article(abroad), gazetteer).country == "FR"

    def test_is_a_place_in_a_country_that_speaks_the_texts_language(self, gazetteer: Gazetteer) -> None:
        for language, country in (("en", "US"), ("es", "ES")):
            assert tag(article("Toledo: 3 - 1.", language=language), gazetteer).country == country

    def test_is_the_town_of_exactly_that_name_rather_than_a_larger_one_with_another(
        self, gazetteer: Gazetteer
    ) -> None:
        assert tag(article("Police in Berea are looking for a thief."), gazetteer).country != "SY"


class TestACounty:
    def test_gives_its_country_and_its_state_if_only_one_has_it(self, gazetteer: Gazetteer) -> None:
        alone = tag(article("Police in Gwinnett County are looking for a thief."), gazetteer)
        assert (alone.country, [share.code for share in alone.subdivisions]) == ("US", ["US-GA"])
        of_many = tag(article("Police in Washington County are looking for a thief."), gazetteer)
        assert (of_many.country, of_many.subdivisions) == ("US", ())
        beside = tag(article("Police in Portland, Oregon, and in Washington County, met."), gazetteer)
        assert [share.code for share in beside.subdivisions] == ["US-OR"]
