"""Each rule of furniture takes away what no other rule does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.trees import STORY, tree
from transforms.extract.body import rules
from transforms.extract.body.elements import Sizes
from transforms.extract.body.rules import RULES, furniture_rule, is_furniture

EXAMPLES = {
    "aside": "<aside><p>Eleven boats, four captains.</p></aside>",
    "form": "<form><label>Your name</label><input></form>",
    "link-list": "<ul><li>And <a href='/1'>ferries of all kinds and colours</a> now</li></ul>",
    "embed": "<blockquote class='twitter-tweet'><p>The ferry is full.</p></blockquote>",
    "caption": "<div class='caption'>The pier at dawn</div>",
    "media": "<div class='articleImage'><span>Picture: the pier</span></div>",
    "author-box": "<div class='author-box'><p>She has written about the coast since 2009.</p></div>",
    "share-buttons": "<div class='share-bar'><span>Share on Facebook</span></div>",
    "link-box": "<div>Topic: <a href='/x'>The island without a shop</a></div>",
    "picture-box": "<div class='pic'><img src='a.jpg'><p>The old pier at dawn</p></div>",
    "player-title": "<h3>How the pier was built</h3><video src='a.mp4'></video>",
    "link": "<p>Read also: <a href='/x'>The island that lost its shop</a></p>",
}


@pytest.fixture(autouse=True)
def rules_of_tags_are_looked_up_again() -> Iterator[None]:
    rules._rules_of.cache_clear()
    yield
    rules._rules_of.cache_clear()


def matched(example: str) -> set[str]:
    sizes = Sizes(tree(f"<main>{STORY}{example}{STORY}</main>").find("body"))
    return {name for element in sizes.elements if (name := furniture_rule(sizes, element))}


def test_every_rule_has_an_example_of_its_own() -> None:
    assert [rule.name for rule in RULES] == list(EXAMPLES)


@pytest.mark.parametrize(("name", "example"), EXAMPLES.items(), ids=EXAMPLES)
def test_one_rule_alone_takes_its_example_away(
    name: str, example: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert matched(example) == {name}
    rules._rules_of.cache_clear()
    monkeypatch.setattr(rules, "RULES", tuple(rule for rule in RULES if rule.name != name))
    assert matched(example) == set()


def test_the_first_rule_that_matches_gives_the_name() -> None:
    assert matched("<div class='photo-caption'>The pier at dawn</div>") == {"caption"}


def test_a_story_is_not_furniture() -> None:
    sizes = Sizes(tree(f"<main>{STORY}</main>").find("body"))
    assert not any(is_furniture(sizes, element) for element in sizes.elements)
