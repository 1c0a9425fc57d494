"""What is furniture, which lines are the article's, what a page says of its article: rule by rule."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import HtmlElement

from transforms.extract.article import choose_text, is_beginning, without_bottom, without_top
from transforms.extract.body.assemble import ExtractionHints, article_text, better_of, is_suspect, witnessed
from transforms.extract.body.blocks import (
    Block,
    blocks_of,
    greatest_group,
    key_of_line,
    standfirst,
    with_headings,
    with_their_kind,
    within_frame,
)
from transforms.extract.body.furniture import Sizes, clear, text_of, words_of
from transforms.extract.body.notices import is_colophon, is_notice, without_notices
from transforms.extract.body.shape import shape
from transforms.extract.body.tail import trimmed
from transforms.extract.meta.authors import split_names
from transforms.extract.meta.language import language_of
from transforms.extract.meta.metadata import (
    Metadata,
    instants,
    is_truncated,
    read_metadata,
    without_site,
)
from transforms.extract.page import read_page
from transforms.records import Entry

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
LONG = (
    "The harbour master counted eleven boats on Tuesday, all of them older than the pier they lay at.",
    "The council has put off the repair three times since autumn because the price of timber doubled.",
    "Fishermen say that they can wait no longer, and have begun to mend the planks by themselves on Sundays.",
)
STORY = "".join(f"<p>{line}</p>" for line in LONG)


def tree(body: str, head: str = "") -> HtmlElement:
    return lxml.html.document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")


def left(body: str) -> str:
    page = tree(f"<main>{STORY}{body}{STORY}</main>")
    clear(page)
    return text_of(page.find("body")).replace(" ".join(LONG), "").replace("".join(LONG), "").strip()


@pytest.mark.parametrize(
    "furniture",
    [
        "<script>var a = 1;</script>",
        "<nav><a href='/'>Home</a></nav>",
        "<form><label>Your name</label><input></form>",
        "<aside><p>Eleven boats, four captains.</p></aside>",
        "<div><a href='/1'>上一篇</a><a href='/2'>下一篇：县城公交新增两条线路</a></div>",
        "<figure><img src='a.jpg'><figcaption>The pier at dawn</figcaption></figure>",
        "<div class='media-caption'>The pier at dawn</div>",
        "<div class='articleImage'><span>Picture: the pier</span></div>",
        "<blockquote class='twitter-tweet'><p>The ferry is full.</p></blockquote>",
        "<div class='pic'><img src='a.jpg'><p>The old pier at dawn, seen from the mole.</p></div>",
        "<p><img src='a.jpg'><br><em>The old pier at dawn</em></p>",
        "<p><img src='a.jpg'></p><p><em>The old pier at dawn</em></p>",
        "<div class='box'><span>On this topic</span><a href='/x'><b>The island without a shop</b></a></div>",
        "<div><h3>How the pier was built</h3><video src='a.mp4'></video></div>",
        "<div class='author-box'><h4>Ann Keeper</h4><p>She has written about the coast since 2009.</p></div>",
        "<div class='share-bar'><span>Share on Facebook</span></div>",
        "<p><a href='/x'>The island that lost its shop</a></p>",
        "<p>Read also: <a href='/x'>The island that lost its shop</a></p>",
        "<p><b>More:</b> <a href='/x'>The island that lost its shop</a></p>",
        "<ul><li><a href='/1'>Coast</a></li><li><a href='/2'>Ferry</a></li></ul>",
        "<h3>Related</h3><ul><li><a href='/1'>Coast</a></li><li><a href='/2'>Ferry</a></li></ul>",
        "<a href='/x'><h4>Why the ferry is late</h4><p>Our reporter waited a week.</p></a>",
        "<div><h3><a href='/x'>Quay reopens</a></h3><p>It was closed for eleven days.</p></div>",
        "<article><article><h3><a href='/x'>Quay reopens</a></h3><p>After the storm.</p></article></article>",
    ],
)
def test_furniture_goes_with_its_label_and_its_box(furniture: str) -> None:
    assert left(furniture) == ""


@pytest.mark.parametrize(
    "text",
    [
        "<ul><li>Bicycles travel free of charge until May.</li></ul>",
        "<p>The <a href='/x'>ferry company</a> declined to comment on any of it.</p>",
        "<blockquote><p>We have waited for long enough.</p></blockquote>",
        "<h2>What comes next</h2><p>Nobody knows.</p>",
        "<div class='mediation-report'><p>Both sides met.</p></div>",
        "<p><img src='a.jpg'>Nobody knows what comes next.</p>",
        "<p><a href='/x'>Nobody in the town knows how long the old pier will stand in the sea.</a></p>",
        "<figure class='quote'><blockquote><p>We have waited.</p></blockquote></figure>",
        "<div class='photo-story'><img src='a.jpg'><p>Nobody knows what comes next.</p></div>",
        "<div class='columns'><div><p>Nobody knows.</p></div><figure><img src='a.jpg'></figure></div>",
        "<div class='wp-block-media-text'><figure><img></figure><div><p>Nobody knows.</p></div></div>",
        "<video src='a.mp4'></video><h3>What comes next</h3><p>Nobody knows.</p>",
    ],
)
def test_what_belongs_to_the_story_stays(text: str) -> None:
    assert left(text) == text_of(lxml.html.fromstring(f"<div>{text}</div>"))


@pytest.mark.parametrize(
    "box",
    [
        "<div class='pic'><img src='a.jpg'><p>The old pier at dawn</p></div>",
        "<div class='box'><span>On this topic</span><a href='/x'>The island without a shop</a></div>",
    ],
)
def test_a_heading_above_a_picture_or_a_box_with_its_own_label_stays(box: str) -> None:
    assert left(f"<h3>What comes next</h3>{box}") == "What comes next"


def test_tables_that_lay_out_a_page_are_divisions_and_those_of_data_stay() -> None:
    data = "<table><tr><th>Boats</th><td>11</td></tr></table>"
    page = tree(f"<table><tr><td><a href='/'>News</a></td><td>{STORY}{data}</td></tr></table>")
    shape(page.find("body"))
    assert [table.find(".//td").text for table in page.iter("table")] == ["11"]
    assert [part.tag for part in page.find("body").iterchildren()] == ["div"]


def test_text_directly_below_a_heading_is_a_paragraph() -> None:
    page = tree(f"<div><h1>Pier</h1>{LONG[0]} <b>No</b> more.<br>{LONG[1]}<br>{LONG[2]}</div>")
    shape(page.find("body"))
    assert text_of(page.find(".//p")) == f"{LONG[0]} No more."
    assert article_text(page, ExtractionHints()).split("\n\n")[-3:] == [f"{LONG[0]} No more.", *LONG[1:]]


def test_of_a_page_whose_text_stands_in_boxes_named_after_photos_they_are_the_story() -> None:
    page = tree(
        "".join(f"<div class='photo-story'><img src='a.jpg'><p>{line}</p></div>" for line in LONG * 3)
    )
    clear(page)
    assert text_of(page) == "".join(LONG * 3)


def test_a_form_around_the_whole_page_is_none() -> None:
    page = tree(f"<form><main>{STORY}</main></form>")
    clear(page)
    assert text_of(page) == "".join(LONG)


def test_names_of_classes_are_read_word_by_word() -> None:
    element = lxml.html.fromstring("<div class='articleImage-wide hasCaption' id='lead_2'>x</div>")
    assert words_of(element) == {"article", "image", "wide", "has", "caption", "lead"}


def test_of_a_page_without_an_end_the_article_with_the_first_headline_is_meant() -> None:
    page = tree(f"<article><h1>One</h1>{STORY}</article><article><h1>Two</h1><p>Other.</p></article>")
    clear(page, ["One", "Two"])
    assert "Other" not in text_of(page)


@given(st.recursive(st.text("ab \n", max_size=5), lambda inner: st.lists(inner, max_size=4), max_leaves=12))
@settings(max_examples=60, deadline=None)
def test_sizes_are_those_of_the_tree_whatever_is_dropped(shape: object) -> None:
    def html_of(value: object) -> str:
        if isinstance(value, str):
            return f"<a>{value}</a>" if value.startswith("a") else f"<span>{value}</span>"
        return "<div>" + "".join(map(html_of, value)) + "</div>" if isinstance(value, list) else ""

    body = tree(html_of(shape) + "<p>end</p>").find("body")
    sizes = Sizes(body)
    for element in sizes.elements[1::3]:
        sizes.drop(element)
    fresh = Sizes(body)
    assert {e: sizes.text[e] for e in fresh.elements} == {e: fresh.text[e] for e in fresh.elements}
    assert {e: sizes.links[e] for e in fresh.elements} == {e: fresh.links[e] for e in fresh.elements}


def blocks(body: str) -> list[Block]:
    return blocks_of(tree(body).find("body"))


def test_paragraphs_of_the_same_kind_are_completed_in_their_place() -> None:
    found = blocks(f"<div class='text'>{STORY}</div><div class='side'><p>{LONG[0][::-1]}</p></div>")
    assert with_their_kind([LONG[0], LONG[2]], found) == list(LONG)


def test_what_stands_outside_of_the_frame_goes() -> None:
    imprint = "Imprint and terms of use of this site."
    found = blocks(f"<div class='story'>{STORY}</div><div class='footer'><p>{imprint}</p></div>")
    assert within_frame([*LONG, imprint], found) == list(LONG)


def test_the_standfirst_is_found_by_what_the_feed_says_or_by_its_name() -> None:
    said = "Eleven boats wait for a pier that nobody wants to pay for."
    page = f"<h1>Old pier</h1><div class='{{}}'>{said}</div><div>{STORY}</div>"
    assert standfirst(LONG, blocks(page.format("x")), ["Old pier"], [said]) == [said]
    named = f"<h1>The old pier of the harbour</h1><div class='article-intro'>{said}</div><div>{STORY}</div>"
    assert standfirst(LONG, blocks(named), ["The old pier of the harbour"], []) == [said]
    assert standfirst(LONG, blocks(page.format("x")), ["Old pier"], []) == []


def test_a_heading_below_the_headline_that_is_as_long_as_a_sentence_is_a_standfirst() -> None:
    said = "Eleven boats wait for a pier that nobody in the town wants to pay for"
    title = "The old pier of the harbour"
    page = f"<header><h1>{title}</h1><h2>{{}}</h2></header><div>{STORY}</div>"
    assert standfirst(LONG, blocks(page.format(said)), [title], []) == [said]
    assert standfirst(LONG, blocks(page.format(f"Harbour, today: {title}, in pictures")), [title], []) == []
    assert standfirst(LONG, blocks(page.format(f"{said}?")), [title], []) == []
    wrapped = f"<h1>{title}</h1><div class='field-teaser'><div><p>{said}.</p></div></div><div>{STORY}</div>"
    assert standfirst(LONG, blocks(wrapped), [title], []) == [f"{said}."]


def test_headings_that_were_lost_between_the_lines_come_back() -> None:
    box = "<div class='box'><h3>{}</h3></div>"
    titles = [f"Part {name}" for name in ("one", "two")]
    parts = [box.format(title) + f"<p>{line}</p>" for title, line in zip(titles, LONG[1:], strict=True)]
    found = blocks(f"<div><p>{LONG[0]}</p>{''.join(parts)}</div>")
    assert with_headings(LONG, found, []) == [LONG[0], titles[0], LONG[1], titles[1], LONG[2]]
    alone = blocks(f"<div><p>{LONG[0]}</p>{box.format('More')}<p>{LONG[1]}</p></div>")
    assert with_headings(LONG[:2], alone, []) == list(LONG[:2])
    beside = blocks(f"<div><p>{LONG[0]}</p><h3>Old pier</h3><p>{LONG[1]}</p></div>")
    assert with_headings(LONG[:2], beside, []) == [LONG[0], "Old pier", LONG[1]]
    assert with_headings(LONG[:2], beside, ["Old pier"]) == list(LONG[:2])


def test_an_extraction_is_suspect_that_missed_most_of_what_stands_together() -> None:
    found = blocks(f"<div>{STORY * 3}</div>")
    assert not is_suspect([*LONG * 3], found)
    assert is_suspect(["Most read: the pier."], found)
    assert is_suspect(["- " + " ".join(LONG * 5)], found)
    assert [block.text for block in greatest_group(found)] == [*LONG * 3]
    assert better_of(["Something else altogether."], ["Most read"], found) == [*LONG * 3]


def test_structured_data_bears_witness_where_it_is_most_of_the_text() -> None:
    lines = [*LONG, *LONG, "More on this topic", "Boats for sale"]
    assert witnessed(lines, [], "\n".join(LONG * 2)) == [*LONG, *LONG]
    assert witnessed(lines, [], "Something else. " * 40) == lines


def test_items_around_the_text_go_and_those_within_it_stay() -> None:
    assert trimmed(["- Home", LONG[0], "- an item", LONG[1], "- Share", "Tags"]) == [
        LONG[0],
        "- an item",
        LONG[1],
    ]


def test_lists_and_verses_below_the_last_paragraph_that_stand_beside_it_stay() -> None:
    results = "<h3>Results</h3><ul><li>Tarvik – Holm 2–1</li><li>Nordby – Osterby 0–0</li></ul>"
    text = article_text(tree(f"<main><article>{STORY}{results}</article></main>"), ExtractionHints())
    assert text.split("\n\n") == [*LONG, "Results", "- Tarvik – Holm 2–1", "- Nordby – Osterby 0–0"]
    verses = "".join(f"<p>The {name} is in<br>the rope is wet</p>" for name in ("boat", "net", "tide"))
    text = article_text(tree(f"<main><article>{STORY}{verses}</article></main>"), ExtractionHints())
    assert text.split("\n\n")[-2:] == ["The tide is in", "the rope is wet"]


def test_what_stands_above_a_sentence_that_closes_the_text_is_within_it() -> None:
    fares = "<table><tr><td>Tarvik</td><td>8.40</td></tr></table><ul><li>Dogs: half</li></ul>"
    closing = "Children under six travel free of charge, as before."
    text = article_text(
        tree(f"<main><article>{STORY}{fares}<p>{closing}</p></article></main>"), ExtractionHints()
    )
    assert text.split("\n\n")[-3:] == ["| Tarvik | 8.40 |", "- Dogs: half", closing]


@pytest.mark.parametrize(
    "story",
    [
        "Two people were taken to hospital after their van hit a lorry on the coast road on Friday morning.",
        "青石镇政府周二宣布，镇上唯一的渡口将于下月关闭，取而代之的是一座全长八百米的新桥。新桥历时三年建成，总投资约两亿元，双向四车道，两侧设有人行道。",
    ],
)
def test_a_brief_is_short_and_has_no_furniture(story: str) -> None:
    others = "<div><a href='/1'>Ferry strike to begin</a><br><a href='/2'>Library opens on Sundays</a></div>"
    _, text = read_page(f"<html><body><h1>Today</h1><p>{story}</p>{others}</body></html>".encode(), None, NOW)
    assert text.removeprefix("Today\n\n") == story


def test_a_line_in_a_script_without_stops_is_no_label() -> None:
    line = "การซ่อมแซมจะเริ่มในต้นเดือนหน้า"
    assert trimmed([LONG[0], line]) == [LONG[0], line]


def test_a_quotation_that_begins_with_a_dash_is_no_item() -> None:
    said = f"- {LONG[1]}"
    page = tree(f"<article>{STORY}<p>{said}</p><ul><li>Share</li><li>Print this</li></ul></article>")
    assert article_text(page, ExtractionHints()).split("\n\n") == [*LONG, said]


def test_a_page_that_is_all_cards_keeps_its_text() -> None:
    cards = "".join(
        f"<div><h3><a href='/{n}'>Boat {n} sails</a></h3><p>{LONG[n % 3]}</p></div>" for n in range(9)
    )
    _, text = read_page(f"<html><body><main><h1>Today</h1>{cards}</main></body></html>".encode(), None, NOW)
    assert all(line in text for line in LONG)


@pytest.mark.parametrize("before", ["", "\ufeff", "<!-- made by hand -->\n", "<br>\n<b>Warning</b>: x\n"])
@pytest.mark.parametrize("root", ["<!DOCTYPE html><html>", "<?xml version='1.0'?><html>", ""])
def test_a_page_is_read_whole_whatever_stands_before_it(before: str, root: str) -> None:
    head = "<title>Pier - Gazette</title><meta name='author' content='Ann Lee'>"
    found, text = read_page(f"{before}{root}<head>{head}</head><body>{STORY}</body>".encode(), None, NOW)
    assert text.endswith("\n\n".join(LONG))
    assert (found.headlines[0], found.authors) == ("Pier - Gazette", ("Ann Lee",))


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(f"<html lang='{'<!--' * 60_000}'><body>{STORY}</body></html>", id="libxml2 writes it"),
        pytest.param(f"<meta name='description' content='{'<' * 200_000}'><body>{STORY}</body>", id="read"),
        pytest.param(f"<body>{STORY}<nav>x</nav><aside>{'<a></a>' * 60_000}</aside></body>", id="dropped"),
        pytest.param(f"<body>{STORY}{'<p>x<div><img>y</div>' * 9_000}</body>", id="boxes among paragraphs"),
    ],
)
def test_what_takes_libraries_time_that_grows_with_its_square_takes_little(page: str) -> None:
    started = time.process_time()
    _, text = read_page(page.encode(), None, NOW)
    assert text.split("\n\n") == list(LONG)
    assert time.process_time() - started < 5


def test_a_doctype_without_an_end_is_not_looked_through() -> None:
    started = time.process_time()
    assert read_page(f"<!DOCTYPE {'/' * 100_000}".encode(), None, NOW)[1] == ""
    assert time.process_time() - started < 5


def test_half_a_character_in_a_byline_is_left_out() -> None:
    head = '<meta name="author" content="Tobias \\ud800Marek">'
    found, _ = read_page(f"<html><head>{head}</head><body>{STORY}</body></html>".encode(), None, NOW)
    assert found.authors == ("Tobias Marek",)


def test_of_a_page_of_too_many_elements_the_paragraphs_that_stand_together_are_the_text() -> None:
    started = time.process_time()
    _, text = read_page(
        f"<html><body><main>{STORY}</main>{'<b><i>x</i></b>' * 40_000}</body></html>".encode(), None, NOW
    )
    assert text.split("\n\n") == list(LONG)
    assert time.process_time() - started < 20


def test_a_program_in_the_text_of_a_broken_page_is_no_line_of_it() -> None:
    code = "!function(d,l){'use strict';l.querySelector&&d.addEventListener&&d.go()};" * 3
    text = article_text(tree(f"<article>{STORY}<p>{code}</p></article>"), ExtractionHints())
    assert text.split("\n\n") == list(LONG)


@pytest.mark.parametrize(
    "line",
    [
        "Story continues below advertisement",
        "The story continues under the ad",
        "Anzeige",
        "La suite après la publicité",
        "La historia continúa después de la publicidad",
        "A matéria continua após a publicidade",
        "Lees verder onder de advertentie",
        "Artikkelen fortsetter under annonsen",
        "Продолжение после рекламы",
        "記事は広告の後に続きます",
        "Sign up to our daily newsletter for the news of your coast.",
        "Abonnieren Sie unseren Newsletter!",
        "Inscrivez-vous à notre newsletter quotidienne.",
        "Suscríbase a nuestro boletín de noticias.",
        "Receba nossa newsletter e siga nosso canal no WhatsApp.",
        "Iscriviti alla nostra newsletter.",
        "Подпишитесь на наш канал в Telegram.",
        "Photo: A. Keeper",
        "A. Keeper/The Associated Press",
        "Please enter your comment!",
    ],
)
def test_lines_to_the_reader_are_notices(line: str) -> None:
    assert is_notice(line)


@pytest.mark.parametrize(
    "line",
    [
        "The company said that its newsletter had reached two million subscribers.",
        "Advertisement revenue fell by a tenth in the last quarter, the newspaper said.",
        "He posted a photo of the pier on Instagram and told followers to stay away.",
        "Das Gericht untersagte dem Konzern, für das Mittel weiter Werbung zu machen, weil es nicht wirkt.",
        "The channel is dredged every spring.",
    ],
)
def test_reports_about_such_things_are_not(line: str) -> None:
    assert not is_notice(line)


@pytest.mark.parametrize(
    "line",
    [
        "© 2026 The Gazette",
        "Copyright 2026 The Associated Press. All rights reserved.",
        "RIPRODUZIONE RISERVATA",
        "저작권자 © 항구신문 무단전재 및 재배포 금지",
        "（责任编辑：王芳）",
        "Kaynak: Liman Postası",
        "김하나 기자 hana@gazette.example",
        "Нашли ошибку? Выделите текст и нажмите Ctrl+Enter",
    ],
)
def test_lines_that_tell_whose_a_story_is_are_a_colophon(line: str) -> None:
    assert is_colophon(line)


@pytest.mark.parametrize(
    "line",
    [
        "Copyright law will be changed in the spring, the minister said.",
        "The source: a spring in the hills above the harbour, eleven kilometres from the nearest road.",
        "Anmeldung unter pier@gazette.example",
        "Write to the harbour master. His address is pier@gazette.example",
    ],
)
def test_lines_that_tell_of_such_things_are_none(line: str) -> None:
    assert not is_colophon(line)


def test_a_label_that_stands_there_twice_goes() -> None:
    assert without_notices(["Read more", LONG[0], "Read more", LONG[1], LONG[1]]) == [
        LONG[0],
        LONG[1],
        LONG[1],
    ]


def test_a_caption_above_the_story_goes_with_its_credit() -> None:
    caption = ["Fishermen mend a plank of the old pier in March.", "A. Keeper/The Associated Press"]
    assert without_notices([*caption, *LONG]) == list(LONG)
    assert without_notices(["Old pier", *caption, *LONG], above=1) == ["Old pier", *LONG]
    assert without_notices([LONG[0], caption[1], LONG[1]]) == [LONG[0], LONG[1]]


def test_above_the_first_paragraph_headlines_bylines_and_times_go() -> None:
    lines = [
        "Harbour: Old pier to be sold",
        "By A. Keeper",
        "14:05 JST, March 5, 2026",
        LONG[0],
        "Old pier to be sold",
        "Updated: 5 March 2026 at 2 p.m.",
        *LONG,
        "Old pier to be sold",
    ]
    assert without_top(lines, ("oldpiertobesold",)) == [LONG[0], *LONG, lines[-1]]
    standing = "The council decided on Tuesday."
    assert without_top([standing, LONG[0]], ("oldpier",)) == [standing, LONG[0]]
    assert without_top(["Short", "lines"], ()) == ["Short", "lines"]


def test_a_page_that_shows_only_the_beginning_gives_way_to_its_structured_data() -> None:
    whole = "\n\n".join(LONG * 4)
    entry = Entry("f", "e", ("k",), "https://a.example/")
    assert is_beginning(LONG[0][:70] + " …", whole)
    assert choose_text(LONG[0], whole, entry) == ("json-ld", whole)
    assert choose_text(whole, whole + "\n\nRelated: " + LONG[0], entry)[0] == "page"


def found(head: str = "", body: str = "") -> Metadata:
    return read_metadata(tree(body, head), NOW)


def ld(text: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", {text}}}</script>'


@pytest.mark.parametrize(
    ("head", "body", "authors"),
    [
        (ld('"author": "Ann Keeper and Bo Sailor"'), "", ("Ann Keeper", "Bo Sailor")),
        (ld('"author": [{"name": "Ann Keeper"}, {"name": "Bo Sailor"}]'), "", ("Ann Keeper", "Bo Sailor")),
        (ld('"author": {"givenName": "Ann", "familyName": "Keeper"}'), "", ("Ann Keeper",)),
        ("<meta name='author' content='Ann Keeper, Bo Sailor'>", "", ("Ann Keeper", "Bo Sailor")),
        (ld('"author": "AFP, MANILA"'), "", ("AFP, MANILA",)),
        (
            ld('"author": {"name": "Ann Keeper"}'),
            "<a rel='author'>Ann Keeper</a><a rel='author'>Bo Sailor</a>",
            ("Ann Keeper", "Bo Sailor"),
        ),
        (
            ld('"author": {"@type": "Organization", "name": "Gazette"}, "publisher": {"name": "Gazette"}'),
            "<p class='byline'>Von Ann Keeper</p>",
            ("Ann Keeper",),
        ),
        (
            "",
            "<div>By <a class='author-name'>Ann Keeper</a> and <a class='author-name'>Bo Sailor</a></div>"
            "<div><a class='author-name'>Cy Other</a></div>",
            ("Ann Keeper", "Bo Sailor"),
        ),
        (
            ld('"author": {"@type": "Organization", "name": "dpa"}'),
            "<p class='byline'>Ann Keeper</p>",
            ("dpa",),
        ),
    ],
)
def test_authors_are_split_and_cleaned(head: str, body: str, authors: tuple[str, ...]) -> None:
    assert found(head, body).authors == authors


def test_a_name_of_two_words_and_more_is_not_cut() -> None:
    assert split_names(["By Ministry of Health and Welfare"]) == ("Ministry of Health and Welfare",)
    assert split_names(["par Zoé Ferrand et Luc Martin"]) == ("Zoé Ferrand", "Luc Martin")


@pytest.mark.parametrize(
    ("said", "instant"),
    [
        ("2026-03-04T10:00:00+01:00", datetime(2026, 3, 4, 9, tzinfo=UTC)),
        ("2026-03-04 10:00:00 +0100", datetime(2026, 3, 4, 9, tzinfo=UTC)),
        ("Wed, 04 Mar 2026 10:00:00 GMT", datetime(2026, 3, 4, 10, tzinfo=UTC)),
        ("2026-03-04", datetime(2026, 3, 4, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_the_forms_that_pages_have(said: str, instant: datetime) -> None:
    assert instants(said) == (instant,)
    assert found(f"<meta name='date' content='{said}'>").published == (instant,)


def test_a_time_with_a_zone_counts_more_than_one_without() -> None:
    assert instants("2026-03-04T10:00:00", "2026-03-04T10:00:00+02:00", "soon")[0].hour == 8


def test_times_that_are_none_are_passed_over() -> None:
    assert (
        instants("soon", "", None, "0001-01-01T00:00:00+23:59", "2026-13-45", "9999-12-31T23:59:59-12:00")
        == ()
    )


def test_a_page_that_declares_no_date_is_searched_for_one() -> None:
    body = f"<article><h1>Pier</h1><p>Published on March 3, 2026</p>{STORY}</article>"
    assert [instant.date().isoformat() for instant in found(body=body).published] == ["2026-03-03"]
    assert read_metadata(tree(body), NOW, dated=True).published == ()


@pytest.mark.parametrize(
    ("head", "paywalled"),
    [
        (ld('"isAccessibleForFree": false'), True),
        (ld('"isAccessibleForFree": "False"'), True),
        (ld('"isAccessibleForFree": "http://schema.org/True"'), False),
        (ld('"isAccessibleForFree": true, "hasPart": {"isAccessibleForFree": "False"}'), True),
        ("<meta property='article:content_tier' content='metered'>", True),
        ("<meta property='article:content_tier' content='free'>", False),
        ("", None),
    ],
)
def test_whether_a_page_is_free_is_what_it_declares(head: str, paywalled: bool | None) -> None:
    assert found(head).paywalled is paywalled


def test_a_text_is_truncated_that_breaks_off_or_is_far_from_the_words_declared() -> None:
    assert is_truncated("The harbour master counted …", None)
    assert is_truncated(LONG[0], 400)
    assert not is_truncated("\n\n".join(LONG), 60)


def test_a_headline_loses_the_name_of_its_site() -> None:
    assert without_site("Old pier | The Gazette", "The Gazette") == "Old pier"
    assert without_site("The Gazette: Old pier", "the gazette") == "Old pier"
    assert without_site("The Gazette", "The Gazette") == "The Gazette"
    assert without_site("All about The Gazette", "The Gazette") == "All about The Gazette"


def test_a_headline_is_the_storys_where_the_site_has_one_as_well() -> None:
    logo = "<title>Old pier to be sold - The Gazette</title>"
    assert found(logo, "<h1><a href='/'>The Gazette</a></h1>").headlines[0] == "Old pier to be sold"
    sections = "<meta property='og:title' content='Old pier to be sold | Sea | Gazette'>"
    assert found(sections, "<h1>Old pier to be sold</h1>").headlines == ("Old pier to be sold",)
    assert found("<title>Harbour: Old pier</title>", "<h1>Old pier</h1>").headlines[0] == "Old pier"


def test_what_is_said_about_the_author_below_the_story_goes() -> None:
    about = "Ann Keeper has written about the coast since 2009."
    assert without_bottom([*LONG, about], ["Ann Keeper"]) == list(LONG)
    assert without_bottom([about, *LONG], ["Ann Keeper"]) == [about, *LONG]
    assert without_bottom([*LONG, about], []) == [*LONG, about]
    asked = "Ann Keeper: And what would you tell her?"
    assert without_bottom([*LONG, asked], ["Ann Keeper"]) == [*LONG, asked]


def test_the_language_of_the_text_wins_where_it_is_sure() -> None:
    assert language_of(" ".join(LONG), "zu-ZA") == "en"
    assert language_of(" ".join(LONG), "en-AU") == "en-AU"
    assert language_of(" ".join(LONG)) == "en"
    assert language_of("12 34 56", "fr") == "fr"


@given(st.text())
def test_keys_of_lines_have_no_blanks(line: str) -> None:
    assert key_of_line(line) == "".join(key_of_line(line).split())
