"""Pages that are updated: filed as later versions of their articles, once, where their feeds tell of it."""

from __future__ import annotations

import dataclasses
import html
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

import pipeline.commit.transaction as commit_module
from pipeline.cli.summary import summary
from pipeline.config import Config, CopySettings
from pipeline.dataset.layout import Dataset
from pipeline.dataset.manifest import require_dataset
from pipeline.dataset.state import load_state
from pipeline.errors import RunError
from pipeline.inspect.copies import explain
from pipeline.inspect.stories import most_carried
from pipeline.maintenance.compact import compact
from pipeline.maintenance.repair import repair
from pipeline.maintenance.verify import verify
from pipeline.run.batch import run
from tests.support.filed import everything
from tests.support.newsroom import story
from tests.support.runs import config_of, rows
from tests.support.sites import Answer, Site, article_page, serve
from transforms.store.tables import entry_of_row

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST, LATER, LAST = story(1), [*story(1)[:3], *story(2)[:1]], [*story(1)[:2], *story(3)[:2]]


class Paper:
    """A site whose Atom feed says when its articles were updated."""

    def __init__(self, site: Site, tells: bool = True) -> None:
        self.site, self.tells = site, tells
        self.entries: dict[str, dict[str, Any]] = {}

    def publish(self, path: str, paragraphs: list[str], at: datetime = NOW - HOUR) -> None:
        """Adds an article to the site and its feed."""
        self.entries[path] = {"title": f"Title of {path}", "summary": "Once", "published": at, "updated": at}
        self._serve(path, paragraphs)

    def update(self, path: str, paragraphs: list[str] | None, at: datetime, summary: str) -> None:
        """Another text of an article, or none at all, and what the feed says of it from now on."""
        self.entries[path] |= {"summary": summary, "updated": at}
        self._serve(path, paragraphs)

    def _serve(self, path: str, paragraphs: list[str] | None) -> None:
        page = Answer(article_page(f"Title of {path}", paragraphs)) if paragraphs else Answer(status=410)
        self.site.pages[path] = page
        items = "".join(
            f"<entry><id>{path}</id><title>{one['title']}</title><link href='{self.site.url}{path}'/>"
            f"<summary>{html.escape(one['summary'])}</summary>"
            + f"<published>{one['published'].isoformat()}</published>"
            + (f"<updated>{one['updated'].isoformat()}</updated>" if self.tells else "")
            + "</entry>"
            for path, one in self.entries.items()
        )
        body = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Paper</title>{items}</feed>"
        self.site.pages["/feed.xml"] = Answer(body, "application/atom+xml")


@pytest.fixture
def paper():
    with serve() as site:
        found = Paper(site)
        found.publish("/1", FIRST)
        found.publish("/other", story(9))
        yield found


@pytest.fixture
def config(tmp_path: Path, paper: Paper) -> Config:
    return config_of(tmp_path / "news", paper.site, max_attempts=3)


def counts(config: Config, at: datetime) -> dict[str, Any]:
    """What a run counts; the dataset is whole after it."""
    manifest = run(config, now=at)
    assert verify(config.output) == []
    return dict(manifest["counts"])


def filed(config: Config) -> list[dict[str, Any]]:
    """The rows of the article that is updated, in the order they were filed."""
    found = [row for table in ("articles", "copies") for row in rows(Path(config.output), table)]
    return sorted((row for row in found if row["url"].endswith("/1")), key=lambda row: row["fetched_at"])


def test_a_new_text_is_a_later_version_of_its_story(config: Config, paper: Paper) -> None:
    counts(config, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    paper.site.requests.clear()
    found = counts(config, NOW + 2 * HOUR)
    assert paper.site.paths() == ["/feed.xml", "/robots.txt", "/1"]
    assert (found["entries"], found["entries_known"], found["entries_due"]) == (2, 1, 1)
    assert (found["articles"], found["copies"], found["rejects"]) == (0, 1, {})
    first, later = filed(config)
    assert later["article_id"] == later["story_id"] == first["article_id"] == first["story_id"]
    assert (later["match"], later["text"]) == ("update", "\n\n".join(LATER))
    assert 0.5 < later["similarity"] < 1
    assert (later["updated_at"], later["fetched_at"]) == (NOW + HOUR, NOW + 2 * HOUR)


@pytest.mark.slow
def test_each_version_is_filed_once_however_often_its_feed_changes(config: Config, paper: Paper) -> None:
    counts(config, NOW)
    for hours, text, said in ((1, LATER, "2"), (2, LATER, "3"), (3, LAST, "4"), (4, LATER, "5")):
        paper.update("/1", text, NOW + hours * HOUR, said)
        counts(config, NOW + hours * HOUR)
    assert [row["text"] for row in filed(config)] == ["\n\n".join(text) for text in (FIRST, LATER, LAST)]
    details = {
        (row["reason"], row["detail"].split(" of ")[0]) for row in rows(Path(config.output), "rejects")
    }
    assert details == {("duplicate", "an earlier run filed this text")}
    assert len(rows(Path(config.output), "rejects")) == 2
    # Once noted: later articles are compared with the version that was filed first.
    assert sum(segment.rows for segment in load_state(Dataset(config.output)).index) == 2


def test_the_documented_query_gives_the_last_text_of_each_article(config: Config, paper: Paper) -> None:
    counts(config, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    counts(config, NOW + 2 * HOUR)
    page = (Path(__file__).parents[3] / "docs/copies.md").read_text(encoding="utf-8")
    query = page.split("The last text of each article:")[1].split("```")[1].removeprefix("sql")
    found = duckdb.sql(query.replace("news/", f"{config.output}/")).select("url", "text").fetchall()
    last = {"/1": LATER, "/other": story(9)}
    assert dict(found) == {f"{paper.site.url}{path}": "\n\n".join(text) for path, text in last.items()}


def test_a_page_that_is_as_it_was_is_rejected(config: Config, paper: Paper) -> None:
    counts(config, NOW)
    paper.update("/1", FIRST, NOW + HOUR, "Twice")
    found = counts(config, NOW + 2 * HOUR)
    assert (found["entries_due"], found["copies"], found["rejects"]) == (1, 0, {"duplicate": 1})


@pytest.mark.slow
def test_a_feed_that_only_tells_another_time_is_no_reason_to_read(config: Config, paper: Paper) -> None:
    counts(config, NOW)
    counter = "Once <img src='https://counter.example/2'>"
    for hours, said in ((1, "Once"), (2, "Once"), (3, counter)):
        paper.update("/1", LATER, NOW + hours * HOUR, said)
        assert counts(config, NOW + hours * HOUR)["entries_due"] == 0


def test_a_feed_that_says_something_else_without_a_later_time_is_none(config: Config, paper: Paper) -> None:
    counts(config, NOW)
    paper.update("/1", LATER, NOW - HOUR, "Twice")
    assert counts(config, NOW + HOUR)["entries_due"] == 0


def test_what_was_published_before_the_horizon_is_not_read_again(config: Config, paper: Paper) -> None:
    paper.publish("/old", story(4), NOW - 13 * DAY)
    counts(config, NOW)
    paper.update("/old", story(5), NOW + HOUR, "Twice")
    assert counts(config, NOW + 2 * DAY)["entries_due"] == 0


def test_a_page_that_is_gone_is_a_reject_and_its_story_stays(config: Config, paper: Paper) -> None:
    counts(config, NOW)
    paper.update("/1", None, NOW + HOUR, "Withdrawn")
    found = counts(config, NOW + 2 * HOUR)
    assert (found["entries_due"], found["rejects"]) == (1, {"http-410": 1})
    assert [row["text"] for row in filed(config)] == ["\n\n".join(FIRST)]


@pytest.mark.slow
def test_an_update_that_fails_for_now_is_tried_again(config: Config, paper: Paper) -> None:
    counts(config, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    page, paper.site.pages["/1"] = paper.site.pages["/1"], Answer(status=503)
    assert counts(config, NOW + HOUR)["postponed"] == 1
    (waiting,) = map(entry_of_row, load_state(Dataset(config.output)).postponed)
    # By its own key: what waits under that of its article is another entry.
    assert (waiting.update, len(waiting.keys), waiting.versions) == (True, 1, ())
    paper.site.pages["/1"] = page
    found = counts(config, NOW + 3 * HOUR)
    assert (found["entries_due"], found["copies"]) == (1, 1)
    assert [row["text"] for row in filed(config)] == ["\n\n".join(FIRST), "\n\n".join(LATER)]


def test_what_could_not_be_read_before_its_update_is_filed_for_the_first_time(
    config: Config, paper: Paper
) -> None:
    page, paper.site.pages["/1"] = paper.site.pages["/1"], Answer(status=404)
    assert counts(config, NOW)["rejects"] == {"http-404": 1}
    paper.site.pages["/1"] = page
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    assert counts(config, NOW + 2 * HOUR)["articles"] == 1
    assert [row.get("match") for row in filed(config)] == [None]


def test_a_version_of_a_copy_stays_with_the_story_it_was_a_copy_of(config: Config, paper: Paper) -> None:
    paper.publish("/wire", FIRST, NOW - 2 * HOUR)
    assert counts(config, NOW)["copies"] == 1
    paper.update("/1", story(7), NOW + HOUR, "Nothing of it is left")
    assert counts(config, NOW + 2 * HOUR)["copies"] == 1
    copy, later = filed(config)
    assert copy["match"] == "exact"
    assert (later["match"], later["similarity"], later["story_id"]) == ("update", 0.0, copy["story_id"])
    assert later["story_id"] != later["article_id"] == copy["article_id"]


def test_without_text_of_copies_later_versions_of_stories_keep_theirs(config: Config, paper: Paper) -> None:
    config = dataclasses.replace(config, copies=CopySettings(keep_text=False))
    paper.publish("/copy", story(9)[:3], NOW - HOUR / 2)
    counts(config, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    paper.update("/copy", story(9)[1:], NOW + HOUR, "Twice")
    counts(config, NOW + 2 * HOUR)
    later = [row for row in rows(Path(config.output), "copies") if row["match"] == "update"]
    texts = {row["url"].rpartition("/")[2]: row["text"] for row in later}
    assert texts == {"1": "\n\n".join(LATER), "copy": None}


@pytest.mark.slow
def test_a_dataset_that_knows_of_no_versions_is_not_read_again(config: Config, paper: Paper) -> None:
    paper.tells = False
    paper.update("/1", FIRST, NOW, "Once")
    counts(config, NOW)
    paper.tells = True
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    assert counts(config, NOW + 2 * HOUR)["entries_due"] == 0
    paper.update("/1", LAST, NOW + 3 * HOUR, "Three times")
    assert counts(config, NOW + 4 * HOUR)["copies"] == 1


def test_two_feeds_that_tell_of_one_update_bring_it_once(tmp_path: Path, paper: Paper) -> None:
    with serve() as other:
        second = Paper(other)
        other.pages["/feed.xml"] = paper.site.pages["/feed.xml"]
        config = config_of(tmp_path / "news", paper.site, other)
        counts(config, NOW)
        paper.update("/1", LATER, NOW + HOUR, "Twice")
        second.site.pages["/feed.xml"] = paper.site.pages["/feed.xml"]
        paper.site.requests.clear()
        found = counts(config, NOW + 2 * HOUR)
    assert (found["entries_due"], found["copies"], paper.site.paths().count("/1")) == (1, 1, 1)


@pytest.mark.slow
def test_a_run_that_fails_and_comes_again_files_the_same_rows(
    config: Config, paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = config_of(tmp_path / "undisturbed", paper.site)
    for one in (config, undisturbed):
        counts(one, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    with monkeypatch.context() as patch:
        patch.setattr(commit_module, "count", lambda *_: 1 / 0)
        with pytest.raises(RunError):
            run(config, now=NOW + 2 * HOUR)
    options = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    run(config, now=NOW + 2 * HOUR, beam_args=options)
    run(undisturbed, now=NOW + 2 * HOUR)
    assert everything(Path(config.output)) == everything(Path(undisturbed.output))


def test_upkeep_and_questions_tell_versions_from_copies(config: Config, paper: Paper) -> None:
    paper.publish("/copy", [*FIRST[:3], "Sign up for our letter."], NOW - HOUR / 2)
    counts(config, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    manifest = run(config, now=NOW + 2 * HOUR)
    assert "updates   1 later version" in summary(manifest, config.output)
    before = everything(Path(config.output))
    assert compact(config.output, now=NOW + 3 * HOUR)
    assert everything(Path(config.output)) == before
    assert verify(config.output) == []
    dataset = require_dataset(config.output)
    (carried,) = most_carried(dataset)
    assert len(carried.carriers) == 1
    found = explain(dataset, f"{paper.site.url}/1", f"{paper.site.url}/other")
    assert found.one["text"] == "\n\n".join(FIRST)


@pytest.mark.slow
def test_a_state_made_anew_knows_articles_by_their_first_version(config: Config, paper: Paper) -> None:
    counts(config, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    counts(config, NOW + 2 * HOUR)
    state = load_state(Dataset(config.output))
    Path(config.output, "_state", state.filed[0].name).unlink()
    assert repair(config.output, NOW + 3 * HOUR, 14 * DAY)
    assert sum(segment.rows for segment in load_state(Dataset(config.output)).index) == 2
    assert counts(config, NOW + 4 * HOUR)["entries_due"] == 0
    paper.update("/1", LAST, NOW + 5 * HOUR, "Three times")
    assert counts(config, NOW + 6 * HOUR)["copies"] == 1
    assert len(filed(config)) == 3
