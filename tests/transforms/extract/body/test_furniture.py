"""Removal of furniture, with its labels and boxes."""

from __future__ import annotations

import lxml.html
import pytest

from tests.support.trees import LONG, STORY, tree
from transforms.extract.body.elements import text_of
from transforms.extract.body.furniture import clear


def left(body: str) -> str:
    """What remains of a body between two stories."""
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
def test_parts_of_the_story_stay(text: str) -> None:
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


def test_boxes_named_after_photos_are_the_story_if_they_hold_most_of_the_page() -> None:
    page = tree(
        "".join(f"<div class='photo-story'><img src='a.jpg'><p>{line}</p></div>" for line in LONG * 3)
    )
    clear(page)
    assert text_of(page) == "".join(LONG * 3)


def test_a_form_around_the_whole_page_stays() -> None:
    page = tree(f"<form><main>{STORY}</main></form>")
    clear(page)
    assert text_of(page) == "".join(LONG)


def test_an_endless_page_keeps_the_article_with_the_first_headline() -> None:
    page = tree(f"<article><h1>One</h1>{STORY}</article><article><h1>Two</h1><p>Other.</p></article>")
    clear(page, ["One", "Two"])
    assert "Other" not in text_of(page)
