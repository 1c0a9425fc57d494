"""Names of places in the scripts and word forms of many languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.transforms.regions.samples import article, codes, place
from transforms.regions import Gazetteer, tag


def ten_articles(language: str) -> list[tuple[str, str]]:
    lines = Path(__file__).with_name("languages.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.startswith(f"{language}\t")]
    return [(country, text) for _, country, text in rows]


@pytest.mark.parametrize("language", ["de", "fr", "es", "pt", "it", "ru", "ar", "zh", "ja", "hi", "tr", "pl"])
def test_at_least_nine_of_ten_short_articles_in_a_language_get_the_right_country(
    gazetteer: Gazetteer, language: str
) -> None:
    articles = ten_articles(language)
    countries = [tag(article(text, language=language), gazetteer).country for _, text in articles]
    correct = sum(country == label for country, (label, _) in zip(countries, articles, strict=True))
    assert (len(countries), correct >= 9) == (10, True), countries


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


class TestNamesInEachLanguage:
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
    def test_include_countries_by_one_character_in_words_that_make_it_one(
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
    def test_include_peoples_adjectives_and_towns_in_any_case(
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
    def test_include_a_countrys_parliament_parties_and_courts(
        self, gazetteer: Gazetteer, language: str, text: str, country: str | None
    ) -> None:
        assert tag(article(text, language=language), gazetteer).country == country

    def test_exclude_words_of_public_life_if_the_texts_language_is_unknown(
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
    def test_exclude_common_words_of_the_language(
        self, gazetteer: Gazetteer, language: str, text: str, countries: list[str]
    ) -> None:
        assert codes(tag(article(text, language=language), gazetteer)) == countries

    def test_exclude_other_languages_names_of_countries_in_english(self, gazetteer: Gazetteer) -> None:
        text = "The Island was quiet, and Maurice stayed. Island life is slow."
        assert tag(article(text, language="en"), gazetteer).region == "unknown"
        assert tag(article("Island liegt im Atlantik.", language="de"), gazetteer).country == "IS"


class TestACounty:
    def test_is_not_the_country_of_the_same_name(self, gazetteer: Gazetteer) -> None:
        assert "GG" not in codes(tag(article("Guernsey County will vote in Ohio."), gazetteer))


class TestASmallTown:
    def test_is_recognised(self, gazetteer: Gazetteer) -> None:
        tagged = tag(article("The council of Tega Cay met on Monday in Tega Cay."), gazetteer)
        assert place(tagged, "Tega Cay") == ("US", "US-SC")
