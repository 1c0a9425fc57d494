"""A page becomes an article: its text without the furniture, and dates, names and ids that can be trusted."""

from __future__ import annotations

import dataclasses
import itertools
import json
import multiprocessing
import os
import time
from datetime import UTC, datetime, timedelta

import pebble
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sites import article_page
from transforms.copies.repeats import first_of
from transforms.extract import extract_article, outcome_of
from transforms.extract.article import believable
from transforms.extract.credit.agency import credit
from transforms.extract.meta.language import language_of, language_tag
from transforms.extract.page import decode_page, read_page
from transforms.records import Article, BlobRef, Entry, Page, Reject, key_of
from transforms.store.spill import article_ref

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
URL = "https://gazette.example/news/ferry?utm_source=rss"
PARAGRAPHS = [
    "The ferry between Tarn and Oldhaven sailed again on Thursday after eleven weeks in dry dock, and the "
    "first crossing carried more bicycles than cars.",
    "Harbour master Ellen Vick said the new engine burned a third less fuel than the one it replaced, which "
    "had been in service since the year the bridge was closed.",
    "Fares stay as they were until the autumn, when the council will decide whether the night crossing is to "
    "be kept through the winter months.",
]


def entry(**values: object) -> Entry:
    return Entry("https://gazette.example/feed", "g-1", ("k",), URL, "Ferry sails again", **values)  # type: ignore[arg-type]


def page(html: str | bytes, url: str = URL, of: Entry | None = None, charset: str | None = "utf-8") -> Page:
    return Page(of or entry(), url, html.encode() if isinstance(html, str) else html, charset, NOW)


def extracted(html: str | bytes, **values: object) -> Article:
    outcome = extract_article(page(html, **values))  # type: ignore[arg-type]
    assert isinstance(outcome, Article), outcome
    return outcome


def test_the_text_is_the_articles_paragraphs_and_nothing_else() -> None:
    article = extracted(article_page("Ferry sails again", PARAGRAPHS))
    assert article.text == "\n\n".join(PARAGRAPHS)
    assert article.extraction == "page"
    assert article.title == "Ferry sails again"


def test_the_id_is_of_the_canonical_address() -> None:
    head = '<link rel="canonical" href="https://www.gazette.example/news/ferry">'
    article = extracted(article_page("Ferry", PARAGRAPHS, head))
    assert article.canonical_url == "https://www.gazette.example/news/ferry"
    assert article.article_id == key_of("https://www.gazette.example/news/ferry")
    assert article.url == URL
    assert article.publisher_domain == "gazette.example"


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:title" content="Ferry sails again | Harbour Gazette">',
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Ferry sails again"}'
        '</script><meta property="og:title" content="Look who is back on the water">',
    ],
    ids=["with the name of the site", "in structured data"],
)
def test_a_page_without_a_feed_has_its_own_headline(head: str) -> None:
    site = '<meta property="og:site_name" content="Harbour Gazette">'
    html = article_page("Harbour Gazette", PARAGRAPHS, site + head).replace("<h1>Harbour Gazette</h1>", "")
    assert extracted(html, of=dataclasses.replace(entry(), title="")).title == "Ferry sails again"


def test_the_headline_of_the_page_is_no_paragraph_of_it_whatever_the_feed_calls_it() -> None:
    heading = "After eleven weeks in dry dock the ferry sails again, with bicycles"
    html = article_page("Ferry", [heading, *PARAGRAPHS]).replace("<h1>Ferry</h1>", f"<h1>{heading}</h1>")
    assert extracted(html).text == "\n\n".join(PARAGRAPHS)


def test_without_a_declared_address_tracking_parameters_do_not_count() -> None:
    assert extracted(article_page("Ferry", PARAGRAPHS)).canonical_url == "https://gazette.example/news/ferry"


def json_ld(**values: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **values})}</script>'


def test_structured_data_stands_in_for_a_page_that_a_script_draws() -> None:
    head = json_ld(articleBody="\n".join(PARAGRAPHS))
    article = extracted(f"<html><head>{head}</head><body><div id='app'></div></body></html>")
    assert (article.extraction, article.text) == ("json-ld", "\n\n".join(PARAGRAPHS))


def test_the_feeds_own_text_is_the_last_resort() -> None:
    content = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    article = extracted("<html><body><p>Log in</p></body></html>", of=entry(content=content))
    assert (article.extraction, article.text) == ("feed", "\n\n".join(PARAGRAPHS))


@pytest.mark.parametrize(
    "html", ["", "\x00", "<html></html>", "<html><body><p>Watch our video</p></body></html>"]
)
def test_a_page_without_an_article_is_rejected(html: str) -> None:
    outcome = extract_article(page(html))
    assert isinstance(outcome, Reject)
    assert (outcome.stage, outcome.reason, outcome.url) == ("extract", "no-text", URL)


def test_the_feeds_date_goes_first_then_structured_data_then_the_page() -> None:
    told = [NOW - timedelta(hours=hours) for hours in (1, 2, 3)]
    meta = f'<meta property="article:published_time" content="{told[2].isoformat()}">'
    data = json_ld(datePublished=told[1].isoformat(), dateModified=told[0].isoformat())
    assert (
        extracted(article_page("F", PARAGRAPHS, meta + data), of=entry(published_at=told[0])).published_at
        == told[0]
    )
    article = extracted(article_page("F", PARAGRAPHS, meta + data))
    assert (article.published_at, article.updated_at) == (told[1], told[0])
    assert extracted(article_page("F", PARAGRAPHS, meta)).published_at == told[2]


def test_a_date_that_has_not_come_is_not_believed() -> None:
    meta = f'<meta property="article:published_time" content="{(NOW + timedelta(days=400)).isoformat()}">'
    article = extracted(article_page("F", PARAGRAPHS, meta), of=entry(published_at=NOW + timedelta(days=9)))
    assert article.published_at is None
    assert article.dated_at == NOW


def test_an_update_before_the_publication_is_not_believed() -> None:
    assert believable([NOW - timedelta(days=1)], NOW, earliest=NOW) is None
    assert believable([*(datetime(year, 1, 1, tzinfo=UTC) for year in (1, 1900, 1970)), NOW], NOW) == NOW


def test_the_language_is_what_page_or_feed_declare_unless_the_text_is_surely_in_another() -> None:
    assert extracted(article_page("F", PARAGRAPHS, language="en_nz")).language == "en-NZ"
    assert extracted(article_page("F", PARAGRAPHS, language="pt_br")).language == "en"
    assert language_of("Ærlig talt.", "nb-NO") == "nb-NO"
    assert (
        extracted(article_page("F", PARAGRAPHS, language=""), of=entry(language="en-ca")).language == "en-CA"
    )
    assert [language_tag(tag) for tag in ("zh-hant-tw", "x", "", None, "english")] == [
        "zh-Hant-TW",
        *[None] * 4,
    ]


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-16", "utf-8-sig"])
def test_a_page_is_decoded_as_its_server_or_its_marks_say(encoding: str) -> None:
    text = "Паром снова вышел в море"
    assert decode_page(text.encode(encoding), None if "utf" in encoding else encoding) == text


def test_utf_8_is_recognised_though_server_and_page_claim_otherwise() -> None:
    body = '<meta charset="windows-1252"><p>Fähre – wieder</p>'
    assert decode_page(body.encode(), "iso-8859-1") == body


def test_the_pages_own_claim_is_used_where_the_server_makes_none() -> None:
    body = '<meta charset="shift_jis"><p>渡し船が再開</p>'
    assert decode_page(body.encode("shift_jis"), None) == body
    assert decode_page("渡し船".encode("iso-2022-jp"), "iso-2022-jp") == "渡し船"


@given(st.binary(max_size=300))
def test_no_bytes_leave_the_step_as_an_exception(body: bytes) -> None:
    assert isinstance(extract_article(page(body, charset="x-unknown")), Article | Reject)


def test_a_hundred_thousand_nested_elements_do_no_harm() -> None:
    assert extract_article(page("<div>" * 100_000 + "text"))


@pytest.mark.parametrize(
    "form",
    ["{}", "{};", "<!-- {} -->", "//<![CDATA[\n{}\n//]]>", "/*<![CDATA[*/[{}]/*]]>*/", "[{}] []", "\ufeff{}"],
)
@pytest.mark.parametrize("quote", ['"', "&quot;"])
def test_json_ld_is_read_in_the_forms_that_pages_have_it(form: str, quote: str) -> None:
    data = form.replace("{}", '{"@type": "NewsArticle", "inLanguage": "fi"}').replace('"', quote)
    head = f'<script type="application/ld+json; charset=utf-8">{data}</script>'
    found, _ = read_page(article_page("F", PARAGRAPHS, head, language="").encode(), "utf-8", NOW)
    assert found.language == "fi"


def test_broken_json_ld_is_passed_over() -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", </script>' + json_ld(inLanguage="fi")
    found, _ = read_page(article_page("F", PARAGRAPHS, head, language="").encode(), "utf-8", NOW)
    assert found.language == "fi"


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
def test_an_opening_tells_wire_and_dateline(opening: str, agency: str | None, dateline: str | None) -> None:
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
def test_a_byline_tells_the_wire(author: str, agency: str | None) -> None:
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
        ("The second port is the one near Erie (PA).", None),
        ("The Associated Press contributed to this report.", None),
        ("With files from The Canadian Press", None),
        ("The harbour master told Reuters that the port opens on Monday.", None),
        ("Copyright belongs to those who told it to the Associated Press Club.", None),
        ("Photo: Ann Lund/AFP", None),
    ],
)
def test_a_closing_line_tells_the_wire(line: str, agency: str | None) -> None:
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
def test_a_byline_within_the_text_tells_the_wire(line: str, agency: str | None) -> None:
    assert credit(f"{line}\n\nThe port was closed on Friday.\n\nIt took six days.", []).agency == agency


@pytest.mark.parametrize(
    ("head", "agency"),
    [
        (json_ld(sourceOrganization={"name": "Reuters"}), "Reuters"),
        (json_ld(author={"@type": "Organization", "name": "The Associated Press"}), "AP"),
        (json_ld(isBasedOn="https://apnews.com/article/1"), "AP"),
        (json_ld(isBasedOn=[{"@type": "NewsArticle", "url": "https://www.reuters.com/world/1"}]), "Reuters"),
        (json_ld(copyrightHolder="dpa"), "dpa"),
        (json_ld(publisher={"name": "Example Times"}, image={"copyrightHolder": "AFP"}), None),
        ('<link rel="canonical" href="https://www.afp.com/en/1">', "AFP"),
        ('<meta name="syndication-source" content="https://www.upi.com/1">', "UPI"),
        ('<link rel="canonical" href="https://other.example/1">', None),
    ],
)
def test_structured_data_tells_the_wire(head: str, agency: str | None) -> None:
    article = extract_article(page(article_page("F", PARAGRAPHS, head)))
    assert isinstance(article, Article)
    assert article.agency == agency


def die(_: object) -> None:
    os._exit(1)


def dawdle(_: object) -> None:
    time.sleep(60)


@pytest.mark.parametrize(
    ("what", "reason"), [(die, "broken-page"), (dawdle, "too-slow"), (len, "broken-page")]
)
def test_a_page_that_kills_or_stalls_its_process_costs_only_itself(what, reason: str) -> None:
    with pebble.ProcessPool(max_workers=1, context=multiprocessing.get_context("forkserver")) as pool:
        bad = pool.schedule(what, args=[None], timeout=1)
        good = pool.schedule(extract_article, args=[page(article_page("F", PARAGRAPHS))], timeout=60)
        outcome = outcome_of(bad, page(""))
        assert isinstance(outcome, Reject)
        assert (outcome.stage, outcome.reason, outcome.url) == ("extract", reason, URL)
        assert isinstance(outcome_of(good, page("")), Article)


def test_of_two_entries_that_lead_to_one_page_one_is_filed_in_any_order() -> None:
    nowhere = BlobRef("", 0, 0)
    one = article_ref(extracted(article_page("F", PARAGRAPHS)), nowhere, nowhere)
    two = dataclasses.replace(one, feed_url=one.feed_url + "2")
    for refs in ([one, two], [two, one]):
        kept, update, rejects = first_of(refs, filed_before=False)
        assert (kept, update) == (one, None)
        assert [(reject.reason, reject.feed_url) for reject in rejects] == [("duplicate", two.feed_url)]
    kept, update, rejects = first_of([one], filed_before=True)
    assert (kept, update, len(rejects)) == (None, None, 1)


def test_of_two_updates_of_one_page_the_last_one_read_is_filed_in_any_order() -> None:
    nowhere = BlobRef("", 0, 0)
    known = article_ref(extracted(article_page("F", PARAGRAPHS)), nowhere, nowhere)
    early = dataclasses.replace(known, update=True, keys=("early",))
    late = dataclasses.replace(early, fetched_at=known.fetched_at + timedelta(minutes=1), keys=("late",))
    for refs in itertools.permutations([known, early, late]):
        kept, update, rejects = first_of(refs, filed_before=True)
        assert (kept, update, [reject.keys for reject in rejects]) == (None, late, [("early",), known.keys])
        # What is updated may be on its way still when the update comes.
        kept, update, rejects = first_of(refs, filed_before=False)
        assert (kept, update, len(rejects)) == (late, None, 2)
