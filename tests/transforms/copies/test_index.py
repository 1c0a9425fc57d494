"""The index finds what earlier runs filed: in one segment or many, merged or not, as far as the horizon."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.support.articles import NOON, article, wire
from tests.support.copies_samples import FOOTER, HARBOUR, REWRITTEN, WIRE
from tests.support.grouping import group
from transforms.copies import (
    CopyIndex,
    Indexed,
    KnownStory,
    Signature,
    merge_segments,
    signature,
    write_segment,
)
from transforms.copies.index import KEYS
from transforms.copies.lookup import look_up
from transforms.records import key_of
from transforms.store.parquet import open_arrow

DAY = timedelta(days=1)


def indexed(*signatures: Signature, days: int = 0, story: str | None = None) -> list[Indexed]:
    return [Indexed(story or one.article_id, NOON + days * DAY, one) for one in signatures]


def known(index: CopyIndex, *new: Signature) -> list[Indexed]:
    rows = {row for found in look_up(new, index) for rows in found.alike.values() for row in rows}
    return list(index.load(rows).values())


def witnesses(index: CopyIndex, *new: Signature) -> list[Signature]:
    rows = {row for found in look_up(new, index) for row in found.witnesses}
    return [one.signature for one in index.load(rows).values()]


def stories(index: CopyIndex, *new: Signature) -> set[str]:
    return {story.story_id for story in known(index, *new)}


def unlike(number: int) -> Signature:
    """An article that shares no shingle with any other."""
    return signature(article(f"unlike{number}", sentence(f"unlike {number}", 160)))


def sentence(seed: str, words: int) -> str:
    """Words that no other seed gives."""
    letters = str.maketrans("0123456789", "ghijklmnop")
    return " ".join(key_of(f"{seed} {place}")[:6].translate(letters) for place in range(words)) + "."


@pytest.fixture
def base(tmp_path: Path) -> str:
    return str(tmp_path / "one")


def test_cut_rewritten_and_verbatim_copies_find_their_story(base: str) -> None:
    write_segment(base, indexed(signature(wire()), signature(article("harbour", HARBOUR))))
    index = CopyIndex([base], NOON)
    for paragraphs in (WIRE, WIRE[:4], REWRITTEN, WIRE[3:]):
        assert stories(index, signature(article("new", paragraphs))) == {"wire"}
    assert stories(index, unlike(1)) == set()


def test_an_article_is_found_by_its_id_as_long_as_it_is_within_the_horizon(tmp_path: Path) -> None:
    old, new, merged = (str(tmp_path / name) for name in ("old", "new", "merged"))
    write_segment(old, indexed(signature(wire()), unlike(1), story="wire"))
    write_segment(new, indexed(unlike(2), days=3))
    merge_segments([old, new], merged, NOON)
    for bases in ([old, new], [merged]):
        for article_id, story in (("wire", "wire"), ("unlike1", "wire"), ("unlike2", "unlike2")):
            found = CopyIndex(bases, NOON).of_article(article_id)
            assert found
            assert (found.signature.article_id, found.story_id) == (article_id, story)
        assert CopyIndex(bases, NOON).of_article("unlike3") is None
        assert CopyIndex(bases, NOON + DAY).of_article("wire") is None
        assert CopyIndex(bases, NOON + DAY).of_article("unlike2")


def test_a_storys_own_row_is_found_by_its_id_in_a_segment_without_ids_of_articles(base: str) -> None:
    write_segment(base, indexed(signature(wire()), unlike(1), story="wire"))
    with open_arrow(base + KEYS) as file:
        table = file.read_all()
    ids = pa.array([int(key_of(f"article {one}")[:16], 16) for one in ("wire", "unlike1")], pa.uint64())
    left = table.filter(pc.invert(pc.is_in(table["key"], value_set=ids)))
    assert len(left) == len(table) - 2
    with pa.ipc.new_file(base + KEYS, left.schema) as file:
        file.write_table(left)
    found = CopyIndex([base], NOON).of_article("wire")
    assert found
    assert found.signature.article_id == "wire"
    assert CopyIndex([base], NOON).of_article("unlike1") is None


def test_what_is_loaded_is_what_was_filed(base: str) -> None:
    filed = [signature(wire()), *(unlike(number) for number in range(150))]
    assert write_segment(base, indexed(*filed, story="s")) == 151
    for one in (filed[0], filed[63], filed[64], filed[150]):
        (found,) = known(CopyIndex([base], NOON), one)
        for name in ("article_id", "dated_at", "publisher", "text_key", "title_key", "agency"):
            assert getattr(found.signature, name) == getattr(one, name)
        for name in ("words", "flags", "line_keys", "line_ends", "shingles"):
            assert (getattr(found.signature, name) == getattr(one, name)).all()
            assert getattr(found.signature, name).dtype == getattr(one, name).dtype


def test_a_text_too_short_for_shingles_finds_the_same_text(base: str) -> None:
    write_segment(base, indexed(signature(article("short", "Markets closed."))))
    index = CopyIndex([base], NOON)
    assert stories(index, signature(article("new", "Markets closed."))) == {"short"}
    assert stories(index, signature(article("other", "Markets open."))) == set()


def test_merged_segments_find_what_their_parts_found_but_for_what_is_too_old(tmp_path: Path) -> None:
    bases = [str(tmp_path / name) for name in ("old", "new")]
    write_segment(bases[0], indexed(signature(wire()), unlike(1), days=0))
    write_segment(bases[1], indexed(unlike(2), signature(article("harbour", HARBOUR)), days=5))
    new = [signature(article("cut", WIRE[:4])), signature(article("h", HARBOUR[:4])), unlike(1)]
    merged = str(tmp_path / "merged")
    assert merge_segments(bases, merged, NOON) == 4
    expected = {"wire", "harbour", "unlike1"}
    assert stories(CopyIndex(bases, NOON), *new) == stories(CopyIndex([merged], NOON), *new) == expected
    assert merge_segments(bases, merged, NOON + DAY) == 2
    assert stories(CopyIndex([merged], NOON), *new) == {"harbour"}
    assert stories(CopyIndex(bases, NOON + DAY), *new) == {"harbour"}


def test_segments_of_nothing_pass(tmp_path: Path) -> None:
    bases = [str(tmp_path / name) for name in ("a", "b", "c")]
    assert write_segment(bases[0], []) == 0
    write_segment(bases[1], indexed(signature(wire())))
    assert merge_segments(bases[:2], bases[2], NOON + DAY) == 0
    assert stories(CopyIndex([bases[0], bases[2]], NOON), signature(wire())) == set()


def test_a_story_that_hundreds_carry_is_still_found(base: str) -> None:
    copies = [signature(article(f"copy{number}", [*WIRE, f"Local line {number}."])) for number in range(300)]
    write_segment(base, indexed(*copies, story="wire"))
    assert stories(CopyIndex([base], NOON), signature(article("new", WIRE[1:]))) == {"wire"}


def test_lines_that_a_publisher_repeated_in_earlier_runs_are_no_evidence(base: str) -> None:
    own = [sentence(f"own {number}", 40) for number in range(3)]
    filed = [signature(article(text[:6], [*FOOTER, text], publisher="Post")) for text in own]
    write_segment(base, indexed(*filed))
    new = signature(article("new", [*FOOTER, sentence("new", 9)], publisher="Post"))
    index = CopyIndex([base], NOON)
    stories = [KnownStory(one.story_id, one.signature) for one in known(index, new)]
    assert len(witnesses(index, new)) == len(stories) == 3
    assert group([new], stories, witnesses(index, new)) == {}
    assert group([new], stories[:1]) != {}
