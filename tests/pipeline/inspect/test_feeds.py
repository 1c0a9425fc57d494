"""copytaster feeds: the health table, and the commands check, discover and import."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from pipeline.cli.main import main
from pipeline.config import load_config
from tests.support.sites import Answer, Site, article_page, rss, serve

NOW = datetime.now(UTC).replace(microsecond=0)
TEXT = ["The ferry between Tarn and Oldhaven sailed again after eleven weeks in dry dock this winter."] * 4


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as made:
        items = [
            {
                "title": f"Ferry {number}",
                "link": f"{made.url}/{number}",
                "published": NOW - timedelta(hours=number),
            }
            for number in (1, 2, 3)
        ]
        made.pages["/feed.xml"] = rss(made.url, items)
        made.pages |= {f"/{number}": Answer(article_page(f"Ferry {number}", TEXT)) for number in (1, 2, 3)}
        yield made


def config_of(folder: Path, *feeds: str) -> str:
    path = folder / "config.yaml"
    fetch = {"timeout_s": 2.0, "per_host_delay_s": 0, "allow_private_addresses": True}
    path.write_text(yaml.safe_dump({"output": str(folder / "news"), "feeds": list(feeds), "fetch": fetch}))
    return str(path)


def output_of(capsys: pytest.CaptureFixture[str], *argv: str, status: int = 0) -> str:
    capsys.readouterr()
    assert main(["feeds", *argv]) == status
    return capsys.readouterr().out


class TestHealth:
    def test_lists_failing_feeds_first(
        self, tmp_path: Path, site: Site, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with serve() as broken:
            broken.pages["/feed.xml"] = Answer("down", status=503, headers={"Retry-After": "7200"})
            config = config_of(tmp_path, f"{site.url}/feed.xml", f"{broken.url}/feed.xml")
            assert "2 feeds: 2 new" in output_of(capsys, config)
            assert main(["run", config]) == 0
            assert main(["run", config]) == 0
            assert broken.paths().count("/feed.xml") == 1  # It asked for a pause of two hours.
            lines = output_of(capsys, config).splitlines()
        assert lines[0] == "2 feeds: 1 failing, 1 fine" or lines[0] == "2 feeds: 1 fine, 1 failing"
        assert lines[3].endswith(f"{broken.url}/feed.xml")
        assert "never" in lines[3]
        assert "1 http-503" in lines[3]
        assert "in 2.0 h" in lines[3] or "in 1.9 h" in lines[3] or "in 120 min" in lines[3]
        assert "503" in lines[4]
        assert lines[5].endswith(f"{site.url}/feed.xml")
        assert "next run" in lines[5]
        found = json.loads(output_of(capsys, config, "--json"))
        assert [feed["state"] for feed in found] == ["failing", "fine"]
        assert found[1]["entries_a_day"] == pytest.approx(24.0, rel=0.1)

    def test_shows_where_a_feed_moved_and_runs_poll_it_there_after_a_week(
        self, tmp_path: Path, site: Site, capsys: pytest.CaptureFixture[str]
    ) -> None:
        config = config_of(tmp_path, f"{site.url}/old.xml")
        site.pages["/old.xml"] = Answer(status=301, headers={"Location": f"{site.url}/feed.xml"})
        assert main(["run", config]) == 0
        assert f"moved to {site.url}/feed.xml since" in output_of(capsys, config)
        later = (NOW + timedelta(days=8)).isoformat()
        site.requests.clear()
        assert main(["run", config, "--now", later]) == 0
        assert "/feed.xml" in site.paths()
        assert "/old.xml" not in site.paths()
        assert not list((tmp_path / "news" / "copies").glob("**/*.parquet"))

    def test_reports_a_missing_config_and_an_unknown_action(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["feeds", str(tmp_path / "none.yaml")]) == 2
        assert main(["feeds", "chek", "http://a.example/"]) == 2
        assert "expected CONFIG, or check, discover or import" in capsys.readouterr().err


class TestCheck:
    def test_describes_a_feed(self, tmp_path: Path, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
        feed = site.pages["/feed.xml"]
        assert isinstance(feed, Answer)

        def answer(headers: dict[str, str]) -> Answer:
            if headers.get("if-none-match") == '"v"':
                return Answer(status=304)
            return Answer(
                feed.body, feed.content_type, headers={"ETag": '"v"', "Cache-Control": "max-age=600"}
            )

        site.pages["/feed.xml"] = answer
        text = output_of(capsys, "check", f"{site.url}/feed.xml", "--config", config_of(tmp_path, site.url))
        for line in ("title       Harbour Gazette", "3, 3 of them with a time", "honoured", "in 10 min"):
            assert line in text
        assert f"- Ferry 1  {site.url}/1" in text

    def test_names_the_reason_of_a_failure(
        self, tmp_path: Path, site: Site, capsys: pytest.CaptureFixture[str]
    ) -> None:
        config = config_of(tmp_path, site.url)
        assert "not-a-feed" in output_of(capsys, "check", f"{site.url}/1", "--config", config, status=1)
        assert "http-404" in output_of(capsys, "check", f"{site.url}/none", "--config", config, status=1)
        assert "private-address" in output_of(capsys, "check", f"{site.url}/feed.xml", status=1)
        assert main(["feeds", "check"]) == 2
        assert main(["feeds", "check", "ftp://a.example/"]) == 2


class TestDiscover:
    def test_finds_the_feeds_that_a_page_and_robots_txt_announce(
        self, tmp_path: Path, site: Site, capsys: pytest.CaptureFixture[str]
    ) -> None:
        site.pages["/"] = Answer(
            "<html><head><base href='/a/'><link rel='alternate' type='application/rss+xml' href='/gone.xml'>"
            "<link rel='alternate' hreflang='fr' href='/fr'><link rel='stylesheet' href='/x.css'>"
            "<LINK REL='Alternate home' TYPE='application/rss+xml' HREF='../feed.xml'></head></html>"
        )
        site.pages["/robots.txt"] = Answer(f"Sitemap: {site.url}/plain.xml", "text/plain")
        site.pages["/plain.xml"] = Answer("<urlset/>", "text/xml")
        found = json.loads(
            output_of(capsys, "discover", f"{site.url}/", "--config", config_of(tmp_path, site.url), "--json")
        )
        assert [(feed["url"], feed["status"]) for feed in found] == [
            (f"{site.url}/feed.xml", "read"),
            (f"{site.url}/gone.xml", "failed"),
        ]

    def test_reports_a_page_without_feeds(
        self, tmp_path: Path, site: Site, capsys: pytest.CaptureFixture[str]
    ) -> None:
        config = config_of(tmp_path, site.url)
        assert "announces no feed" in output_of(
            capsys, "discover", f"{site.url}/1", "--config", config, status=1
        )
        assert main(["feeds", "discover", f"{site.url}/none", "--config", config]) == 1
        assert "http-404" in capsys.readouterr().err


class TestImport:
    OPML = (
        '<opml version="2.0"><body><outline text="World"><outline text="Gazette" xmlUrl="https://g.example/rss"/>'
        '<outline xmlUrl="https://h.example/rss"/></outline><outline xmlUrl="https://h.example/rss"/>'
        '<outline xmlUrl="https://known.example/rss"/></body></opml>'
    )

    def test_prints_the_feeds_in_the_form_of_a_config(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "list.opml").write_text(self.OPML)
        config = config_of(tmp_path, "https://known.example/rss")
        assert main(["feeds", "import", str(tmp_path / "list.opml"), "--config", config]) == 0
        printed = capsys.readouterr()
        (tmp_path / "new.yaml").write_text(f"output: ./news\n{printed.out}")
        feeds = load_config(str(tmp_path / "new.yaml"), None).feeds
        assert [(feed.url, feed.publisher) for feed in feeds] == [
            ("https://g.example/rss", "Gazette"),
            ("https://h.example/rss", None),
        ]
        assert "https://known.example/rss: left out, already in the config" in printed.err
        assert "https://h.example/rss: left out, more than once in the file" in printed.err

    def test_names_what_is_wrong_with_a_file(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "list.opml").write_text("<html/>")
        assert main(["feeds", "import", str(tmp_path / "list.opml")]) == 2
        assert "expected an OPML file" in capsys.readouterr().err
        (tmp_path / "list.opml").write_text('<opml version="2.0"><body/></opml>')
        assert main(["feeds", "import", str(tmp_path / "list.opml")]) == 2
        assert "no feed found" in capsys.readouterr().err

    def test_prints_json(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "list.opml").write_text(self.OPML)
        feeds = json.loads(output_of(capsys, "import", str(tmp_path / "list.opml"), "--json"))["feeds"]
        assert feeds[:2] == [
            {"url": "https://g.example/rss", "publisher": "Gazette"},
            "https://h.example/rss",
        ]

    def test_reports_a_binary_config_in_one_line(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "config.yaml").write_bytes(b"\x80\x81")
        assert main(["feeds", str(tmp_path / "config.yaml")]) == 2
        assert capsys.readouterr().err.count("\n") == 1
