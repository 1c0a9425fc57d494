"""Where a story is: what the tagging of regions promises of an article."""

from __future__ import annotations

import dataclasses
import math
import pickle
from datetime import UTC, datetime
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.records import Article
from transforms.regions import Gazetteer, TagRegions, subregion_slug, tag
from transforms.regions.focus import main_country, shares_of
from transforms.regions.m49 import RegionSettings, country_of_domain


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load()


def article(text: str, title: str = "", language: str | None = "en", **fields: str | None) -> Article:
    made = Article(
        article_id="a",
        url="https://example.org/a",
        canonical_url="https://example.org/a",
        feed_url="https://example.org/feed",
        entry_id="1",
        title=title,
        text=text,
        fetched_at=datetime(2024, 5, 1, tzinfo=UTC),
        language=language,
    )
    return dataclasses.replace(made, **fields)  # type: ignore[arg-type]


def codes(tagged: Article) -> list[str]:
    return [country.code for country in tagged.countries]


def place(tagged: Article, name: str) -> tuple[str, str | None]:
    (found,) = [place for place in tagged.places if place.name == name]
    return found.country, found.subdivision


class TestTheStory:
    def test_is_in_the_country_that_it_names_most_and_first(self, gazetteer: Gazetteer) -> None:
        text = (
            "LIMA, Peru (AP) - Peru's government declared an emergency after floods.\n\n"
            "Peruvian officials asked Chile for helicopters. Rain fell on Arequipa and Cusco."
        )
        tagged = tag(article(text, "Floods hit Peru"), gazetteer)
        assert tagged.country == "PE"
        assert tagged.region == "latin-america-and-the-caribbean"
        assert codes(tagged)[0] == "PE"

    def test_touches_the_countries_beside_the_main_one(self, gazetteer: Gazetteer) -> None:
        tagged = tag(article("Norway and Sweden will share a border post, Norway said."), gazetteer)
        assert codes(tagged) == ["NO", "SE"]

    def test_has_region_unknown_and_no_country_without_places(self, gazetteer: Gazetteer) -> None:
        tagged = tag(article("The committee will meet again next week to discuss the budget."), gazetteer)
        assert (tagged.country, tagged.region) == (None, "unknown")
        assert (tagged.countries, tagged.subdivisions, tagged.places) == ((), (), ())

    def test_has_region_world_where_several_countries_share_it_and_none_leads(
        self, gazetteer: Gazetteer
    ) -> None:
        tagged = tag(article("Delegates came from Kenya, Norway and Peru."), gazetteer)
        assert (tagged.country, tagged.region) == (None, "world")
        assert codes(tagged) == ["KE", "NO", "PE"]

    def test_is_in_the_country_named_first_where_two_share_it_equally(self, gazetteer: Gazetteer) -> None:
        for pair in (["PE", "CL"], ["CL", "PE"]):
            names = " and ".join({"PE": "Peru", "CL": "Chile"}[code] for code in pair)
            tagged = tag(article(f"Delegates came from {names}."), gazetteer)
            assert (tagged.country, codes(tagged)) == (pair[0], pair)

    def test_keeps_all_other_fields_of_the_article(self, gazetteer: Gazetteer) -> None:
        before = article("Rain in Kenya.", publisher="The Example", agency="AP")
        after = tag(before, gazetteer)
        cleared = {"country": None, "region": "unknown", "countries": (), "subdivisions": (), "places": ()}
        assert dataclasses.replace(after, **cleared) == before  # type: ignore[arg-type]


class TestATownOfManyPlaces:
    def test_lies_in_the_region_named_after_a_comma(self, gazetteer: Gazetteer) -> None:
        tagged = tag(article("A barn burned down in Paris, Texas, on Monday. Paris is calm."), gazetteer)
        assert place(tagged, "Paris") == ("US", "US-TX")
        assert tagged.country == "US"

    @pytest.mark.parametrize("region", ["Tex.", "TX"])
    def test_lies_in_the_region_abbreviated_after_a_comma(self, gazetteer: Gazetteer, region: str) -> None:
        tagged = tag(article(f"The barn in Paris, {region} burned down."), gazetteer)
        assert place(tagged, "Paris") == ("US", "US-TX")

    def test_is_well_known_where_it_stands_alone_in_a_dateline(self, gazetteer: Gazetteer) -> None:
        text = "{} - Delegates met. Several banks of the United States would sign."
        assert "CH" in codes(tag(article(text.format("GENEVA (AP)")), gazetteer))
        assert "CH" not in codes(tag(article(text.format("GENEVA, N.Y. (AP)")), gazetteer))

    def test_lies_in_the_region_that_its_dateline_names(self, gazetteer: Gazetteer) -> None:
        tagged = tag(article("CAMBRIDGE, Mass. (AP) — A museum in Cambridge reopened."), gazetteer)
        assert place(tagged, "Cambridge") == ("US", "US-MA")

    def test_lies_where_the_rest_of_the_article_is(self, gazetteer: Gazetteer) -> None:
        text = "Police in London arrested two men. Ontario's premier thanked them in Windsor and Toronto."
        assert place(tag(article(text), gazetteer), "London") == ("CA", "CA-ON")

    def test_is_the_best_known_where_nothing_else_speaks(self, gazetteer: Gazetteer) -> None:
        assert place(tag(article("Two men were arrested in London."), gazetteer), "London")[0] == "GB"

    def test_lies_where_the_publisher_is_where_nothing_else_speaks(self, gazetteer: Gazetteer) -> None:
        text = "Two men were arrested in Birmingham."
        assert place(tag(article(text), gazetteer), "Birmingham")[0] == "GB"
        assert place(tag(article(text, publisher_country="US"), gazetteer), "Birmingham")[0] == "US"

    def test_carries_subdivision_coordinates_and_mentions(self, gazetteer: Gazetteer) -> None:
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
    def test_is_no_place_in_a_name_of_people_or_papers_or_a_common_word(
        self, gazetteer: Gazetteer, text: str
    ) -> None:
        assert tag(article(text), gazetteer).region == "unknown"

    def test_is_a_person_throughout_once_the_full_name_was_given(self, gazetteer: Gazetteer) -> None:
        text = "The estate of Sam Houston was sold in Kenya. Later Houston became known in Kenya."
        assert codes(tag(article(text), gazetteer)) == ["KE"]

    def test_is_not_the_country_in_the_name_of_a_county(self, gazetteer: Gazetteer) -> None:
        assert "GG" not in codes(tag(article("Guernsey County will vote in Ohio."), gazetteer))

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

    def test_is_no_small_town_abroad_of_whose_country_nothing_else_is_said(
        self, gazetteer: Gazetteer
    ) -> None:
        text = "Die britischen Zeitungen sprechen von Panik."
        assert codes(tag(article(text, language="de"), gazetteer)) == ["GB"]
        beside = f"{text} Das Dorf Panik liegt in Armenien, eine Stunde von Eriwan."
        assert "AM" in codes(tag(article(beside, language="de"), gazetteer))
        assert codes(tag(article("Ein Museum in Panik wurde eröffnet.", language="de"), gazetteer)) == ["AM"]


class TestSettings:
    def test_a_region_of_the_users_own_goes_before_m49s(self, gazetteer: Gazetteer) -> None:
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
    def test_a_publishers_domain_may_tell_its_country(self, domain: str | None, country: str | None) -> None:
        assert country_of_domain(domain) == country

    def test_a_publishers_domain_decides_between_places_of_one_name(self, gazetteer: Gazetteer) -> None:
        text = "Richmond council will charge for garden waste."
        assert tag(article(text, publisher_domain="paper.co.uk"), gazetteer).country == "GB"
        assert tag(article(text, publisher_domain="paper.com.au"), gazetteer).country == "AU"


class TestLocalNews:
    def test_a_county_seat_is_no_capital_in_a_text_full_of_its_countrys_public_life(
        self, gazetteer: Gazetteer
    ) -> None:
        text = (
            "The school board in Paris voted to close the middle school downtown.\n\nA county commissioner "
            "asked the district attorney to look at the property tax, and the volunteer fire department."
        )
        assert tag(article(text), gazetteer).country == "US"
        abroad = f"France and the French are proud of their schools.\n\n{text}\n\nLyon may follow."
        assert tag(article(abroad), gazetteer).country == "FR"

    def test_a_text_more_often_tells_of_where_its_language_is_spoken(self, gazetteer: Gazetteer) -> None:
        for language, country in (("en", "US"), ("es", "ES")):
            assert tag(article("Toledo: 3 - 1.", language=language), gazetteer).country == country

    def test_a_town_of_that_very_name_goes_before_another_name_of_a_larger_one(
        self, gazetteer: Gazetteer
    ) -> None:
        assert tag(article("Police in Berea are looking for a thief."), gazetteer).country != "SY"

    def test_where_no_place_is_named_the_words_of_a_countrys_public_life_tell_it(
        self, gazetteer: Gazetteer
    ) -> None:
        local = "The school board met, and a state trooper spoke about the sheriff's office."
        assert tag(article(local), gazetteer).country == "US"
        assert tag(article("The school board met."), gazetteer).country is None
        assert tag(article(local, language="de"), gazetteer).country is None

    def test_the_words_of_a_countrys_public_life_weigh_nothing_beside_a_place(
        self, gazetteer: Gazetteer
    ) -> None:
        text = "A gray sedan hit a school board member's sidewalk in Lyon, and its neighborhood center."
        assert codes(tag(article(text), gazetteer)) == ["FR"]

    def test_the_words_of_a_countrys_public_life_weigh_a_little_for_a_country_that_is_named(
        self, gazetteer: Gazetteer
    ) -> None:
        def named(told: str) -> str | None:
            return tag(article(f"Guests from Lyon in France came to Ohio. {told}"), gazetteer).country

        assert named("They had lunch.") == "FR"
        board = "A school board, a state trooper and the sheriff's deputies of a township"
        assert named(f"{board} came to the county jail.") == "US"
        assert named("A school board and a school board and a school board of the school board.") == "FR"

    def test_a_county_tells_its_country_and_where_only_one_state_has_it_its_state(
        self, gazetteer: Gazetteer
    ) -> None:
        alone = tag(article("Police in Gwinnett County are looking for a thief."), gazetteer)
        assert (alone.country, [one.code for one in alone.subdivisions]) == ("US", ["US-GA"])
        of_many = tag(article("Police in Washington County are looking for a thief."), gazetteer)
        assert (of_many.country, of_many.subdivisions) == ("US", ())
        beside = tag(article("Police in Portland, Oregon, and in Washington County, met."), gazetteer)
        assert [one.code for one in beside.subdivisions] == ["US-OR"]

    def test_a_small_town_is_known(self, gazetteer: Gazetteer) -> None:
        tagged = tag(article("The council of Tega Cay met on Monday in Tega Cay."), gazetteer)
        assert place(tagged, "Tega Cay") == ("US", "US-SC")

    def test_a_word_of_the_headline_that_belongs_to_the_name_makes_it_another_place(
        self, gazetteer: Gazetteer
    ) -> None:
        text = "A blaze in Tega Cay took a house. Tega Cay has two fire engines."
        assert tag(article(text, "Crews fight Tega Cay fire"), gazetteer).country != "TR"


def ten_articles(language: str) -> list[tuple[str, str]]:
    lines = Path(__file__).with_name("languages.tsv").read_text(encoding="utf-8").splitlines()
    found = [line.split("\t") for line in lines if line.startswith(f"{language}\t")]
    return [(country, text) for _, country, text in found]


@pytest.mark.parametrize("language", ["de", "fr", "es", "pt", "it", "ru", "ar", "zh", "ja", "hi", "tr", "pl"])
def test_of_ten_short_articles_in_a_language_nine_at_least_are_put_where_they_belong(
    gazetteer: Gazetteer, language: str
) -> None:
    articles = ten_articles(language)
    found = [tag(article(text, language=language), gazetteer).country for _, text in articles]
    right = sum(one == country for one, (country, _) in zip(found, articles, strict=True))
    assert (len(found), right >= 9) == (10, True), found


LANGUAGES = [
    ("de", "BERLIN (dpa) - Die deutsche Regierung lobt den Beschluss, auch in Bayern und Hamburg.", "DE"),
    ("de", "Bei einem Beben im Norden Afghanistans baten die afghanischen Behörden um Hilfe.", "AF"),
    ("fr", "La grève se poursuit à Marseille, où le gouvernement français promet une réponse.", "FR"),
    ("fr", "DAKAR – Le président sénégalais a promis des élections.", "SN"),
    ("es", "El presidente mexicano habló en Monterrey y después en Guadalajara, México.", "MX"),
    ("pt", "O governo brasileiro anunciou obras em São Paulo e no Rio de Janeiro.", "BR"),
    ("it", "Un terremoto ha colpito Catania; il governo italiano invia aiuti in Sicilia.", "IT"),
    ("pl", "W Niemczech odbyły się wybory, a niemiecki kanclerz przemawiał w Berlinie.", "DE"),
    ("tr", "Yunanistan'da seçim yapıldı. Yunan hükümeti Atina'da toplandı.", "GR"),
    ("ru", "В Грузии прошли выборы. Грузинская оппозиция собралась в Тбилиси.", "GE"),
    ("ru", "Власти Казахстана сообщили о паводке, в Астане созвано совещание.", "KZ"),
    ("ar", "قالت الحكومة اللبنانية إن انفجارا وقع في بيروت، وأعلن لبنان الحداد.", "LB"),
    ("ar", "وقعت مصر اتفاقا، وقال الرئيس المصري إنه سيوقع بالقاهرة.", "EG"),
    ("zh", "東京消息,日本东北部发生地震,仙台和福岛震感明显。", "JP"),
    ("zh", "北京市今天气温下降,上海也有降雨,中国气象局发布预警。", "CN"),
    ("ja", "ソウルで大統領選挙が行われ、韓国の与党は釜山でも支持を集めた。", "KR"),
    ("ko", "서울에서 시위가 열렸고 한국 정부는 부산에도 경찰을 보냈다.", "KR"),
    ("hi", "नई दिल्ली में भारी बारिश हुई और भारत सरकार ने चेतावनी दी।", "IN"),
    ("th", "น้ำท่วมหนักในกรุงเทพมหานคร ประเทศไทยประกาศเตือน", "TH"),
]


class TestOtherLanguages:
    @pytest.mark.parametrize(("language", "text", "country"), LANGUAGES)
    def test_are_read_in_their_own_scripts_and_forms(
        self, gazetteer: Gazetteer, language: str, text: str, country: str
    ) -> None:
        assert tag(article(text, language=language), gazetteer).country == country

    @pytest.mark.parametrize(
        ("language", "text", "countries"),
        [
            ("zh", "美中两国代表会谈后同意降低关税。", ["US", "CN"]),
            ("zh", "今日韩国总统发表讲话。", ["KR"]),
            ("zh", "其中方案有三个，以军事手段实现。", []),
            ("zh", "俄军发动袭击，乌方称击落四十架。", ["RU", "UA"]),
            ("ja", "英仏首脳が会談し、仏大統領が発表した。", ["FR", "GB"]),
            ("ja", "米中の協議で米政府は譲らなかった。", ["US", "CN"]),
            ("ja", "日中は晴れるでしょう。", []),
            ("ko", "미중 무역 협상이 재개됐다.", ["US", "CN"]),
        ],
    )
    def test_name_countries_by_one_letter_beside_what_makes_it_one(
        self, gazetteer: Gazetteer, language: str, text: str, countries: list[str]
    ) -> None:
        assert codes(tag(article(text, language=language), gazetteer)) == countries

    @pytest.mark.parametrize(
        ("language", "text", "country"),
        [
            ("nl", "De Franse premier is afgetreden.", "FR"),
            ("sv", "Den norska regeringen spricker.", "NO"),
            ("uk", "Польський уряд закрив кордон.", "PL"),
            ("hi", "अमेरिकी राष्ट्रपति ने नए शुल्क की घोषणा की।", "US"),
            ("es", "El mandatario uruguayo habló.", "UY"),
            ("de", "Die kroatische Polizei ermittelt.", "HR"),
            ("ru", "Киргизские власти закрыли границу.", "KG"),
            ("pl", "Węgrzy zablokowali pożyczkę.", "HU"),
            ("pl", "Brytyjczyków czekają podwyżki.", "GB"),
            ("de", "Die Franzosen demonstrieren.", "FR"),
            ("sv", "Fransmännen demonstrerar.", "FR"),
            ("ru", "Россиянам обещают снег.", "RU"),
            ("tr", "Almanlar sandığa gidiyor.", "DE"),
            ("pl", "Do wypadku doszło w Rzeszowie.", "PL"),
            ("pl", "Protest w Zielonej Górze.", "PL"),
            ("pl", "W Londynie protestowali rolnicy.", "GB"),
            ("pl", "Pożyczka dla Kijowa.", "UA"),
            ("ru", "Рыбаки в Петропавловске-Камчатском вышли в море.", "RU"),
            ("ru", "В Грозном открыли завод.", "RU"),
            ("ru", "Жителей Воронежской области предупредили.", "RU"),
            ("uk", "На Житомирщині та в Чернігівській області сніг.", "UA"),
            ("uk", "У Хмельницькому чекають на тепло.", "UA"),
            ("ja", "首脳はパリで会談した。", "FR"),
        ],
    )
    def test_name_a_country_by_one_people_adjective_or_town_in_any_case(
        self, gazetteer: Gazetteer, language: str, text: str, country: str
    ) -> None:
        assert tag(article(text, language=language), gazetteer).country == country

    @pytest.mark.parametrize(
        ("language", "text", "country"),
        [
            ("ja", "衆院は予算案を可決した。首相は早期の成立を求めた。", "JP"),
            ("ko", "국회는 예산안을 통과시켰고 대통령실은 유감을 표했다.", "KR"),
            ("es", "El PSOE pidió elecciones en el Congreso de los Diputados.", "ES"),
            ("de", "Der Nationalrat stimmte zu, nur die FPÖ war dagegen.", "AT"),
            ("de", "Der Ständerat lehnt ab, die SVP sammelt Unterschriften.", "CH"),
            ("pt", "O STF manteve a prisão e a Polícia Federal cumpriu mandados.", "BR"),
            ("ja", "ホワイトハウスは声明を出した。", "US"),
            ("ja", "昨日は散歩をして、本を読んだ。", None),
        ],
    )
    def test_tell_a_country_by_its_parliament_parties_and_courts(
        self, gazetteer: Gazetteer, language: str, text: str, country: str | None
    ) -> None:
        assert tag(article(text, language=language), gazetteer).country == country

    def test_lend_no_words_of_public_life_to_a_text_whose_language_is_unknown(
        self, gazetteer: Gazetteer
    ) -> None:
        text = "The PP and the CHP of the canton met the premier."
        assert tag(article(text, language=None), gazetteer).region == "unknown"

    @pytest.mark.parametrize(
        ("language", "text", "countries"),
        [
            ("es", "Para el ministro no hay duda. Como siempre, la Policía Nacional calló en Lima.", ["PE"]),
            ("pt", "Para o ministro não há dúvida. Esse é o plano de Lisboa.", ["PT"]),
            ("pt", "Choveu no Pará para alívio de todos.", ["BR"]),
            ("it", "Como è in festa.", ["IT"]),
            ("de", "Dabei fiel Regen im Osten. Die Lage in Wien ist ruhig.", ["AT"]),
            ("fr", "Eau et marché : Bruxelles attend.", ["BE"]),
            ("sv", "Barn och unga i Oslo.", ["NO"]),
            ("pl", "Polska czeka.", ["PL"]),
            ("ar", "في مدينة جديدة قالت قناة الجزيرة إن القطاع المالي والجامعة الأردنية بخير.", ["JO"]),
            ("ar", "قتل جنود في مالي.", ["ML"]),
            ("ja", "タイトルとスタイル、メディアのタイムリーなゴール。単独の独自調査。", []),
            ("ja", "タイの首都で、ロシアメディアによると。", ["TH", "RU"]),
        ],
    )
    def test_take_no_common_word_of_theirs_for_a_place(
        self, gazetteer: Gazetteer, language: str, text: str, countries: list[str]
    ) -> None:
        assert codes(tag(article(text, language=language), gazetteer)) == countries

    def test_lend_no_names_of_countries_to_english(self, gazetteer: Gazetteer) -> None:
        text = "The Island was quiet, and Maurice stayed. Island life is slow."
        assert tag(article(text, language="en"), gazetteer).region == "unknown"
        assert tag(article("Island liegt im Atlantik.", language="de"), gazetteer).country == "IS"


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
        places = (gazetteer.place(number) for number in range(len(gazetteer)))
        assert not {spot.country for spot in places if subregion_slug(spot.country) == "unknown"}


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


class TestInvariants:
    @settings(max_examples=150, deadline=None)
    @given(
        text=TEXTS,
        title=TEXTS,
        dateline=st.none() | TEXTS,
        language=st.sampled_from([None, "en", "ru", "ar"]),
    )
    def test_any_text_gives_shares_of_one_with_the_country_first(
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
        assert all(found.mentions > 0 for found in tagged.places)
        assert tag(tagged, gazetteer) == tagged

    @given(
        weights=st.dictionaries(st.sampled_from(["AF", "TJ", "US", "UZ", "DE", "FR"]), st.floats(0, 1e6)),
        bar=st.floats(0, 1),
    )
    def test_shares_sum_to_one_and_one_below_the_bar_stays_only_alone(
        self, weights: dict[str, float], bar: float
    ) -> None:
        shares = shares_of(weights, bar)
        assert bool(shares) == any(weight > 0 for weight in weights.values())
        assert not shares or math.isclose(sum(share.weight for share in shares), 1.0)
        assert main_country(shares) in {None, *(share.code for share in shares[:1])}


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
