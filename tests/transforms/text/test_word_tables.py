"""Word tables are read as written; stems are regular expressions without capturing groups."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from transforms.extract.credit.wires import WIRES
from transforms.text.word_tables import read_rows, read_stems, words_pattern

TRANSFORMS = Path(__file__).parents[3] / "transforms"
TABLES = sorted(
    path
    for path in TRANSFORMS.glob("*/data/*.tsv")
    if "\nkind\tlanguages\tstem\n" in path.read_text(encoding="utf-8")
)


def test_tables_of_stems_are_found() -> None:
    assert {"bylines", "captions", "credits", "notices"} <= {path.stem for path in TABLES}


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_stem_is_a_pattern_without_capturing_groups_and_has_languages(path: Path) -> None:
    for row in read_rows(path):
        assert re.compile(row["stem"]).groups == 0
        assert re.fullmatch(r"[a-z]{2,3}( [a-z]{2,3})*", row["languages"]), row


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_no_stem_is_listed_twice_for_a_kind(path: Path) -> None:
    rows = [(row["kind"], row["stem"]) for row in read_rows(path)]
    assert sorted(set(rows)) == sorted(rows)


def test_wires_have_a_name_and_domains_of_their_own() -> None:
    names = [name for wire in WIRES for name in {wire.agency, *wire.names}]
    domains = [domain for wire in WIRES for domain in wire.domains]
    assert len(WIRES) >= 80
    assert len(set(names)) == len(names)
    assert len(set(domains)) == len(domains)
    assert all(wire.in_bylines in ("", wire.agency, *wire.names) for wire in WIRES)


def test_comments_and_empty_lines_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "words.tsv"
    path.write_text(
        "# A comment.\nkind\tlanguages\tstem\n\nad\ten\tads?\nad\tde\tanzeige\n", encoding="utf-8"
    )
    assert read_stems(path) == {"ad": ("ads?", "anzeige")}


@pytest.mark.parametrize(
    ("text", "found"),
    [("An ad here", True), ("A bad day", False), ("本日の広告です", True), ("Nothing", False)],
)
def test_words_match_as_a_whole_except_in_scripts_without_blanks(text: str, found: bool) -> None:
    assert (words_pattern(("ad", "広告")).search(text) is not None) == found


def test_a_pattern_of_words_without_blanks_does_not_match_between_letters() -> None:
    pattern = words_pattern(("広告",))
    assert pattern.search("次は広告です")
    assert not pattern.search("a  b")
