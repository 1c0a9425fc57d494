"""explain, explain-region and stories: their answers about a dataset, and their errors."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipeline.cli.main import main
from pipeline.dataset.manifest import require_dataset
from pipeline.inspect.copies import as_html, explain
from pipeline.inspect.stories import delay, most_carried
from tests.support.copies_samples import HARBOUR, MONDAY, TUESDAY, WIRE
from tests.support.filed import NOON, copy_of, file_run, folder_of, story
from tests.support.newsroom import story as words
from transforms.copies.diff import Change

LONG_AFTER = timedelta(days=40)
DAY, REGION = "2026-03-05", "northern-america"


def text(paragraphs: list[str]) -> str:
    return "\n\n".join(paragraphs)


def at(hours: float) -> dict[str, datetime]:
    """The times of a copy that was published and fetched at once, hours after noon."""
    published = NOON + timedelta(hours=hours)
    return {"published_at": published, "fetched_at": published}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filed") / "news"
    first = story(1, text=text(WIRE), agency="AP", title="Flood")
    second = story(2, text=text(HARBOUR), title="Harbour")
    late = story(3, NOON + LONG_AFTER, text=text(WIRE), title="Again")
    template = [story(8, text=MONDAY, title="Monday"), story(9, text=TUESDAY, title="Tuesday")]
    copies = [
        copy_of(4, first, text=text(WIRE[:4]), publisher="Post", **at(3)),
        copy_of(5, first, text=text(WIRE), publisher="Globe", **at(-1)),
        copy_of(6, first, text=None, publisher="Mirror", **at(30)),
        copy_of(7, second, text=text(HARBOUR), publisher="Post", agency="AFP"),
    ]
    file_run(folder, 1, {folder_of("articles"): [first, second, *template], folder_of("copies"): copies[:2]})
    later = folder_of("articles", day=f"{NOON + LONG_AFTER:%Y-%m-%d}")
    file_run(folder, 2, {later: [late], folder_of("copies", region="world"): copies[2:]})
    return folder


def reasons(output: Path, one: str, other: str) -> str:
    return " ".join(explain(require_dataset(str(output)), one, other).reasons)


def titles(output: Path) -> list[tuple[str, str]]:
    query = f"select article_id, title from read_parquet('{output}/articles/**/*.parquet') order by url"
    return [(str(article_id), str(title)) for article_id, title in duckdb.sql(query).fetchall()]


def test_stories_are_sorted_by_the_number_of_their_copies_in_all_partitions(output: Path) -> None:
    flood, harbour = most_carried(require_dataset(str(output)))
    assert (flood.title, flood.agency, harbour.title) == ("Flood", "AP", "Harbour")
    # The row has no agency, but its copy credits one.
    assert harbour.agency == "AFP"
    assert [(copy.publisher, copy.after_s / 3600, copy.kept) for copy in flood.carriers] == [
        ("Globe", -1.0, 1.0),
        ("Post", 3.0, pytest.approx(0.5, abs=0.1)),
        ("Mirror", 30.0, None),
    ]


def test_day_and_region_select_stories_by_their_own_row(output: Path) -> None:
    dataset = require_dataset(str(output))
    assert len(most_carried(dataset, date=DAY, region=REGION)) == 2
    assert len(most_carried(dataset, top=1)) == 1
    assert most_carried(dataset, date="2026-03-06") == most_carried(dataset, region="world") == []


def test_stories_prints_each_copy_with_its_delay(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stories", str(output), "--top", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "  1. Flood"
    assert [line.split()[:3] for line in lines[2:]] == [
        ["-1.0", "h", "100%"],
        ["+3.0", "h", "49%"],
        ["+1.2", "d", "near"],
    ]
    assert main(["stories", str(output), "--date", "2026-03-06"]) == 0
    assert "no story has a copy" in capsys.readouterr().out
    assert main(["stories", str(output), "--json"]) == 0
    assert [len(story["carriers"]) for story in json.loads(capsys.readouterr().out)] == [3, 1]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "+0 min"), (2700, "+45 min"), (11_520, "+3.2 h"), (-181_440, "-2.1 d")]
)
def test_a_delay_has_the_unit_that_fits(seconds: float, text: str) -> None:
    assert delay(seconds) == text


def test_explain_says_why_two_articles_were_joined(output: Path) -> None:
    dataset = require_dataset(str(output))
    flood = most_carried(dataset)[0]
    explanation = explain(dataset, flood.carriers[1].url, flood.story_id)
    assert explanation.joined and explanation.figures and explanation.figures["probability"] > 0.5
    assert "was filed as a copy of story" in explanation.reasons[0]
    assert [passage.change for passage in explanation.passages].count(Change.ADDED) > 2


def test_explain_says_why_two_articles_were_not_joined(output: Path) -> None:
    ids = {title: article_id for article_id, title in titles(output)}
    assert "almost no run" in reasons(output, ids["Flood"], ids["Harbour"])
    assert "too few for a run to compare them" in reasons(output, ids["Flood"], ids["Harbour"])
    assert "filed 40 days apart" in reasons(output, ids["Flood"], ids["Again"])
    assert "Both articles fill the same template" in reasons(output, ids["Monday"], ids["Tuesday"])


def test_explain_writes_to_the_terminal_as_a_page_and_as_json(
    output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    flood = most_carried(require_dataset(str(output)))[0]
    pair = [flood.carriers[1].url, flood.story_id]
    assert main(["explain", str(output), *pair]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "joined: copies of one story"
    assert max(len(line) for line in lines[lines.index("") :]) <= 90
    page = tmp_path / "page.html"
    assert main(["explain", str(output), *pair, "--html", str(page)]) == 0
    assert "<mark>" in page.read_text(encoding="utf-8") and "<script" not in page.read_text(encoding="utf-8")
    assert main(["explain", str(output), *pair, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["joined"] is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explain", "{output}", "nowhere", "nowhere"], "nowhere: no article of"),
        (["explain", "{output}", "{mirror}", "{mirror}"], "no text to compare"),
        (["explain", "{output}", "{flood}", "{flood}", "--html", "/nowhere/x.html"], "cannot be written"),
        (["explain", "{output}/none", "a", "b"], "not a dataset"),
        (["stories", "{output}/none"], "not a dataset"),
    ],
)
def test_an_error_is_one_message(
    output: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flood = most_carried(require_dataset(str(output)))[0]
    known = {"output": output, "flood": flood.story_id, "mirror": flood.carriers[2].url}
    assert main([argument.format(**known) for argument in arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--date", "4 July"], ["--top", "0"], ["--top", "many"]])
def test_a_wrong_option_value_says_what_was_expected(
    output: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["stories", str(output), *arguments])
    assert ended.value.code == 2
    assert "expected a" in capsys.readouterr().err


def test_a_page_escapes_the_html_of_an_article(tmp_path: Path) -> None:
    row = story(1, text=text(words(1)), title="<script>alert(1)</script>")
    file_run(tmp_path / "news", 1, {folder_of("articles"): [row]})
    page = as_html(explain(require_dataset(str(tmp_path / "news")), row["article_id"], row["url"]))
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_explain_region_lists_the_chosen_and_the_other_meanings_of_each_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = "A storm hit Paris, Texas, on Monday, and the school board there met at night in Georgia."
    row = story(1, text=body, title="Storm", country="US", countries=[{"code": "US", "weight": 1.0}])
    file_run(tmp_path / "news", 1, {folder_of("articles"): [row]})
    assert main(["explain-region", str(tmp_path / "news"), row["article_id"]]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["Storm", row["url"], "filed under US: US 1.00"]
    assert any("[1:Paris], [2:Texas]" in line for line in lines)
    at = next(number for number, line in enumerate(lines) if line.startswith("  1. Paris"))
    assert lines[at + 1].startswith("     = Paris, US-TX") and "named beside +20.0" in lines[at + 1]
    assert any(line.startswith("     x Paris, ") for line in lines[at + 2 : at + 5])
    assert main(["explain-region", str(tmp_path / "news"), row["url"], "--json"]) == 0
    names = json.loads(capsys.readouterr().out)["names"]
    assert [name["name"] for name in names] == ["Paris", "Texas", "school board", "Georgia"]
    assert names[2]["weight"] == pytest.approx(0.1)
    assert main(["explain-region", str(tmp_path / "news"), "nowhere"]) == 2
