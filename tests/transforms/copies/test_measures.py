"""What is kept of an article, which pairs are compared, and what is measured of a pair."""

import time
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.copies.candidates import HUBS, MAX_RARE_HOLDERS, candidates
from transforms.copies.scoring import ComparableText, measure
from transforms.copies.signature import (
    NAME,
    NUMBER,
    QUOTED,
    SAMPLE_ALL,
    content_words,
    sample_shingles,
    signature,
)
from transforms.records import Article

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)


def signed(article_id, text):
    return signature(
        Article(
            article_id=article_id,
            url="",
            canonical_url="",
            feed_url="",
            entry_id="",
            title="",
            text=text,
            fetched_at=NOON,
            publisher=f"p{article_id}",
        )
    )


def words(start, count):
    return np.arange(start, start + count, dtype=np.uint32)


def text(values, flags=None):
    values = np.asarray(values, np.uint32)
    return ComparableText.of(
        values, np.zeros(len(values), np.uint8) if flags is None else np.asarray(flags, np.uint8)
    )


# --- signatures ---------------------------------------------------------------------------------------------


def test_inflected_forms_and_spelling_variants_are_one_word_and_short_words_none():
    assert content_words("organised neighbours")[0] == content_words("Organizations: neighbour")[0]
    assert content_words("it is of the")[0] == []


def test_a_word_has_the_same_hash_in_every_process():
    assert content_words("flood 7.4")[0] == [1251042175, 4107720606]


def test_words_in_quotation_marks_names_and_numbers_are_flagged():
    hashes, flags = content_words('Police in Brno said 40 homes "were surely lost" before «sunrise came».')
    assert len(hashes) == len(flags) == 11
    assert flags == [0, NAME, 0, NUMBER, 0, QUOTED, QUOTED, QUOTED, 0, QUOTED, QUOTED]


def test_a_quotation_ends_with_its_line():
    assert signed("a", '"never closed quotation\n\nanother paragraph').flags.tolist() == [1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("line", "count"), [("河水冲破堤岸。", 5), ("東京で発表した", 6), ("แม่น้ำเอ่อ", 7), ("बाढ़ में दो लोग", 4)]
)
def test_scripts_without_spaces_are_cut_into_overlapping_grams_and_others_into_words(line, count):
    assert len(content_words(line)[0]) == count


@pytest.mark.parametrize(
    "line",
    [
        "Photo: Ivan Kral",
        "A bridge after the flood. (AP Photo/Ivan Kral)",
        "The mayor speaks to the press /Reuters",
    ],
)
def test_captions_are_left_out(line):
    assert len(signed("a", line).words) == 0


@pytest.mark.parametrize(
    "line", ["Reuters reported losses.", "The photo shows a bridge.", "He said: nothing is lost."]
)
def test_sentences_that_speak_of_pictures_or_agencies_are_kept(line):
    assert len(signed("a", line).words) > 0


def test_a_short_text_keeps_all_its_shingles_and_a_long_one_a_sample_that_is_comparable():
    short, long = words(0, 120), words(0, 4000)
    kept, sample = sample_shingles(short), sample_shingles(long)
    assert len(kept) == 118
    assert SAMPLE_ALL < len(sample) < 1100
    assert {key for key in kept.tolist() if key <= sample[-1]} <= set(sample.tolist())


def test_signatures_are_made_at_over_a_hundred_articles_a_second():
    sentence = "Engineers in Brezovna opened the gates number {} of the dam at midnight, officials said. "
    articles = ["".join(sentence.format(at * 7 + line) for line in range(35)) for at in range(60)]
    started = time.perf_counter()
    for at, body in enumerate(articles):
        signed(str(at), body)
    # Ten times slower than measured, so that a busy machine passes and a slip into quadratic time does not.
    assert time.perf_counter() - started < 0.6


# --- candidates ---------------------------------------------------------------------------------------------


def shingles(run):
    return [one.shingles for one in run]


def test_articles_with_rare_shingles_in_common_are_candidates_and_others_are_not():
    common = "Seven elephants crossed the frozen Danube carrying medieval astronomers towards Regensburg."
    run = [
        signed("a", common + " Nothing further happened."),
        signed("b", "Meanwhile " + common),
        signed("c", "Bakers want dearer rolls."),
    ]
    assert candidates(shingles(run)) == [(0, 1)]
    assert candidates(shingles(run[:1])) == candidates([]) == []


def test_a_phrase_that_stands_in_very_many_articles_makes_no_candidates():
    phrase = "Seven elephants crossed the frozen Danube carrying medieval astronomers."
    run = [
        signed(str(at), f"{phrase} " + " ".join(f"w{at}x{word}" for word in range(60)))
        for at in range(MAX_RARE_HOLDERS + 2)
    ]
    assert candidates(shingles(run)) == []
    assert candidates(shingles(run[:10])) != []


def test_the_number_of_candidates_grows_with_the_articles_and_not_with_their_square():
    body = " ".join(f"word{at}" for at in range(100))
    run = [signed(str(at), f"{body} copy{at}") for at in range(300)]
    assert len(candidates(shingles(run))) <= HUBS * 300


# --- measures -----------------------------------------------------------------------------------------------

NUMBERS = st.lists(st.integers(0, 30), min_size=1, max_size=80)


@settings(max_examples=150, deadline=None)
@given(NUMBERS, NUMBERS)
def test_figures_are_shares_and_the_same_in_either_order(one, other):
    figures, reverse = measure(text(one), text(other)), measure(text(other), text(one))
    assert (figures is None) == (reverse is None)
    if figures and reverse:
        assert figures.probability() == reverse.probability()
        for share in (
            figures.in_order,
            figures.contiguous,
            figures.specifics,
            figures.substituted,
            figures.starts,
        ):
            assert 0.0 <= share <= 1.0
        assert 0.0 <= figures.probability() < 1.0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100), st.integers(0, 100))
def test_a_text_that_keeps_more_of_another_is_more_similar(kept, more):
    kept, more = sorted((kept, more))
    original = text(words(0, 100))
    similar = [
        measure(original, text(np.r_[words(0, part), words(500, 100 - part)])) for part in (kept, more)
    ]
    less, greater = (figures.probability() if figures else 0.0 for figures in similar)
    assert less <= greater


def test_sentences_in_another_order_are_contiguous_but_not_in_order():
    original, shuffled = words(0, 200), np.random.default_rng(4).permutation(50)
    blocks = np.concatenate([np.arange(start, start + 4) for start in shuffled * 4])
    cut, mixed = measure(text(original), text(original[20:140])), measure(text(original), text(blocks))
    assert cut is not None
    assert mixed is not None
    assert cut.in_order == cut.contiguous == 1.0
    assert mixed.in_order < 0.4
    assert mixed.contiguous > 0.9


def test_quoted_words_weigh_a_fifth_of_the_reporters_own():
    flags = [QUOTED] * 100 + [0] * 100
    one, other = text(words(0, 200), flags), text(np.r_[words(0, 100), words(900, 100)], flags)
    figures = measure(one, other)
    assert figures is not None
    assert figures.in_order == pytest.approx((100 * 0.2 - 10) / (100 * 0.2 + 100 - 10))


def test_replaced_numbers_are_told_from_left_out_paragraphs():
    values, flags = words(0, 120), np.zeros(120, np.uint8)
    flags[::6] = NUMBER
    replaced = values.copy()
    replaced[::6] += 1000
    template, cut = (
        measure(text(values, flags), text(replaced, flags)),
        measure(text(values, flags), text(values[:60], flags[:60])),
    )
    assert template is not None
    assert cut is not None
    assert (template.substituted, template.probability()) == (1.0, 0.0)
    assert (cut.substituted, cut.match) == (0.0, "near")


def test_texts_too_short_to_be_evidence_are_not_copies_by_likeness():
    figures = measure(text(words(0, 9)), text(words(0, 9)))
    assert figures is not None
    assert figures.probability() < 0.1
