"""Sub-regions of countries, a user's changes to them, and countries of domains."""

from __future__ import annotations

import pickle

import pytest

from tests.transforms.regions.samples import article, codes
from transforms.regions import Gazetteer, subregion_slug, tag
from transforms.regions.m49 import RegionSettings, country_of_domain


class TestRegions:
    @pytest.mark.parametrize(
        ("country", "slug"),
        [
            ("AF", "southern-asia"),
            ("US", "northern-america"),
            ("MX", "latin-america-and-the-caribbean"),
            ("KE", "sub-saharan-africa"),
            ("TW", "eastern-asia"),
            ("HK", "eastern-asia"),
            ("XK", "southern-europe"),
            ("PS", "western-asia"),
            ("??", "unknown"),
        ],
    )
    def test_are_the_sub_regions_of_m49(self, country: str, slug: str) -> None:
        assert subregion_slug(country) == slug

    def test_cover_every_country_of_the_gazetteer(self, gazetteer: Gazetteer) -> None:
        countries = {gazetteer.place(number).country for number in range(len(gazetteer))}
        assert not {country for country in countries if subregion_slug(country) == "unknown"}


class TestSettings:
    def test_a_users_own_region_replaces_that_of_m49(self, gazetteer: Gazetteer) -> None:
        settings = RegionSettings({"nordics": frozenset({"DK", "SE"})}, {"HK": "CN"})
        assert tag(article("Police in Copenhagen"), gazetteer, settings).region == "nordics"
        assert tag(article("Police in Paris"), gazetteer, settings).region == "western-europe"

    def test_a_territory_may_count_as_another_country(self, gazetteer: Gazetteer) -> None:
        settings = RegionSettings(counted_as={"HK": "CN"})
        tagged = tag(article("Hong Kong and Beijing sign."), gazetteer, pickle.loads(pickle.dumps(settings)))
        assert codes(tagged) == ["CN"]

    @pytest.mark.parametrize(
        ("domain", "country"),
        [
            ("paper.co.uk", "GB"),
            ("paper.de", "DE"),
            ("paper.com", None),
            ("paper.io", None),
            ("paper.com.co", "CO"),
            ("127.0.0.1", None),
            (None, None),
        ],
    )
    def test_a_publishers_domain_may_give_its_country(self, domain: str | None, country: str | None) -> None:
        assert country_of_domain(domain) == country
