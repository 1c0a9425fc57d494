"""Feed documents that are untidy, of another kind or hostile: read as far as possible, or refused quickly."""

from __future__ import annotations

import contextlib
import json
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.sites import Answer, serve
from transforms.feeds import NotAFeedError, announced, parse_feed
from transforms.feeds.parse import bounds
from transforms.feeds.parse.bounds import MAX_ENTRIES, MAX_TERSE_OF_NAME
from transforms.feeds.parse.document import read_document, root_of
from transforms.feeds.parse.feed import MAX_TITLE_CHARS, ParsedFeed
from transforms.records import FeedSource
from transforms.web.client import MAX_URL_CHARS

FEED = "https://gazette.example/feed.xml"
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
ITEM = "<item><title>Fähre fährt wieder</title><link>https://gazette.example/1</link></item>"

UPDATED = f"{ITEM[:-7]}<atom:updated xmlns:atom='http://www.w3.org/2005/Atom'>2026-03-05T12:00:00Z</atom:updated></item>"


def rss(items: str, channel: str = "", head: str = "") -> str:
    return f'{head}<rss version="2.0"><channel><title>Blatt</title>{channel}{items}</channel></rss>'


def parsed(body: str | bytes, charset: str | None = None) -> ParsedFeed:
    data = body.encode() if isinstance(body, str) else body
    return parse_feed(data, FeedSource(FEED), FEED, NOW, charset)


# A charset that its bytes do not reveal must be declared or served correctly; others are guessed, see below.
CLAIMS = [
    (charset, declared, served)
    for charset in ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "windows-1252", "iso-8859-15")
    for declared in ("as it is", "utf-8", "nothing")
    for served in ("as it is", "utf-8", None)
    if charset.startswith("utf") or "as it is" in (declared, served)
]


@pytest.mark.parametrize(("charset", "declared", "served"), CLAIMS)
def test_the_charset_is_found_if_the_server_or_the_document_is_wrong(
    charset: str, declared: str, served: str | None
) -> None:
    name = charset if declared == "as it is" else declared
    head = "" if declared == "nothing" else f'<?xml version="1.0" encoding="{name}"?>\n'
    body = rss(ITEM, head=head).encode(charset)
    feed = parsed(body, charset if served == "as it is" else served)
    assert [entry.title for entry in feed.entries] == ["Fähre fährt wieder"]


@pytest.mark.parametrize(
    ("charset", "title"),
    [
        ("windows-1251", "Паром снова вышел в море, и порт полон людей, которые ждали его всю зиму"),
        ("shift_jis", "渡し船が冬のあとに再び海へ出て、港は待っていた人々でいっぱいになった。"),
        ("gb18030", "渡轮在冬天之后再次出海，港口挤满了等待了整个冬天的人们。"),
        ("euc-kr", "겨울이 지나고 여객선이 다시 바다로 나갔으며 항구는 기다리던 사람들로 가득했다."),
        ("iso-8859-7", "Το πλοίο της γραμμής βγήκε ξανά στη θάλασσα μετά τον μακρύ χειμώνα"),
    ],
)
def test_a_charset_that_is_declared_wrongly_everywhere_is_guessed_from_the_bytes(
    charset: str, title: str
) -> None:
    head = '<?xml version="1.0" encoding="utf-8"?>'
    body = rss("".join(f"<item><title>{title}</title><link>/{n}</link></item>" for n in range(6)), head=head)
    assert parsed(body.encode(charset), "utf-8").entries[0].title == title


def test_utf_8_with_a_few_wrong_bytes_is_utf_8() -> None:
    body = rss(
        ITEM * 1 + ITEM.replace("/1", "/2").replace("wieder", "wieder, täglich, früh, für alle, über Nacht")
    )
    broken = body.encode() + "ä".encode("latin-1")
    assert "früh" in parsed(broken).entries[1].title


@pytest.mark.parametrize(
    "body",
    [
        "\n\n  " + rss(ITEM, head='<?xml version="1.0"?>'),
        "Warning: mysql_connect() failed on line 3\n" + rss(ITEM, head='<?xml version="1.0"?>'),
        "<!-- made by hand -->\n" + rss(ITEM),
        rss(ITEM.replace("wieder", "\x00wie\x0bder")),
        rss(ITEM, "<description>Caf&eacute;&nbsp;au lait &amp; more & less</description>"),
        rss(ITEM)[:-17],
        "\ufeff" + rss(ITEM),
    ],
)
def test_untidy_documents_are_read(body: str) -> None:
    assert [entry.title for entry in parsed(body).entries] == ["Fähre fährt wieder"]


SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://gazette.example/1</loc><lastmod>2026-03-05T10:00:00Z</lastmod>
<news:news><news:publication><news:name>The Gazette</news:name>
<news:language>en</news:language></news:publication>
<news:publication_date>2026-03-05T09:00:00+01:00</news:publication_date>
<news:title>Ferry sails again</news:title>
<news:keywords>ferry, coast</news:keywords></news:news>
<image:image><image:loc>https://gazette.example/1.jpg</image:loc></image:image></url>
<url><loc>https://gazette.example/about</loc></url>
</urlset>"""


def test_a_news_sitemap_is_a_feed() -> None:
    (entry,) = parsed(SITEMAP).entries
    assert (entry.url, entry.title) == ("https://gazette.example/1", "Ferry sails again")
    assert entry.published_at == datetime(2026, 3, 5, 8, tzinfo=UTC)
    assert entry.updated_at == datetime(2026, 3, 5, 10, tzinfo=UTC)
    assert (entry.language, entry.tags, entry.publisher) == ("en", ("ferry", "coast"), "The Gazette")
    assert entry.image_url == "https://gazette.example/1.jpg"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "<urlset><url><loc>https://a.example/</loc></url></urlset>",
            "a sitemap of 1 pages without news:news",
        ),
        (
            "<sitemapindex><sitemap><loc>https://a.example/s.xml</loc></sitemap></sitemapindex>",
            "a sitemap index",
        ),
        ("<!doctype html><html><body>Hello</body></html>", "is HTML and announces no feed"),
        (
            "<html><head><link rel=alternate type='application/rss+xml' href='/rss'></head></html>",
            "is HTML and announces https://gazette.example/rss",
        ),
        ("Not found", "neither XML nor JSON"),
        ("<catalog><book/></catalog>", "no feed element"),
        ("<?xml version='1.0'?><!-- soon -->", "XML without an element"),
    ],
)
def test_the_error_says_what_was_served_instead_of_a_feed(body: str, message: str) -> None:
    with pytest.raises(NotAFeedError, match=message):
        parsed(body)


def test_the_feeds_that_a_page_announces_are_absolute_and_not_repeated() -> None:
    page = (
        "<base href='https://cdn.example/x/'><link rel='alternate' type='application/atom+xml' href='feed'>"
        "<link rel='alternate' type='application/atom+xml; charset=utf-8' href='feed'>"
        "<link rel='alternate' hreflang='de' href='/de'>"
        "<a rel='alternate' type='application/rss+xml' href='//b.example/'>"
    )
    assert list(announced(page.encode(), FEED)) == ["https://cdn.example/x/feed", "https://b.example/"]


def test_a_page_that_announces_50_000_feeds_is_refused_quickly() -> None:
    link = "<link rel='alternate' type='application/rss+xml' href='/{}'>"
    page = f"<html><head>{''.join(map(link.format, range(50_000)))}</head></html>"
    started = time.monotonic()
    with pytest.raises(NotAFeedError, match=r"announces https://gazette.example/0, "):
        parsed(page)
    assert len(list(announced(page.encode(), FEED))) == 50_000
    assert time.monotonic() - started < 10  # It took 35 s when each link looked up the base of the page.


@pytest.mark.parametrize(
    ("channel", "interval"),
    [
        ("<ttl>90</ttl>", timedelta(minutes=90)),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            timedelta(hours=6),
        ),
        ("<ttl>10</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", timedelta(hours=1)),
        ("<ttl>-5</ttl><sy:updatePeriod>sometimes</sy:updatePeriod>", None),
        ("<ttl>99999999999999999</ttl>", None),
        ("<ttl>9999999</ttl>", timedelta(days=30)),
        ("", None),
    ],
)
def test_the_interval_that_a_feed_asks_for_is_read(channel: str, interval: timedelta | None) -> None:
    body = rss(ITEM, channel).replace(
        "<rss ", '<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    )
    assert parsed(body).interval == interval


def test_hubs_are_read() -> None:
    link = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>'
    assert parsed(rss(ITEM, link)).hubs == ("https://hub.example/",)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [],
        "hubs": [{"url": "https://hub.example/"}, 7],
    }
    assert parsed(json.dumps(feed)).hubs == ("https://hub.example/",)


def test_the_original_link_is_preferred_to_one_that_counts_clicks() -> None:
    origin = '<feedburner:origLink xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">https://gazette.example/real</feedburner:origLink>'
    assert (
        parsed(rss(ITEM.replace("</item>", origin + "</item>"))).entries[0].url
        == "https://gazette.example/real"
    )


@pytest.fixture
def bounded() -> Iterator[None]:
    """Fail if a test takes more than 30 s or 400 MB."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.monotonic() - started < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000


@pytest.mark.usefixtures("bounded")
class TestHostile:
    def test_entities_are_not_expanded(self) -> None:
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        head = f'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "lol">{laughs}]>'
        (entry,) = parsed(rss("<item><title>&l9;</title><link>/1</link></item>", head=head)).entries
        assert len(entry.title) < 100
        quadratic = f'<!DOCTYPE q [<!ENTITY a "{"a" * 100_000}">]>'
        feed = parsed(rss(f"<item><title>{'&a;' * 100_000}</title><link>/1</link></item>", head=quadratic))
        assert len(feed.entries[0].title) <= MAX_TITLE_CHARS

    def test_nothing_outside_is_fetched_or_opened(self) -> None:
        with serve() as site:
            site.pages["/x.dtd"] = Answer("<!ENTITY x 'fetched'>", "application/xml-dtd")
            entities = f'<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY u SYSTEM "{site.url}/x.dtd">'
            head = f'<!DOCTYPE q SYSTEM "{site.url}/x.dtd" [{entities}]>'
            (entry,) = parsed(rss("<item><title>&x;&f;&u;</title><link>/1</link></item>", head=head)).entries
            assert "root:" not in entry.title
            assert "fetched" not in entry.title
            assert site.requests == []

    def test_only_the_first_of_200_000_entries_are_read(self) -> None:
        feed = parsed(
            rss("".join(f"<item><title>A{n}</title><link>/{n}</link></item>" for n in range(200_000)))
        )
        assert len(feed.entries) == MAX_ENTRIES
        assert feed.entries[-1].title == f"A{MAX_ENTRIES - 1}"

    def test_a_feed_that_is_nested_too_deep_is_refused(self) -> None:
        with pytest.raises(NotAFeedError, match="nested"):
            parsed(rss(f"<item><title>{'<b>' * 100_000}</title></item>"))
        with pytest.raises(NotAFeedError):
            parsed("<a>" * 100_000)
        with pytest.raises(NotAFeedError):
            parsed("[" * 100_000)
        with pytest.raises(NotAFeedError):
            parsed('{"a":' * 100_000)

    def test_an_element_with_200_000_attributes_loses_them(self) -> None:
        many = " ".join(f'a{n}="1"' for n in range(200_000))
        (entry,) = parsed(rss(ITEM.replace("<item>", f"<item {many}>"))).entries
        assert entry.title == "Fähre fährt wieder"

    def test_a_closing_tag_with_excess_attributes_keeps_its_name(self) -> None:
        many = " ".join(f'a{n}="1"' for n in range(100))
        assert bounds.bounded(f"<rss><item></item {many}></rss>", "rss").text == "<rss><item></item></rss>"

    def test_overlong_texts_are_cut(self) -> None:
        (entry,) = parsed(rss(ITEM.replace("Fähre", "F" * 10_000_000))).entries
        assert len(entry.title) <= MAX_TITLE_CHARS

    @pytest.mark.parametrize("junk", ["<", "&", "<![CDATA[", "<!--", "<a b='", "]]>", "&#x110000;", "<?x"])
    def test_megabytes_of_junk_are_skipped_or_refused(self, junk: str) -> None:
        with contextlib.suppress(NotAFeedError):
            parsed(rss(ITEM + f"<item><title>{junk * (1_000_000 // len(junk))}</title></item>"))

    # Each of these took feedparser or a regular expression minutes, in time quadratic in the length.
    @pytest.mark.parametrize(
        "junk",
        [
            "<item><author>" + "a" * 300_000 + "</author></item>",
            "<item><author>" + "<name>b</name>a" * 50_000 + "</author></item>",
            "<item>" + "".join(f"<category>c{n}</category>" for n in range(60_000)) + "</item>",
            "<item><description>" + "&lt;" * 400_000 + f"</description></item>{UPDATED}",
            "<" + "a" * 300_000,
            "<a " + "b=1 " * 300_000,
            ("<b>" * 999 + "x") * 3_000,
            "".join(f'<n{n}:a xmlns:n{n}="http://a.example/{n}">x' for n in range(40_000)),
            "<a b=''/>" * 1_000_000 + "</broken>",
        ],
        ids=[
            "name",
            "names",
            "tags",
            "escaped",
            "open tag",
            "open attributes",
            "depth",
            "namespaces",
            "tags",
        ],
    )
    def test_parsing_takes_time_linear_in_the_length(self, junk: str) -> None:
        with contextlib.suppress(NotAFeedError):
            parsed(rss(ITEM + junk))

    def test_a_head_of_many_lines_is_left_out(self) -> None:
        assert (
            len(parsed(rss(ITEM, head="<?xml version='1.0'?>" + "<!DOCTYPE a>\n\n" * 100_000)).entries) == 1
        )

    def test_excess_names_and_tags_cost_an_entry_nothing_else(self) -> None:
        many = "".join(f"<category>c{n}</category>" for n in range(MAX_TERSE_OF_NAME + 50))
        fine = ITEM.replace("/1<", "/2<").replace("</item>", "<author>Ann Lund</author></item>")
        junk = many + f"<author>{'a' * 200}</author><description>Told.</description></item>"
        first, second = parsed(rss(ITEM.replace("</item>", junk) + fine)).entries
        assert (first.title, first.summary, first.authors) == ("Fähre fährt wieder", "Told.", ())
        assert first.tags == tuple(f"c{n}" for n in range(50))
        assert second.authors == ("Ann Lund",)

    def test_an_overlong_link_is_cut_to_one_that_is_still_too_long(self) -> None:
        (entry,) = parsed(rss(ITEM.replace("/1<", f"/{'1' * 1_000_000}<"))).entries
        assert len(entry.url) == MAX_URL_CHARS + 1

    def test_a_reference_to_a_character_that_does_not_exist_costs_nothing_else(self) -> None:
        (entry,) = parsed(rss(ITEM.replace("Fähre", "&#x110000;&#xD800;&#0;&#99999999999;Fähre"))).entries
        assert entry.title == "Fähre fährt wieder"


@pytest.mark.parametrize(
    "name",
    ["authors", "contributors", "enclosures", "links", "tags", "gml:pos", "title_detail", "updated_parsed"],
)
def test_elements_named_like_feedparsers_own_results_do_not_stop_it(name: str) -> None:
    for attributes in ("", " a='1'"):
        strange = f"<{name}{attributes}>x</{name}>"
        item = ITEM.replace("<title>", f"{strange}<title>").replace(
            "</item>", f"<category>Hafen</category><author>Ute Kern</author>{strange}</item>"
        )
        feed = rss(item, strange).replace("<rss ", '<rss xmlns:gml="http://www.opengis.net/gml" ')
        (entry,) = parsed(feed).entries
        assert (entry.title, entry.url) == ("Fähre fährt wieder", "https://gazette.example/1")
        assert (entry.tags, entry.authors) == (("Hafen",), ("Ute Kern",))


def test_prefixed_elements_that_feedparser_stores_under_its_own_names_count_only_as_text() -> None:
    names = ("title:detail", "published:parsed", "updated:parsed", "media:content", "feedburner:origLink")
    strange = "".join(
        f'<{name} xmlns:{name.split(":")[0]}="http://x.example/" a="1">x</{name}>' for name in names
    )
    (entry,) = parsed(rss(ITEM.replace("</item>", f"{strange}</item>"))).entries
    assert (entry.url, entry.published_at) == ("https://gazette.example/1", None)


def test_entries_with_an_undeclared_prefix_are_read() -> None:
    item = ITEM.replace("</", "</rss:").replace("<item", "<rss:item").replace("<title", "<rss:title")
    (entry,) = parsed(
        f"<rss version=2.0><rss:channel>{item.replace('<link', '<rss:link')}</rss:channel></rss>"
    ).entries
    assert (entry.title, entry.url) == ("Fähre fährt wieder", "https://gazette.example/1")


def test_lone_surrogates_in_json_are_removed() -> None:
    item = {"id": "\ud800", "url": "/\udfff", "content_text": "\ud800", "language": "\ud800"}
    (entry,) = parsed(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})).entries
    for text in (entry.entry_id, entry.url, entry.content, entry.language or ""):
        assert text.encode()


def test_the_outermost_element_is_found_after_instructions_and_comments() -> None:
    assert root_of("<?xml-stylesheet href='a'?><!-- <b> --><!DOCTYPE c [<!ENTITY d 'e'>]><f:g>")[0] == "f:g"
    assert root_of("")[0] == ""
    assert read_document(b"<?xml version='1.0'?><rdf:RDF></rdf:RDF>", None, FEED).root == "rdf"
