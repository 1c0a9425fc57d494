"""Which articles are one story: a wire report in many hands, and what only looks like one."""

import re

import pytest

from tests.support.articles import article, wire
from tests.support.copies_samples import (
    AGENCY_DESK,
    ANOTHER_INDEPENDENT,
    BAKER,
    CHINESE,
    CHINESE_OTHER,
    COMMENTARY,
    DESK,
    FOOTER,
    HARBOUR,
    HINDI,
    INDEPENDENT,
    MONDAY,
    OBSERVATORY,
    POST,
    PROMOTIONS,
    QUOTES,
    REWRITTEN,
    SPEECH,
    STATEMENT,
    TEASER,
    THAI,
    TUESDAY,
    UPDATES,
    WIRE,
)
from tests.support.grouping import group
from transforms.copies import KnownStory, signature
from transforms.records import CopyOf


def copies_of(*articles, known=()):
    return group([signature(one) for one in articles], known)


def stories(*articles):
    found = copies_of(*articles)
    return {
        one.article_id: found[one.article_id].story_id if one.article_id in found else None
        for one in articles
    }


# --- copies -------------------------------------------------------------------------------------------------


def test_the_same_text_under_another_url_is_an_exact_copy_of_the_first_published():
    later = article("a-later", WIRE, hours=3, publisher="Publisher of wire", title="Another headline")
    assert copies_of(later, wire()) == {"a-later": CopyOf("wire", 1.0, "exact")}


def test_spacing_and_line_breaks_do_not_make_another_text():
    respaced = article("respaced", "\n".join(WIRE).replace(" ", "  "), hours=1)
    assert copies_of(wire(), respaced)["respaced"].match == "exact"


def test_articles_published_at_one_instant_are_ranked_by_id():
    assert copies_of(article("b", WIRE), article("a", WIRE)) == {"b": CopyOf("a", 1.0, "exact")}


def test_a_copy_with_house_lines_and_a_local_paragraph_is_near():
    local = (
        "In Dolni Lhota, 40 kilometres downstream, sandbags were filled at the town hall on Tuesday night."
    )
    house = [WIRE[0], PROMOTIONS[0], *WIRE[1:4], PROMOTIONS[1], *WIRE[4:], local, PROMOTIONS[2]]
    copy = copies_of(wire(), article("house", house, hours=2))["house"]
    assert (copy.story_id, copy.match) == ("wire", "near")
    assert 0.9 < copy.similarity <= 1.0


def test_a_copy_cut_to_a_third_and_strewn_with_promotions_is_found():
    cut = [WIRE[0], PROMOTIONS[0], WIRE[1], PROMOTIONS[1], WIRE[3], PROMOTIONS[2]]
    assert stories(wire(), article("cut", cut, hours=2)) == {"wire": None, "cut": "wire"}


def test_house_style_changes_nothing():
    styled = " ".join(WIRE).replace('"', "”").replace("metres", "meters").replace("percent", "per cent")
    assert stories(wire(), article("styled", styled, hours=1))["styled"] == "wire"


def test_a_copy_rewritten_line_by_line_is_a_rewrite():
    copy = copies_of(wire(), article("rewritten", REWRITTEN, hours=5))["rewritten"]
    assert (copy.story_id, copy.match) == ("wire", "rewrite")
    assert 0.5 <= copy.similarity < 1.0


def test_a_later_version_with_a_new_lead_is_a_copy():
    update = ["Rescuers found the missing shepherd alive on Wednesday, a day after the flood.", *WIRE[:6]]
    assert stories(wire(), article("update", update, hours=20))["update"] == "wire"


def test_a_cut_version_that_was_first_is_the_row_of_the_story_and_the_full_text_joins_the_rest():
    head, tail = article("head", WIRE[:4]), article("tail", [WIRE[0], *WIRE[5:]], hours=9)
    assert stories(head, wire(hours=1), tail) == {"head": None, "wire": "head", "tail": "head"}


def test_copies_without_the_original_still_find_each_other():
    first = article("first", [PROMOTIONS[0], *WIRE[:6]])
    second = article("second", [*WIRE[1:], PROMOTIONS[1]], hours=1)
    assert stories(first, second)["second"] == "first"


def test_copies_find_each_other_behind_a_live_blog_that_had_all_their_words_first():
    turns = [
        line for lines in zip(WIRE, HARBOUR, OBSERVATORY, ANOTHER_INDEPENDENT, strict=False) for line in lines
    ]
    port, sky = article("port", HARBOUR, hours=1), article("sky", OBSERVATORY, hours=2)
    live, first, second = (
        article("live", turns),
        article("first", WIRE[:4], hours=3),
        article("second", WIRE[:3], hours=4),
    )
    assert stories(live, port, sky, first, second) == {
        "live": None, "port": None, "sky": None, "first": None, "second": "first",
    }  # fmt: skip


def test_a_story_that_two_hundred_sites_carry_is_one_story():
    carried = [
        article(
            f"c{number:03}",
            [*WIRE[: 5 + number % 4], f"Our reporter number {number} contributed."],
            hours=number,
        )
        for number in range(200)
    ]
    assert set(stories(*carried).values()) == {None, "c000"}


# --- not copies ---------------------------------------------------------------------------------------------


def test_independent_reports_with_the_same_quotations_are_stories_of_their_own():
    reports = article("own", INDEPENDENT, hours=30), article("other", ANOTHER_INDEPENDENT, hours=40)
    assert copies_of(wire(), *reports) == {}


def test_a_short_report_that_is_mostly_a_shared_quotation_is_no_copy():
    assert (
        copies_of(wire(), article("post", ["A baker became the face of the flood.", QUOTES], hours=2)) == {}
    )


def test_one_speech_quoted_at_length_in_two_reports_is_no_evidence():
    one = [HARBOUR[0].replace("Marsala", "Brezovna"), SPEECH, HARBOUR[3]]
    other = [OBSERVATORY[0], SPEECH, OBSERVATORY[2]]
    assert copies_of(article("one", one), article("other", other, hours=4)) == {}


def test_two_short_reports_with_one_sentence_of_background_in_common_are_two_stories():
    background = "The Lipnice dam was opened in March to relieve its wall after four days of heavy rain."
    budget = [
        "Vodni Energie will hold its annual meeting in Prague in June, the company said on Friday.",
        background,
    ]
    strike = ["Councillors of Brezovna voted eight to five on Monday to buy two more sirens.", background]
    assert copies_of(article("budget", budget), article("strike", strike, hours=1)) == {}


@pytest.mark.parametrize("text", ["", " \n\n ", "—", "!?"])
def test_texts_without_a_word_match_nothing(text):
    assert copies_of(article("a", text), article("b", text), wire()) == {}


def test_a_stub_that_stands_for_unlike_articles_is_no_copy():
    stub = "This article is for subscribers. Log in to read on."
    assert copies_of(article("a", stub, title="Storm"), article("b", stub, title="Elections", hours=1)) == {}
    assert copies_of(article("a", stub, title="Storm"), article("b", stub, title="Storm", hours=1)) != {}


def test_a_digest_joins_no_story_and_joins_no_stories_together():
    digest = article("digest", [*WIRE[:2], *HARBOUR[:2], *OBSERVATORY[:2]], hours=10)
    others = article("harbour", HARBOUR, hours=1), article("observatory", OBSERVATORY, hours=2)
    found = stories(wire(), *others, digest)
    assert found["harbour"] is None
    assert found["observatory"] is None
    assert found["wire"] is None


def test_a_live_blog_that_tells_four_stories_by_turns_is_a_story_of_its_own():
    sources = {"wire": WIRE[:4], "harbour": HARBOUR, "observatory": OBSERVATORY, "dam": ANOTHER_INDEPENDENT}
    turns = [paragraphs[at] for at in range(4) for paragraphs in sources.values()]
    others = [article(name, paragraphs, hours=at) for at, (name, paragraphs) in enumerate(sources.items())]
    assert copies_of(*others, article("live", turns, hours=9)) == {}


def test_a_localised_copy_with_paragraphs_of_another_story_does_not_join_the_two():
    mixed = [
        line for pair in zip(WIRE, [*HARBOUR, *PROMOTIONS, "Write to us."], strict=True) for line in pair
    ]
    found = stories(
        wire(),
        article("cut", WIRE[:5], hours=1),
        article("port", HARBOUR, hours=2),
        article("mixed", mixed, hours=3),
    )
    assert found == {"wire": None, "cut": "wire", "port": None, "mixed": "wire"}


def test_a_digest_of_many_stories_is_a_story_of_its_own_beside_a_teaser():
    teaser = article(
        "teaser", ["A planet the size of Neptune may be taking shape around a star.", OBSERVATORY[3]]
    )
    digest = article(
        "digest", [*HARBOUR, *WIRE, "In other news, a planet has been seen.", OBSERVATORY[3]], hours=1
    )
    assert copies_of(teaser, digest) == {}


def test_a_story_taken_whole_into_the_middle_of_a_live_file_does_not_claim_it():
    live = article("live", [*WIRE, *HARBOUR, *OBSERVATORY], hours=8)
    assert copies_of(article("harbour", HARBOUR), live) == {}


def test_an_article_that_borrows_from_two_stories_does_not_join_them():
    mixed = article("mixed", [*WIRE[:6], *HARBOUR], hours=6)
    found = stories(wire(), article("cut", WIRE[:5], hours=1), article("harbour", HARBOUR, hours=2), mixed)
    assert found == {"wire": None, "cut": "wire", "harbour": None, "mixed": "wire"}


def test_versions_of_a_wire_story_three_updates_apart_are_one_story():
    versions = [list(WIRE)]
    for lead, more in UPDATES:
        # The new lead takes the old one's place, the old one loses a paragraph from its end.
        versions.append([lead, *versions[-1][1:-1], more])
    own = [article(f"v{number}", version, hours=12 * number) for number, version in enumerate(versions)]
    assert set(stories(*own).values()) == {None, "v0"}
    assert stories(own[0], own[3])["v3"] == "v0"


def test_a_teaser_that_is_half_a_quoted_post_is_no_copy_of_a_report_that_quotes_it():
    teaser, report = (
        article("teaser", [*TEASER, POST]),
        article("report", [*BAKER[:2], POST, *BAKER[2:]], hours=3),
    )
    assert copies_of(teaser, report) == {}


def test_two_reports_that_carry_one_statement_of_a_company_are_two_stories():
    desk, agency = [DESK[0], STATEMENT, *DESK[1:]], [AGENCY_DESK[0], STATEMENT, *AGENCY_DESK[1:]]
    assert copies_of(article("desk", desk), article("agency", agency, hours=2)) == {}


def test_a_commentary_that_quotes_a_wire_item_is_a_story_of_its_own():
    quoting = [COMMENTARY[0], *WIRE[:2], *COMMENTARY[1:]]
    assert copies_of(wire(), article("commentary", quoting, hours=30)) == {}


def test_two_market_reports_of_one_template_are_two_stories():
    assert copies_of(article("mon", MONDAY), article("tue", TUESDAY, hours=24)) == {}


def test_a_gallery_whose_captions_repeat_a_story_is_no_copy():
    captions = [f"{re.split('[,.]', paragraph)[0]}. (Photo: Ivan Kral/CTK)" for paragraph in WIRE]
    gallery = article(
        "gallery", ["Eight pictures from a flooded valley, chosen by our desk.", *captions], hours=3
    )
    assert copies_of(wire(), gallery) == {}


def test_lines_that_a_publisher_repeats_are_no_evidence():
    bodies = [HARBOUR[:2], OBSERVATORY[:2], WIRE[:2], INDEPENDENT[:1]]
    posts = [
        article(f"p{at}", [*body, *FOOTER], hours=at, publisher="Valley Chronicle")
        for at, body in enumerate(bodies)
    ]
    assert copies_of(*posts) == {}


def test_versions_of_a_story_by_one_publisher_do_not_make_its_paragraphs_house_lines():
    versions = [
        article(
            f"v{at}",
            [*WIRE[: 5 + at], f"Updated at {at + 7} o'clock."],
            hours=at,
            publisher="Evening Courier",
        )
        for at in range(3)
    ]
    found = stories(*versions, article("elsewhere", WIRE[:5], hours=8))
    assert found == {"v0": None, "v1": "v0", "v2": "v0", "elsewhere": "v0"}


# --- other scripts ------------------------------------------------------------------------------------------


def test_chinese_copies_are_found_and_other_chinese_articles_are_not():
    trimmed = article("trimmed", ["本报讯", *CHINESE[:3]], hours=1)
    other = article("other", CHINESE_OTHER, hours=2)
    assert stories(article("full", CHINESE), trimmed, other) == {
        "full": None,
        "trimmed": "full",
        "other": None,
    }


@pytest.mark.parametrize("text", [THAI, HINDI])
def test_a_longer_version_in_thai_or_hindi_is_a_copy(text):
    ending = text.split(" ")[0]
    assert (
        stories(article("first", text), article("longer", f"{text}\n\n{ending}", hours=1))["longer"]
        == "first"
    )


# --- earlier runs -------------------------------------------------------------------------------------------


def test_a_story_of_an_earlier_run_keeps_its_id_even_when_a_copy_is_dated_before_it():
    known = KnownStory("filed-before", signature(wire()))
    new = article("new", WIRE[:6], hours=-5), article("twin", WIRE, hours=1), article("harbour", HARBOUR)
    found = copies_of(*new, known=[known])
    assert {article_id: copy.story_id for article_id, copy in found.items()} == {
        "new": "filed-before",
        "twin": "filed-before",
    }


def test_the_full_text_brings_its_copies_along_when_it_joins_a_known_story():
    known = KnownStory("filed-before", signature(article("head", WIRE[:4])))
    full, rest = article("full", WIRE, hours=1), article("rest", [WIRE[0], *WIRE[4:]], hours=3)
    assert copies_of(rest, known=[known]) == {}
    found = copies_of(full, rest, known=[known])
    assert {article_id: copy.story_id for article_id, copy in found.items()} == {
        "full": "filed-before",
        "rest": "filed-before",
    }
