"""The labels, texts and servers of the sample newsroom; test_demo.py has the pipeline's results."""

from __future__ import annotations

import http.client
import re
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from protego import Protego

from pipeline.demo.content import Outlet, SampleItem, load_outlets
from pipeline.demo.newsroom import LAST_MODIFIED, Newsroom, serve_newsroom
from pipeline.demo.render import paragraphs
from transforms.extract import extract_article
from transforms.records import Article, Entry, Page
from transforms.regions.m49 import subregion_slug

ARTICLES = [(outlet, item) for outlet in load_outlets() for item in outlet.items if item.serves == "article"]
IDS = [f"{outlet.slug}/{item.slug}" for outlet, item in ARTICLES]
FEED = "/feed.xml"


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with serve_newsroom() as serving:
        yield serving


def site(newsroom: Newsroom, slug: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(newsroom.bases[slug]).netloc, timeout=5)


def ask(
    connection: http.client.HTTPConnection, path: str, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers=names)
    answer = connection.getresponse()
    return answer.status, answer.read(), dict(answer.headers)


def own(item: SampleItem) -> list[str]:
    return [part for part in paragraphs(item.text) if not part.startswith("!! ")]


@pytest.mark.parametrize(("outlet", "item"), ARTICLES, ids=IDS)
def test_an_article_is_extracted_completely_and_without_furniture(
    newsroom: Newsroom, outlet: Outlet, item: SampleItem
) -> None:
    _, page, headers = ask(site(newsroom, outlet.slug), f"/{item.slug}")
    url = f"https://{outlet.slug}.example/{item.slug}"
    charset = headers["Content-Type"].partition("charset=")[2] or None
    entry = Entry("https://feed.example/", url, (url,), url, item.title, published_at=item.published)
    article = extract_article(Page(entry, url, page, charset, item.published))
    assert isinstance(article, Article)
    assert article.text.split("\n\n") == own(item)
    assert article.language is not None
    assert article.language.split("-")[0] == outlet.language.split("-")[0]


def test_an_article_has_120_to_450_words_and_a_date_in_the_first_week_of_march() -> None:
    for outlet, item in ARTICLES:
        words = " ".join(own(item)).split()
        length = len("".join(words)) / 2 if outlet.language.startswith("ja") else len(words)
        assert 120 <= length <= 450, item.slug
        assert datetime(2026, 3, 2, tzinfo=UTC) <= item.published < datetime(2026, 3, 7, tzinfo=UTC), (
            item.slug
        )


def test_the_articles_are_spread_over_a_dozen_sub_regions() -> None:
    assert len({subregion_slug(item.country) for _, item in ARTICLES if item.country}) >= 12


def test_the_first_outlet_to_carry_a_wire_story_carries_it_verbatim() -> None:
    carried = defaultdict(list)
    for _, item in ARTICLES:
        if item.wire:
            carried[item.wire].append(item)
    for items in carried.values():
        assert min(items, key=lambda item: item.published).edit == "verbatim"
        assert len({item.edit for item in items}) >= 3


def test_independent_reports_share_a_quotation_and_no_paragraph() -> None:
    reports = defaultdict(list)
    for _, item in ARTICLES:
        if item.event:
            reports[item.event].append(item)
    for first, second in reports.values():
        spoken = [set(re.findall(r'["«]([^"»]{60,})["»]', item.text)) for item in (first, second)]
        assert spoken[0] & spoken[1], first.slug
        assert not set(own(first)) & set(own(second))


def test_all_xml_feeds_but_the_broken_one_are_well_formed(newsroom: Newsroom) -> None:
    for outlet in newsroom.outlets:
        if outlet.feed == "json":
            continue
        _, body, _ = ask(site(newsroom, outlet.slug), FEED)
        if outlet.feed == "broken":
            with pytest.raises(ElementTree.ParseError):
                ElementTree.fromstring(body)
        else:
            ElementTree.fromstring(body)


def test_an_outlet_with_a_legacy_encoding_uses_it_in_its_feed_and_pages(newsroom: Newsroom) -> None:
    (outlet,) = (outlet for outlet in newsroom.outlets if outlet.encoding != "utf-8")
    connection = site(newsroom, outlet.slug)
    for path in (FEED, "/nebraska-sandhills-cranes"):
        _, body, _ = ask(connection, path)
        assert "’" in body.decode(outlet.encoding)
        with pytest.raises(UnicodeDecodeError):
            body.decode("utf-8")


def test_a_client_with_the_current_feed_gets_304(newsroom: Newsroom) -> None:
    connection = site(newsroom, "spreeblatt")
    _, body, headers = ask(connection, FEED)
    tag = headers["ETag"]
    for held in (
        {"If_None_Match": tag},
        {"If_None_Match": f'"old", {tag}'},
        {"If_Modified_Since": LAST_MODIFIED},
    ):
        status, empty, answer_headers = ask(connection, FEED, **held)
        assert (status, empty, answer_headers["ETag"]) == (304, b"", tag)
        assert "Content-Length" not in answer_headers
    stale = {"If_None_Match": '"old"', "If_Modified_Since": LAST_MODIFIED}
    assert ask(connection, FEED, **stale)[:2] == (200, body)


def test_the_robots_txt_of_one_outlet_disallows_one_entry_of_its_feed(newsroom: Newsroom) -> None:
    (outlet,) = (
        outlet for outlet in newsroom.outlets if ask(site(newsroom, outlet.slug), "/robots.txt")[0] == 200
    )
    assert outlet.slug == "savanna-dispatch"
    rules = Protego.parse(ask(site(newsroom, outlet.slug), "/robots.txt")[1].decode())
    disallowed = {
        item.slug for item in outlet.items if not rules.can_fetch(newsroom.url(outlet, item), "copytaster")
    }
    assert disallowed == {item.slug for item in outlet.items if item.reason == "robots"}
    assert len(disallowed) == 1


def test_serving_does_not_look_up_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(socket, "getfqdn", refuse)
    monkeypatch.setattr(socket, "gethostbyaddr", refuse)
    with serve_newsroom() as serving:
        assert ask(site(serving, "minato"), FEED)[0] == 200


def test_after_the_block_nothing_is_served_and_no_thread_is_left() -> None:
    before = set(threading.enumerate())
    with serve_newsroom() as serving:
        threads = set(threading.enumerate()) - before
        assert len(threads) == len(serving.outlets)
    for slug in serving.bases:
        with pytest.raises(ConnectionRefusedError):
            ask(site(serving, slug), FEED)
    for thread in threads:
        thread.join(timeout=5)
        assert not thread.is_alive()
