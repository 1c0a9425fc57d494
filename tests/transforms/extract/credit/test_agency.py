"""The wire service and the dateline of an article."""

from __future__ import annotations

import pytest

from tests.support.extraction import PARAGRAPHS, extracted, structured_data
from tests.support.sites import article_page
from transforms.extract.credit.agency import credit


@pytest.mark.parametrize(
    ("opening", "agency", "dateline"),
    [
        ("KABUL, Afghanistan (AP) — Officials said", "AP", "KABUL, Afghanistan"),
        ("Paris (AFP) - Le ministre", "AFP", "Paris"),
        ("München (dpa/lby) - Der Zug", "dpa", "München"),
        ("GENEVA, May 3 (Reuters) - Talks", "Reuters", "GENEVA"),
        ("KUALA LUMPUR, July 4 (Bernama) -- The port", "Bernama", "KUALA LUMPUR"),
        ("ABU DHABI, 4th July, 2021 (WAM) -- The port", "WAM", "ABU DHABI"),
        ("BEIJING July 4 (Xinhua) -- The port", "Xinhua", "BEIJING"),
        ("Frankfurt am Main (dpa) - Die Bahn", "dpa", "Frankfurt am Main"),
        ("Rio de Janeiro, 4 jul (EFE).- El puerto", "EFE", "Rio de Janeiro"),
        ("Lisboa, 04 jul 2021 (Lusa) – O porto", "Lusa", "Lisboa"),
        ("ISLAMABAD, Jul 4 (APP): The port", "APP", "ISLAMABAD"),
        ("MOSCOW, July 4. /TASS/. The port", "TASS", "MOSCOW"),
        ("МОСКВА, 4 июля. /ТАСС/. Порт", "TASS", "МОСКВА"),
        ("МОСКВА, 4 июл - РИА Новости. Порт", "RIA Novosti", "МОСКВА"),
        ("(ANSA) - ROMA, 04 LUG - Il porto", "ANSA", "ROMA"),
        ("İSTANBUL (AA) - Liman", "Anadolu", "İSTANBUL"),
        ("新华社北京7月4日电（记者甲乙）港口", "Xinhua", "北京"),
        ("（中央社記者甲乙丙台北4日電）港口", "CNA", None),
        ("【ソウル共同】港は", "Kyodo", "ソウル"),
        ("【7月4日 AFP】港は", "AFP", None),
        ("(서울=연합뉴스) 홍길동 기자 = 항구가", "Yonhap", "서울"),
        ("A lead-in of the house. KABUL, Afghanistan (AP) — Officials said", "AP", "KABUL, Afghanistan"),
        ("LOS ANGELES, Calif. (AP) — Officials said", "AP", "LOS ANGELES, Calif."),
        ("(Reuters) - Shares fell", "Reuters", None),
        ("WASHINGTON — The court", None, "WASHINGTON"),
        ("CHARLESTON, W.Va. -- A council", None, "CHARLESTON, W.Va."),
        ("LE POINT SUR LA SITUATION - Le port", None, None),
        ("The UN — a body of many — met", None, None),
        ("Two people met in Paris (France) - and", None, None),
    ],
)
def test_an_opening_names_wire_and_dateline(opening: str, agency: str | None, dateline: str | None) -> None:
    assert credit(f"{opening} and so on.", []) == (agency, dateline)
    assert credit(f"A lead-in of the house.\n\n{opening} and so on.", []) == (agency, dateline)


@pytest.mark.parametrize(
    ("author", "agency"),
    [
        ("The Associated Press", "AP"),
        ("Ann Lund, Reuters", "Reuters"),
        ("AFP/Ann Lund", "AFP"),
        ("Le Journal avec AFP", "AFP"),
        ("Ann Lund for The Canadian Press", "CP"),
        ("Ann Lund with files from AFP", None),
        ("Pa Lund", None),
        ("The PA of Ann Lund", None),
        ("By AP Staff", "AP"),
        ("Anna Ansa", None),
        ("Ann Lund", None),
    ],
)
def test_a_byline_names_the_wire(author: str, agency: str | None) -> None:
    assert credit("Text.", [author]).agency == agency


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("Copyright 2021 The Associated Press. All rights reserved.", "AP"),
        ("© 2021 AFP", "AFP"),
        ("(c) Copyright Thomson Reuters 2021", "Reuters"),
        ("This report by The Canadian Press was first published July 4, 2021.", "CP"),
        ("Ce texte de La Presse Canadienne a été publié le 4 juillet 2021.", "CP"),
        ("(Reporting by Ann Lund in Lagos; Editing by Per Berg)", "Reuters"),
        ("Quelle: dpa", "dpa"),
        ("来源：新华社", "Xinhua"),
        ("dpa/lby", "dpa"),
        ("(Quelle: APA/sda/dpa)", "APA"),
        ("— Reuters", "Reuters"),
        ("The port opens on Monday, the harbour master said. (ANSA)", "ANSA"),
        ("The port opens on Monday, the harbour master said. — AFP", "AFP"),
        ("港口将于周一开放。（新华社）", "Xinhua"),
        ("稿源：新华社", "Xinhua"),
        ("Quellen: dpa", "dpa"),
        ("Fuentes: EFE", "EFE"),
        ("The second port is the one near Erie (PA).", None),
        ("The Associated Press contributed to this report.", None),
        ("With files from The Canadian Press", None),
        ("The harbour master told Reuters that the port opens on Monday.", None),
        ("Copyright belongs to those who told it to the Associated Press Club.", None),
        ("Photo: Ann Lund/AFP", None),
    ],
)
def test_a_closing_line_names_the_wire(line: str, agency: str | None) -> None:
    text = f"The port was closed on Friday.\n\nIt took six days.\n\n{line}"
    assert credit(text, ["Ann Lund"]).agency == agency


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("By Ann Lund, Associated Press", "AP"),
        ("Von Ann Lund, dpa", "dpa"),
        ("The Canadian Press", "CP"),
        ("By Ann Lund", None),
        ("Reuters was founded in London.", None),
    ],
)
def test_a_byline_within_the_text_names_the_wire(line: str, agency: str | None) -> None:
    assert credit(f"{line}\n\nThe port was closed on Friday.\n\nIt took six days.", []).agency == agency


@pytest.mark.parametrize(
    ("head", "agency"),
    [
        (structured_data(sourceOrganization={"name": "Reuters"}), "Reuters"),
        (structured_data(author={"@type": "Organization", "name": "The Associated Press"}), "AP"),
        (structured_data(isBasedOn="https://apnews.com/article/1"), "AP"),
        (
            structured_data(isBasedOn=[{"@type": "NewsArticle", "url": "https://www.reuters.com/world/1"}]),
            "Reuters",
        ),
        (structured_data(copyrightHolder="dpa"), "dpa"),
        (structured_data(publisher={"name": "Example Times"}, image={"copyrightHolder": "AFP"}), None),
        ('<link rel="canonical" href="https://www.afp.com/en/1">', "AFP"),
        ('<meta name="syndication-source" content="https://www.upi.com/1">', "UPI"),
        ('<link rel="canonical" href="https://other.example/1">', None),
    ],
)
def test_structured_data_names_the_wire(head: str, agency: str | None) -> None:
    assert extracted(article_page("F", PARAGRAPHS, head)).agency == agency
