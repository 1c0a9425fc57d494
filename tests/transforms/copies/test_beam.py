"""GroupCopies on a real runner: over runs, with one worker and with two, the same as all in one place."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from tests.support.articles import article, wire
from tests.support.copies_samples import FOOTER, HARBOUR, REWRITTEN, WIRE
from tests.support.newsroom import story
from transforms.copies import CopyHistory, GroupCopies, decide, lookup, signature
from transforms.records import Article, Decision, Filed
from transforms.store.spill import SpillArticles, SpillFile, article_ref
from transforms.text.plain import line_key

FILED_AT = datetime(2026, 3, 5, 12, tzinfo=UTC)
WORKERS = pytest.mark.parametrize(
    "options",
    [(), ("--direct_running_mode=multi_processing", "--direct_num_workers=2")],
    ids=["one", "two workers"],
)


def history_of(folder, run="r1", earlier=(), not_before=FILED_AT):
    return CopyHistory(tuple(f"{folder}/{name}" for name in earlier), not_before, f"{folder}/{run}", FILED_AT)


def run_on_beam(folder, articles, expected, *options, outcome_of=lambda decided: decided.story_id, **history):
    with beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(list(options))) as pipeline:
        created = pipeline | beam.Create(articles).with_output_types(Article)
        spilled = created | SpillArticles(str(folder), digest=signature)
        filed = spilled | GroupCopies(history_of(folder, **history))
        assert filed.element_type == Filed
        assert_that(filed | beam.Map(lambda one: (one.ref.article_id, outcome_of(one))), equal_to(expected))


def decided(folder: Path, articles: list[Article], **history) -> dict[str, Decision]:
    file = SpillFile(f"{folder}/{history.get('run', 'r1')}.digests")
    refs = [article_ref(one, ref, ref) for one in articles for ref in [file.add(signature(one))]]
    file.close()
    return decide(refs, history_of(folder, **history))


def story_of(article_id: str, decisions: dict[str, Decision]) -> str | None:
    copy_of = decisions[article_id].copy_of
    return copy_of.story_id if copy_of else None


def by_turns(one: list[str], other: list[str]) -> list[str]:
    return [paragraph for pair in itertools.zip_longest(one, other) for paragraph in pair if paragraph]


@WORKERS
def test_every_article_leaves_the_step_once_with_its_story(options, tmp_path):
    articles = [wire(), article("cut", WIRE[:4], hours=1), article("harbour", HARBOUR)]
    run_on_beam(tmp_path, articles, [("wire", "wire"), ("cut", "wire"), ("harbour", "harbour")], *options)


def test_a_run_without_articles_passes(tmp_path):
    run_on_beam(tmp_path, [], [])
    decided(tmp_path, [wire()])
    run_on_beam(tmp_path, [], [], run="r2", earlier=["r1"])


@WORKERS
def test_in_parts_it_comes_to_the_same_as_in_one_place(options, tmp_path, monkeypatch):
    monkeypatch.setattr(lookup, "MAX_QUERY_ARTICLES", 7)
    runs = [
        [article(f"s{number}", story(number)) for number in range(start, start + 10)] for start in (0, 10, 20)
    ]
    names = ["e0", "e1", "e2"]
    for number, articles in enumerate(runs):
        decided(tmp_path, articles, run=names[number], earlier=names[:number])
    new = [
        article(f"c{number}", [*story(number)[:3], *FOOTER], hours=1, publisher="P")
        for number in range(0, 40, 2)
    ]
    new += [article(f"d{number}", story(number)[1:], hours=2) for number in range(30, 40)]
    new += [wire(), article("rewritten", REWRITTEN, hours=3), article("harbour", HARBOUR)]
    whole = decided(tmp_path, new, run="whole", earlier=names)
    # 15 of earlier runs' stories, 5 of this run's, and the rewritten one.
    assert sum(one.copy_of is not None for one in whole.values()) == 21
    assert sum(bool(one.boilerplate_lines) for one in whole.values()) == 20
    expected = [(one.article_id, whole.get(one.article_id, Decision())) for one in new]
    run_on_beam(
        tmp_path,
        new,
        expected,
        *options,
        outcome_of=lambda decided: decided.decision,
        run="parts",
        earlier=names,
    )
    for ending in (".texts.arrow", ".keys.arrow"):
        assert (tmp_path / f"parts{ending}").read_bytes() == (tmp_path / f"whole{ending}").read_bytes()


def test_a_later_run_files_a_copy_under_the_story_of_an_earlier_one(tmp_path):
    run_on_beam(tmp_path, [article("cut", WIRE[:5], hours=3)], [("cut", "cut")])
    run_on_beam(tmp_path, [wire()], [("wire", "cut")], run="r2", earlier=["r1"])
    third = [article("rest", [WIRE[0], *WIRE[4:]], hours=9)]
    run_on_beam(tmp_path, third, [("rest", "cut")], run="r3", earlier=["r1", "r2"])


def test_a_story_does_not_join_another_by_way_of_a_copy_that_carries_passages_of_both(tmp_path):
    merged = article("merged", by_turns(WIRE, HARBOUR[:5]), hours=1)
    assert story_of("merged", decided(tmp_path, [wire(), merged])) == "wire"
    alone = decided(tmp_path, [article("harbour", HARBOUR, hours=2)], run="r2", earlier=["r1"])
    assert alone == {}


def test_a_copy_joins_the_text_that_tells_most_of_it_be_that_of_this_run_or_of_an_earlier_one(tmp_path):
    decided(tmp_path, [article("harbour", HARBOUR)])
    both = [wire(), article("merged", by_turns(WIRE, HARBOUR[:5]), hours=1)]
    assert story_of("merged", decided(tmp_path, both, run="r2", earlier=["r1"])) == "wire"


def test_what_was_filed_before_the_horizon_is_no_story_to_join(tmp_path):
    run_on_beam(tmp_path, [article("cut", WIRE[:5])], [("cut", "cut")])
    late = FILED_AT + timedelta(seconds=1)
    run_on_beam(tmp_path, [wire()], [("wire", "wire")], run="r2", earlier=["r1"], not_before=late)


def test_a_publishers_lines_are_learned_over_runs_and_leave_the_text_from_then_on(tmp_path):
    expected = {line_key(line) for line in FOOTER}
    for run in range(5):
        earlier = [f"r{number}" for number in range(run)]
        one = article(f"a{run}", [*story(run), *FOOTER], publisher="Post")
        other = article(f"b{run}", [*story(100 + run), *FOOTER], publisher=f"Unlike {run}")
        found = decided(tmp_path, [one, other], run=f"r{run}", earlier=earlier)
        assert set(found) == ({one.article_id} if run >= 2 else set())
        assert all(decision.boilerplate_lines == expected for decision in found.values())


def test_a_story_is_credited_to_the_wire_that_its_copies_credit_and_so_are_they(tmp_path):
    run_on_beam(
        tmp_path,
        [
            wire(),
            article("cut", WIRE[:4], hours=1, agency="AP"),
            article("more", [*WIRE, "Local line."], hours=2),
            article("harbour", HARBOUR),
        ],
        [("wire", "AP"), ("cut", None), ("more", "AP"), ("harbour", None)],
        outcome_of=lambda decided: decided.decision.agency,
    )
    late = decided(tmp_path, [article("late", WIRE[2:], hours=9)], run="r2", earlier=["r1"])
    assert late["late"].agency == "AP"
    two = decided(
        tmp_path, [wire(), article("x", WIRE[:6], agency="AP"), article("y", WIRE, agency="AFP")], run="r3"
    )
    assert {one.agency for one in two.values()} == {None}
