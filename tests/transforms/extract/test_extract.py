"""From a page to an article or a reject: text, id, dates and language."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import time
from datetime import UTC, datetime, timedelta

import apache_beam as beam
import pebble
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.extraction import NOW, PARAGRAPHS, URL, entry, extracted, page, structured_data
from tests.support.sites import article_page
from transforms.extract import ExtractArticles, extract_article, outcome_of
from transforms.extract.article import believable
from transforms.extract.meta.language import language_of, language_tag
from transforms.records import Article, Page, Reject, key_of


def test_the_text_is_the_articles_paragraphs_and_nothing_else() -> None:
    article = extracted(article_page("Ferry sails again", PARAGRAPHS))
    assert article.text == "\n\n".join(PARAGRAPHS)
    assert article.extraction == "page"
    assert article.title == "Ferry sails again"


def test_the_id_is_made_from_the_canonical_address() -> None:
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


def test_the_pages_headline_is_not_part_of_the_text_whatever_the_feeds_title_is() -> None:
    heading = "After eleven weeks in dry dock the ferry sails again, with bicycles"
    html = article_page("Ferry", [heading, *PARAGRAPHS]).replace("<h1>Ferry</h1>", f"<h1>{heading}</h1>")
    assert extracted(html).text == "\n\n".join(PARAGRAPHS)


def test_without_a_declared_address_tracking_parameters_do_not_count() -> None:
    assert extracted(article_page("Ferry", PARAGRAPHS)).canonical_url == "https://gazette.example/news/ferry"


def test_structured_data_replaces_the_text_of_a_page_drawn_by_a_script() -> None:
    head = structured_data(articleBody="\n".join(PARAGRAPHS))
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


def test_the_feeds_date_comes_before_structured_data_and_that_before_meta_tags() -> None:
    instants = [NOW - timedelta(hours=hours) for hours in (1, 2, 3)]
    meta = f'<meta property="article:published_time" content="{instants[2].isoformat()}">'
    data = structured_data(datePublished=instants[1].isoformat(), dateModified=instants[0].isoformat())
    assert (
        extracted(article_page("F", PARAGRAPHS, meta + data), of=entry(published_at=instants[0])).published_at
        == instants[0]
    )
    article = extracted(article_page("F", PARAGRAPHS, meta + data))
    assert (article.published_at, article.updated_at) == (instants[1], instants[0])
    assert extracted(article_page("F", PARAGRAPHS, meta)).published_at == instants[2]


def test_a_date_in_the_future_is_not_believed() -> None:
    meta = f'<meta property="article:published_time" content="{(NOW + timedelta(days=400)).isoformat()}">'
    article = extracted(article_page("F", PARAGRAPHS, meta), of=entry(published_at=NOW + timedelta(days=9)))
    assert article.published_at is None
    assert article.dated_at == NOW


def test_an_update_before_the_publication_is_not_believed() -> None:
    assert believable([NOW - timedelta(days=1)], NOW, earliest=NOW) is None
    assert believable([*(datetime(year, 1, 1, tzinfo=UTC) for year in (1, 1900, 1970)), NOW], NOW) == NOW


def test_the_declared_language_counts_unless_the_text_is_clearly_in_another() -> None:
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


@given(st.binary(max_size=300))
def test_no_bytes_raise_an_exception(body: bytes) -> None:
    assert isinstance(extract_article(page(body, charset="x-unknown")), Article | Reject)


def test_a_hundred_thousand_nested_elements_do_no_harm() -> None:
    outcome = extract_article(page("<div>" * 100_000 + "text"))
    assert isinstance(outcome, Reject)
    assert outcome.reason == "no-text"


def test_the_outcomes_have_names_and_types_and_can_be_unpacked() -> None:
    pages = beam.Pipeline() | beam.Create([page("")]).with_output_types(Page)
    outcomes = pages | ExtractArticles()
    articles, rejects = outcomes
    assert (outcomes.articles, outcomes.rejects) == (articles, rejects)
    assert (articles.element_type, rejects.element_type) == (Article, Reject)


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
