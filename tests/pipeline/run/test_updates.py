"""Updated pages are filed once as later versions, if their feeds mark them as updated."""

from __future__ import annotations

import dataclasses
import html
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

import pipeline.commit.transaction as transaction_module
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
    """A site with an Atom feed that dates updates, unless `dates_updates` is False."""

    def __init__(self, site: Site, dates_updates: bool = True) -> None:
        self.site, self.dates_updates = site, dates_updates
        self.entries: dict[str, dict[str, Any]] = {}

    def publish(self, path: str, paragraphs: list[str], at: datetime = NOW - HOUR) -> None:
        """Add an article to the site and its feed."""
        self.entries[path] = {"title": f"Title of {path}", "summary": "Once", "published": at, "updated": at}
        self._serve(path, paragraphs)

    def update(self, path: str, paragraphs: list[str] | None, at: datetime, summary: str) -> None:
        """Replace the text of an article, or remove its page, and change its entry in the feed."""
        self.entries[path] |= {"summary": summary, "updated": at}
        self._serve(path, paragraphs)

    def _serve(self, path: str, paragraphs: list[str] | None) -> None:
        page = Answer(article_page(f"Title of {path}", paragraphs)) if paragraphs else Answer(status=410)
        self.site.pages[path] = page
        items = "".join(
            f"<entry><id>{path}</id><title>{entry['title']}</title><link href='{self.site.url}{path}'/>"
            f"<summary>{html.escape(entry['summary'])}</summary>"
            + f"<published>{entry['published'].isoformat()}</published>"
            + (f"<updated>{entry['updated'].isoformat()}</updated>" if self.dates_updates else "")
            + "</entry>"
            for path, entry in self.entries.items()
        )
        body = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Paper</title>{items}</feed>"
        self.site.pages["/feed.xml"] = Answer(body, "application/atom+xml")


@pytest.fixture
def paper():
    with serve() as site:
        paper = Paper(site)
        paper.publish("/1", FIRST)
        paper.publish("/other", story(9))
        yield paper


@pytest.fixture
def config(tmp_path: Path, paper: Paper) -> Config:
    return config_of(tmp_path / "news", paper.site, max_attempts=3)


def counts_of_run(config: Config, at: datetime) -> dict[str, Any]:
    """Run, verify the dataset, and return the counts of the manifest."""
    manifest = run(config, now=at)
    assert verify(config.output) == []
    return dict(manifest["counts"])


def filed(config: Config) -> list[dict[str, Any]]:
    """Return the rows of the updated article, in the order they were filed."""
    stored = [row for table in ("articles", "copies") for row in rows(Path(config.output), table)]
    return sorted((row for row in stored if row["url"].endswith("/1")), key=lambda row: row["fetched_at"])


def test_a_new_text_is_a_later_version_of_its_story(config: Config, paper: Paper) -> None:
    counts_of_run(config, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    paper.site.requests.clear()
    counts = counts_of_run(config, NOW + 2 * HOUR)
    assert paper.site.paths() == ["/feed.xml", "/robots.txt", "/1"]
    assert (counts["entries"], counts["entries_known"], counts["entries_due"]) == (2, 1, 1)
    assert (counts["articles"], counts["copies"], counts["rejects"]) == (0, 1, {})
    first, later = filed(config)
    assert later["article_id"] == later["story_id"] == first["article_id"] == first["story_id"]
    assert (later["match"], later["text"]) == ("update", "\n\n".join(LATER))
    assert 0.5 < later["similarity"] < 1
    assert (later["updated_at"], later["fetched_at"]) == (NOW + HOUR, NOW + 2 * HOUR)


@pytest.mark.slow
def test_each_version_is_filed_once_however_often_its_feed_changes(config: Config, paper: Paper) -> None:
    counts_of_run(config, NOW)
    for hours, text, teaser in ((1, LATER, "2"), (2, LATER, "3"), (3, LAST, "4"), (4, LATER, "5")):
        paper.update("/1", text, NOW + hours * HOUR, teaser)
        counts_of_run(config, NOW + hours * HOUR)
    assert [row["text"] for row in filed(config)] == ["\n\n".join(text) for text in (FIRST, LATER, LAST)]
    details = {
        (row["reason"], row["detail"].split(" of ")[0]) for row in rows(Path(config.output), "rejects")
    }
    assert details == {("duplicate", "an earlier run filed this text")}
    assert len(rows(Path(config.output), "rejects")) == 2
    # Indexed once: later articles are compared with the version that was filed first.
    assert sum(segment.rows for segment in load_state(Dataset(config.output)).index) == 2


def test_the_documented_query_gives_the_last_text_of_each_article(config: Config, paper: Paper) -> None:
    counts_of_run(config, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    counts_of_run(config, NOW + 2 * HOUR)
    page = (Path(__file__).parents[3] / "docs/copies.md").read_text(encoding="utf-8")
    query = page.split("The last text of each article:")[1].split("```")[1].removeprefix("sql")
    texts = duckdb.sql(query.replace("news/", f"{config.output}/")).select("url", "text").fetchall()
    last = {"/1": LATER, "/other": story(9)}
    assert dict(texts) == {f"{paper.site.url}{path}": "\n\n".join(text) for path, text in last.items()}


def test_an_unchanged_page_is_rejected(config: Config, paper: Paper) -> None:
    counts_of_run(config, NOW)
    paper.update("/1", FIRST, NOW + HOUR, "Twice")
    counts = counts_of_run(config, NOW + 2 * HOUR)
    assert (counts["entries_due"], counts["copies"], counts["rejects"]) == (1, 0, {"duplicate": 1})


@pytest.mark.slow
def test_a_feed_that_changes_only_a_time_is_no_reason_to_fetch(config: Config, paper: Paper) -> None:
    counts_of_run(config, NOW)
    counter = "Once <img src='https://counter.example/2'>"
    for hours, teaser in ((1, "Once"), (2, "Once"), (3, counter)):
        paper.update("/1", LATER, NOW + hours * HOUR, teaser)
        assert counts_of_run(config, NOW + hours * HOUR)["entries_due"] == 0


def test_a_feed_that_changes_a_summary_without_a_later_time_is_no_reason_to_fetch(
    config: Config, paper: Paper
) -> None:
    counts_of_run(config, NOW)
    paper.update("/1", LATER, NOW - HOUR, "Twice")
    assert counts_of_run(config, NOW + HOUR)["entries_due"] == 0


def test_an_article_published_before_the_horizon_is_not_fetched_again(config: Config, paper: Paper) -> None:
    paper.publish("/old", story(4), NOW - 13 * DAY)
    counts_of_run(config, NOW)
    paper.update("/old", story(5), NOW + HOUR, "Twice")
    assert counts_of_run(config, NOW + 2 * DAY)["entries_due"] == 0


def test_a_removed_page_is_a_reject_and_its_story_stays(config: Config, paper: Paper) -> None:
    counts_of_run(config, NOW)
    paper.update("/1", None, NOW + HOUR, "Withdrawn")
    counts = counts_of_run(config, NOW + 2 * HOUR)
    assert (counts["entries_due"], counts["rejects"]) == (1, {"http-410": 1})
    assert [row["text"] for row in filed(config)] == ["\n\n".join(FIRST)]


@pytest.mark.slow
def test_an_update_that_fails_for_now_is_postponed(config: Config, paper: Paper) -> None:
    counts_of_run(config, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    page, paper.site.pages["/1"] = paper.site.pages["/1"], Answer(status=503)
    assert counts_of_run(config, NOW + HOUR)["postponed"] == 1
    (postponed,) = map(entry_of_row, load_state(Dataset(config.output)).postponed)
    # Its key is its own, since the key of the article belongs to another entry.
    assert (postponed.update, len(postponed.keys), postponed.versions) == (True, 1, ())
    paper.site.pages["/1"] = page
    counts = counts_of_run(config, NOW + 3 * HOUR)
    assert (counts["entries_due"], counts["copies"]) == (1, 1)
    assert [row["text"] for row in filed(config)] == ["\n\n".join(FIRST), "\n\n".join(LATER)]


def test_an_article_first_read_after_its_update_is_filed_as_a_story(config: Config, paper: Paper) -> None:
    page, paper.site.pages["/1"] = paper.site.pages["/1"], Answer(status=404)
    assert counts_of_run(config, NOW)["rejects"] == {"http-404": 1}
    paper.site.pages["/1"] = page
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    assert counts_of_run(config, NOW + 2 * HOUR)["articles"] == 1
    assert [row.get("match") for row in filed(config)] == [None]


def test_a_later_version_of_a_copy_stays_with_its_story(config: Config, paper: Paper) -> None:
    paper.publish("/wire", FIRST, NOW - 2 * HOUR)
    assert counts_of_run(config, NOW)["copies"] == 1
    paper.update("/1", story(7), NOW + HOUR, "Nothing of it is left")
    assert counts_of_run(config, NOW + 2 * HOUR)["copies"] == 1
    copy, later = filed(config)
    assert copy["match"] == "exact"
    assert (later["match"], later["similarity"], later["story_id"]) == ("update", 0.0, copy["story_id"])
    assert later["story_id"] != later["article_id"] == copy["article_id"]


def test_later_versions_of_stories_keep_their_text_even_if_copies_do_not(
    config: Config, paper: Paper
) -> None:
    config = dataclasses.replace(config, copies=CopySettings(keep_text=False))
    paper.publish("/copy", story(9)[:3], NOW - HOUR / 2)
    counts_of_run(config, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    paper.update("/copy", story(9)[1:], NOW + HOUR, "Twice")
    counts_of_run(config, NOW + 2 * HOUR)
    later = [row for row in rows(Path(config.output), "copies") if row["match"] == "update"]
    texts = {row["url"].rpartition("/")[2]: row["text"] for row in later}
    assert texts == {"1": "\n\n".join(LATER), "copy": None}


@pytest.mark.slow
def test_articles_of_a_dataset_without_versions_are_not_fetched_again(config: Config, paper: Paper) -> None:
    paper.dates_updates = False
    paper.update("/1", FIRST, NOW, "Once")
    counts_of_run(config, NOW)
    paper.dates_updates = True
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    assert counts_of_run(config, NOW + 2 * HOUR)["entries_due"] == 0
    paper.update("/1", LAST, NOW + 3 * HOUR, "Three times")
    assert counts_of_run(config, NOW + 4 * HOUR)["copies"] == 1


def test_an_update_in_two_feeds_is_filed_once(tmp_path: Path, paper: Paper) -> None:
    with serve() as other:
        second = Paper(other)
        other.pages["/feed.xml"] = paper.site.pages["/feed.xml"]
        config = config_of(tmp_path / "news", paper.site, other)
        counts_of_run(config, NOW)
        paper.update("/1", LATER, NOW + HOUR, "Twice")
        second.site.pages["/feed.xml"] = paper.site.pages["/feed.xml"]
        paper.site.requests.clear()
        counts = counts_of_run(config, NOW + 2 * HOUR)
    assert (counts["entries_due"], counts["copies"], paper.site.paths().count("/1")) == (1, 1, 1)


@pytest.mark.slow
def test_a_failed_run_files_the_same_rows_when_it_is_repeated(
    config: Config, paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = config_of(tmp_path / "undisturbed", paper.site)
    for each in (config, undisturbed):
        counts_of_run(each, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    with monkeypatch.context() as patch:
        patch.setattr(transaction_module, "count", lambda *_: 1 / 0)
        with pytest.raises(RunError):
            run(config, now=NOW + 2 * HOUR)
    options = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    run(config, now=NOW + 2 * HOUR, beam_args=options)
    run(undisturbed, now=NOW + 2 * HOUR)
    assert everything(Path(config.output)) == everything(Path(undisturbed.output))


def test_maintenance_and_questions_distinguish_versions_from_copies(config: Config, paper: Paper) -> None:
    paper.publish("/copy", [*FIRST[:3], "Sign up for our letter."], NOW - HOUR / 2)
    counts_of_run(config, NOW)
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
    explained = explain(dataset, f"{paper.site.url}/1", f"{paper.site.url}/other")
    assert explained.one["text"] == "\n\n".join(FIRST)


@pytest.mark.slow
def test_a_rebuilt_state_knows_articles_by_their_first_version(config: Config, paper: Paper) -> None:
    counts_of_run(config, NOW)
    paper.update("/1", LATER, NOW + HOUR, "Twice")
    counts_of_run(config, NOW + 2 * HOUR)
    state = load_state(Dataset(config.output))
    Path(config.output, "_state", state.filed[0].name).unlink()
    assert repair(config.output, NOW + 3 * HOUR, 14 * DAY)
    assert sum(segment.rows for segment in load_state(Dataset(config.output)).index) == 2
    assert counts_of_run(config, NOW + 4 * HOUR)["entries_due"] == 0
    paper.update("/1", LAST, NOW + 5 * HOUR, "Three times")
    assert counts_of_run(config, NOW + 6 * HOUR)["copies"] == 1
    assert len(filed(config)) == 3
