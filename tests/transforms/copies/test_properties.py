"""What holds of grouping whatever the articles are."""

import collections
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.grouping import group
from transforms.copies import KnownStory, signature
from transforms.records import Article

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
SYLLABLES = [
    "bar",
    "dol",
    "fen",
    "gam",
    "hul",
    "jor",
    "kel",
    "lim",
    "mon",
    "nar",
    "pov",
    "rit",
    "sur",
    "tem",
    "vik",
]


def paragraph(story, number):
    """Twenty words that no other paragraph has, the same every time."""
    words = []
    for at in range(20):
        value = (story * 8 + number) * 20 + at
        word = "".join(SYLLABLES[value // 15**place % 15] for place in range(3))
        words.append(word.capitalize() if at % 7 == 3 else word)
    return " ".join(words) + "."


PARAGRAPHS = st.tuples(st.integers(0, 2), st.integers(0, 5))
TEXTS = st.lists(PARAGRAPHS, max_size=8)


@st.composite
def runs(draw):
    texts = draw(st.lists(TEXTS, min_size=1, max_size=12))
    return [
        signature(
            Article(
                article_id=f"a{at}",
                url="",
                canonical_url="",
                feed_url="",
                entry_id="",
                title="",
                text="\n\n".join(paragraph(*place) for place in text),
                fetched_at=NOON + timedelta(hours=draw(st.integers(0, 3))),
                publisher=f"p{at}",
            )
        )
        for at, text in enumerate(texts)
    ]


moderate = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@moderate
@given(runs(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(run, random):
    shuffled = list(run)
    random.shuffle(shuffled)
    assert group(shuffled) == group(run)


@moderate
@given(runs())
def test_an_article_that_arrives_twice_counts_once(run):
    assert group(run + run[::2]) == group(run)


@moderate
@given(runs())
def test_a_story_is_the_first_published_of_its_members_and_no_copy_itself(run):
    by_id = {one.article_id: one for one in run}
    for article_id, copy in group(run).items():
        assert copy.story_id in by_id
        assert copy.story_id not in group(run)
        row, member = by_id[copy.story_id], by_id[article_id]
        assert (row.dated_at, row.article_id) < (member.dated_at, member.article_id)


@moderate
@given(runs())
def test_all_articles_of_a_story_are_copies_of_one_text_among_them(run):
    by_id = {one.article_id: one for one in run}
    members: dict[str, set[str]] = collections.defaultdict(set)
    for article_id, copy in group(run).items():
        members[copy.story_id] |= {article_id, copy.story_id}
    for story in members.values():
        assert any(
            all(centre == other or group([by_id[centre], by_id[other]]) for other in story)
            for centre in story
        )


@moderate
@given(runs())
def test_similarity_is_one_for_the_same_text_alone_and_at_least_a_half_for_any_copy(run):
    by_id = {one.article_id: one for one in run}
    for article_id, copy in group(run).items():
        assert 0.5 <= copy.similarity <= 1.0
        same = by_id[article_id].text_key == by_id[copy.story_id].text_key
        assert (copy.similarity == 1.0) == (copy.match == "exact") == same


@moderate
@given(runs())
def test_what_is_filed_again_joins_its_own_story(run):
    found = group(run)
    rows = [one for one in run if one.article_id not in found and one.text_key]
    known = [KnownStory(one.article_id, one) for one in rows]
    again = group(rows, known)
    assert {article_id: copy.story_id for article_id, copy in again.items()} == {
        one.article_id: one.article_id for one in rows
    }
    assert all(copy.match == "exact" for copy in again.values())


@moderate
@given(runs(), runs())
def test_a_later_run_joins_only_stories_that_exist(first, second):
    found = group(first)
    known = [KnownStory(f"known-{one.article_id}", one) for one in first if one.article_id not in found]
    later = group(second, known)
    for copy in later.values():
        is_known = copy.story_id in {story.story_id for story in known}
        assert is_known or (
            copy.story_id in {one.article_id for one in second} and copy.story_id not in later
        )
