"""What of a URL names an article."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.urls import canonical_url, clean_url, host_of, is_home_page, registrable_domain


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://News.Example/a?utm_source=rss&id=3#top", "https://news.example/a?id=3"),
        ("https://news.example/a?b=2&a=1", "https://news.example/a?a=1&b=2"),
        ("https://news.example", "https://news.example/"),
        ("http://127.1.0.1:8080/a/x?fbclid=1", "http://127.1.0.1:8080/a/x"),
        ("https://app.example/#!/story/7", "https://app.example/#!/story/7"),
        ("  https://news.example/a\n", "https://news.example/a"),
    ],
)
def test_tracking_and_fragments_do_not_name_a_page(url: str, clean: str) -> None:
    assert clean_url(url) == clean


@given(st.text(max_size=60).map(lambda tail: f"https://news.example/{tail}"))
def test_cleaning_twice_is_cleaning_once(url: str) -> None:
    assert clean_url(clean_url(url)) == clean_url(url)


@given(st.text(max_size=60))
def test_no_text_makes_the_helpers_fail(text: str) -> None:
    clean_url(text), host_of(text), registrable_domain(text)


@pytest.mark.parametrize(
    ("declared", "canonical"),
    [
        ("https://news.example/story?utm_source=x", "https://news.example/story"),
        ("https://amp.news.example/story", "https://amp.news.example/story"),
        ("https://news.example/", "https://news.example/final"),
        ("https://wire.example/story", "https://news.example/final"),
        ("/story", "https://news.example/final"),
        (None, "https://news.example/final"),
    ],
)
def test_a_declared_address_is_believed_unless_it_is_a_home_page_or_another_site(
    declared: str | None, canonical: str
) -> None:
    assert canonical_url("https://news.example/final", declared) == canonical


def test_a_home_page_is_a_path_of_nothing() -> None:
    assert is_home_page("https://news.example/index.html")
    assert not is_home_page("https://news.example/?p=12")


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("http://127.1.0.1:80/", "127.1.0.1"),
        ("http://[::1]/", "::1"),
        ("http://localhost/", "localhost"),
    ],
)
def test_the_registrable_domain(url: str, domain: str) -> None:
    assert registrable_domain(url) == domain
