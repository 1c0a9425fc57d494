"""What of a URL names an article."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.text.urls import (
    canonical_url,
    clean_url,
    host_of,
    is_home_page,
    page_identity,
    registrable_domain,
    target_of,
)


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
    clean_url(text), host_of(text), registrable_domain(text), target_of(text), page_identity(text)
    canonical_url(f"https://a.example/{text}", text)


@pytest.mark.parametrize(
    ("declared", "canonical"),
    [
        ("https://news.example/story?utm_source=x", "https://news.example/story"),
        ("https://amp.news.example/story", "https://amp.news.example/story"),
        ("https://news.example/", "https://news.example/final"),
        ("https://wire.example/story", "https://news.example/final"),
        ("/story", "https://news.example/story"),
        ("//news.example/story", "https://news.example/story"),
        ("", "https://news.example/final"),
        ("http://[", "https://news.example/final"),
        (None, "https://news.example/final"),
    ],
)
def test_a_declared_address_is_believed_unless_it_is_a_home_page_or_another_site(
    declared: str | None, canonical: str
) -> None:
    assert canonical_url("https://news.example/final", declared) == canonical


@pytest.mark.parametrize(
    ("final", "declared", "canonical"),
    [
        ("/world/ferry-sails-again-after-winter", "/world/", "/world/ferry-sails-again-after-winter"),
        ("/world/asia/12345678", "/world", "/world/asia/12345678"),
        (
            "/ferry-sails-again-after-winter/amp",
            "/ferry-sails-again-after-winter",
            "/ferry-sails-again-after-winter",
        ),
        (
            "/ferry-sails-again-after-winter/2",
            "/ferry-sails-again-after-winter",
            "/ferry-sails-again-after-winter",
        ),
        ("/gallery-12345678/2", "/gallery-12345678", "/gallery-12345678"),
        ("/a/b", "/a", "/a"),
    ],
)
def test_a_section_is_not_the_address_of_an_article_in_it(final: str, declared: str, canonical: str) -> None:
    site = "https://news.example"
    assert canonical_url(site + final, site + declared) == site + canonical


@pytest.mark.parametrize(
    "tracked",
    [
        *(
            "utm_source=rss",
            "fbclid=1",
            "gclid=1",
            "gclsrc=a",
            "msclkid=1",
            "mc_cid=1",
            "mc_eid=1",
            "igshid=1",
        ),
        *(
            "at_medium=rss",
            "xtor=RSS-1",
            "ns_mchannel=rss",
            "cmp=rss",
            "CMPID=a",
            "ICID=a",
            "ref=rss",
            "src=rss",
        ),
        *(
            "partner=rss",
            "smid=tw",
            "ocid=a",
            "_ga=1",
            "wt_mc=rss",
            "guce_referrer=a",
            "mtm_campaign=a",
            "PHPSESSID=a",
        ),
    ],
)
def test_what_tells_of_the_reader_names_no_page(tracked: str) -> None:
    assert clean_url(f"https://news.example/a?{tracked}") == "https://news.example/a"
    assert clean_url(f"https://news.example/a?{tracked}&id=7") == "https://news.example/a?id=7"


@pytest.mark.parametrize(
    "named",
    [
        *("id=5", "p=5", "article=7", "story=7", "page=2", "from=2020", "partner=ap", "sid=12"),
        # What courlan drops of these, because trackers begin so.
        *("gameId=401", "gallery=12", "reference=B7", "cid=5678", "uid=77", "eid=9"),
        *("12345", "p20260304", "ferry-sails-again"),
        # GBK and windows-1251, as many Chinese and Russian sites have them.
        *("title=%D0%C2%CE%C5", "q=%E9%E8", "q=%E9%25%2B1"),
    ],
)
def test_what_names_the_page_stays(named: str) -> None:
    url = f"https://news.example/a?{named}"
    assert clean_url(url) == clean_url(f"{url}&utm_source=rss#top") == url


@pytest.mark.parametrize("named", ["cid=public-rss_2", "uid=a7f3", "rss", "print", "id=", "1405690372"])
def test_what_looks_like_it_and_names_no_page_goes(named: str) -> None:
    assert clean_url(f"https://news.example/a?{named}") == "https://news.example/a"


PARAMETERS = st.lists(
    st.tuples(st.sampled_from(["id", "p", "page", "q", "gameId"]), st.text(min_size=1, max_size=9)),
    max_size=4,
)
PATHS = st.lists(st.text("abcé-_.~ %/", min_size=1, max_size=9), max_size=4).map("/".join).map(quote)


@given(PATHS, PARAMETERS, st.sampled_from(["utm_source=rss", "fbclid=1", "xtor=RSS-1", "ref=rss"]))
def test_tracked_and_untracked_are_one(path: str, parameters: list[tuple[str, str]], tracker: str) -> None:
    query = urlencode(parameters)
    plain = f"https://news.example/{path}?{query}"
    tracked = f"https://news.example/{path}?{tracker}&{query}#:~:text=ferry"
    assert clean_url(tracked) == clean_url(plain)
    assert page_identity(tracked) == page_identity(plain)
    assert sorted(parse_qsl(urlsplit(clean_url(plain)).query)) == sorted(parameters)


@given(st.from_regex(r"[a-z]{1,8}(\.[a-z]{2,8}){1,2}", fullmatch=True), PATHS)
def test_the_host_stays(host: str, path: str) -> None:
    assert host_of(clean_url(f"https://{host}/{path}")) == host


def test_sessions_in_the_path_go() -> None:
    assert clean_url("https://news.example/a;jsessionid=1F?id=2") == "https://news.example/a?id=2"


@pytest.mark.parametrize(
    ("wrapped", "target"),
    [
        (
            "https://www.google.com/url?rct=j&sa=t&url=https://news.example/a%3Fid%3D1&ct=ga",
            "https://news.example/a?id=1",
        ),
        ("https://www.google.com/url?q=https://news.example/a", "https://news.example/a"),
        (
            "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fnews.example%2fa",
            "https://news.example/a",
        ),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fa&h=AT0", "https://news.example/a"),
        ("https://www.google.com/amp/s/news.example/a/amp", "https://news.example/a/amp"),
        ("https://news-example.cdn.ampproject.org/c/s/news.example/a?x=1", "https://news.example/a?x=1"),
        ("https://news-example.cdn.ampproject.org/v/news.example/a", "http://news.example/a"),
        (
            "https://www.google.com/url?q=javascript:alert(1)",
            "https://www.google.com/url?q=javascript:alert(1)",
        ),
        (
            "https://news.example/url?url=https://other.example/",
            "https://news.example/url?url=https://other.example/",
        ),
        ("https://news.google.com/rss/articles/CBMi", "https://news.google.com/rss/articles/CBMi"),
        ("https://google.com/amp/s/news.example/a", "https://news.example/a"),
        ("https://cdn.ampproject.org/c/s/news.example/a", "https://news.example/a"),
        (
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%3A%2F%2Fnews.example%2Fa",
            "https://news.example/a",
        ),
        (
            "https://www.google.com/url?q=https://www.google.com/url?q=https://www.google.com/url",
            "https://www.google.com/url",
        ),
    ],
)
def test_a_redirect_that_carries_its_target_is_its_target(wrapped: str, target: str) -> None:
    assert target_of(wrapped) == target


@pytest.mark.parametrize(
    "variant",
    [
        *("https://www.news.example/a/b", "http://news.example/a/b", "https://m.news.example/a/b"),
        *("https://amp.news.example/a/b", "https://news.example/amp/a/b", "https://news.example/a/b/amp/"),
        *(
            "https://news.example/a/b?amp=1",
            "https://news.example/a/b?outputType=amp",
            "https://news.example/a/b/",
        ),
        *(
            "https://mobile.news.example/a/b?utm_source=rss",
            "https://news.example/a/b?m=1",
            "https://news.example/a/b.amp",
        ),
        "https://www.google.com/amp/s/www.news.example/a/b",
    ],
)
def test_variants_of_a_page_have_one_identity(variant: str) -> None:
    assert page_identity(variant) == page_identity("https://news.example/a/b")


@pytest.mark.parametrize("form", ["caf%C3%A9~1", "caf%c3%a9%7E1", "caf%c3%a9~1", "café~1"])
def test_escapes_have_one_form(form: str) -> None:
    assert page_identity(f"https://news.example/{form}") == "news.example/caf%C3%A9~1?#"


def test_names_have_one_form() -> None:
    assert clean_url("https://xn--bcher-kva.example/a") == clean_url("https://Bücher.example:443/a")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.example:443/a", "news.example"),
        ("http://news.example:80/a", "news.example"),
        ("https://news.example:80/a", "news.example:80"),
        ("http://[::1]:8080/", "::1:8080"),
        ("http://news.example./a", "news.example"),
        ("http://bücher.example/a", "xn--bcher-kva.example"),
        ("http://news.example:99999/", ""),
        ("mailto:desk@news.example", ""),
    ],
)
def test_a_host_is_one_with_its_own_port_or_without(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    "other", ["https://news.example/a/c", "https://sport.news.example/a/b", "https://news.example/a/b?page=2"]
)
def test_other_pages_have_another(other: str) -> None:
    assert page_identity(other) != page_identity("https://news.example/a/b")


def test_what_is_not_utf_8_tells_pages_apart() -> None:
    one, other = "https://news.example/a?q=%E9", "https://news.example/a?q=%E8"
    assert clean_url(one) != clean_url(other)
    assert page_identity(one) != page_identity(other)


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
        ("http://www.xn--bcher-kva.co.uk/", "bücher.co.uk"),
    ],
)
def test_the_registrable_domain(url: str, domain: str) -> None:
    assert registrable_domain(url) == domain
