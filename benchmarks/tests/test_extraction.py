"""The gate of extraction: golden pages stay at their floors, and floors only rise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.gates.extraction import FLOORS, below_floor, fingerprint, main, raised
from tests.support.golden import as_articles


def test_the_golden_pages_have_floors_and_stay_at_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert fingerprint(as_articles()) in json.loads(FLOORS.read_text(encoding="utf-8"))
    assert main([]) == 0
    assert "no floors" not in capsys.readouterr().out


def test_a_figure_below_its_floor_fails_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    floors = tmp_path / "floors.json"
    key = fingerprint(as_articles())
    floors.write_text(json.dumps({key: {"name": "golden", "pages": 45, "floors": {"f1": 1.1}}}))
    assert main(["--floors", str(floors), "--raise"]) == 1
    assert "below its floor 1.1000" in capsys.readouterr().err
    assert json.loads(floors.read_text())[key]["floors"]["f1"] == 1.1


def test_floors_only_rise() -> None:
    assert raised({"f1": 0.9, "recall": 0.8}, {"f1": 0.8, "recall": 0.9}) == {"f1": 0.9, "recall": 0.9}
    assert below_floor({"f1": 0.9, "recall": 0.8}, {"f1": 0.8, "recall": 0.9}) == [
        "f1 is 0.8000, below its floor 0.9000"
    ]


def test_a_changed_corpus_has_another_fingerprint() -> None:
    articles = as_articles()
    changed = [articles[0] | {"body": articles[0]["body"] + "."}, *articles[1:]]
    assert fingerprint(changed) != fingerprint(articles)
