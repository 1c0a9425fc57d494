"""A config is used whole, or refused with one message: file, key and expected value."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipeline.config import load_config
from pipeline.errors import ConfigError
from transforms.records import FeedSource
from transforms.web.client import FetchSettings

FULL = """
output: ./news
feeds:
  - https://example.org/rss.xml
  - url: https://example.org/atom.xml
    publisher: Example Times
    country: ca
  - opml: feeds/world.opml
fetch:
  user_agent: copytaster/0.1 (+https://example.org/bot)
  timeout_s: 20
  max_bytes: 5000000
  concurrency: 32
  per_host_delay_s: 1.0
  respect_robots: true
  allow_private_addresses: false
  max_attempts: 4
copies:
  horizon_days: 14
  keep_text: true
"""
OPML = """<opml version="2.0"><body><outline text="World">
<outline type="rss" text="Le Quai" xmlUrl="https://quai.example/rss"/>
<outline type="rss" text="Again" xmlUrl="https://example.org/atom.xml"/></outline></body></opml>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds/world.opml").write_text(OPML)
    return tmp_path


def load(folder: Path, text: str, output: str | None = None):
    path = folder / "run.yaml"
    path.write_text(text)
    return load_config(path, output)


def test_every_key_of_a_config_is_read(folder: Path) -> None:
    config = load(folder, FULL)
    assert config.output == str(Path.cwd() / "news")
    assert config.feeds == (
        FeedSource("https://example.org/rss.xml"),
        FeedSource("https://example.org/atom.xml", "Example Times", "CA"),
        FeedSource("https://quai.example/rss", "Le Quai"),
    )
    assert config.fetch == FetchSettings()
    assert (config.copies.horizon_days, config.copies.keep_text, len(config.sha256)) == (14, True, 64)


def test_only_output_and_feeds_are_needed(folder: Path) -> None:
    config = load(folder, "output: gs://bucket/news/\nfeeds: [https://example.org/rss.xml]")
    assert (config.output, config.fetch) == ("gs://bucket/news", FetchSettings())


def test_the_output_of_the_command_line_replaces_that_of_the_file(folder: Path) -> None:
    assert load(folder, "feeds: [https://example.org/rss.xml]", "/tmp/x").output == "/tmp/x"


def change(path: str, value: object) -> str:
    """Return FULL with one value changed; '…' removes the key."""
    document = yaml.safe_load(FULL)
    *parents, last = path.split(".")
    target = document
    for parent in parents:
        target = target[parent]
    if value == "…":
        del target[last]
    else:
        target[last] = value
    return yaml.safe_dump(document)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("feed", [], "feed: unknown key; did you mean 'feeds'?"),
        ("fetch.timeout", 3, "fetch.timeout: unknown key; did you mean 'timeout_s'?"),
        ("fetch.timeout_s", "20", "fetch.timeout_s: expected a number from 0.1 to 600, not '20'"),
        ("fetch.timeout_s", 0, "fetch.timeout_s: expected a number from 0.1 to 600, not 0"),
        ("fetch.max_bytes", 1.5e6, "fetch.max_bytes: expected a whole number"),
        ("fetch.concurrency", True, "fetch.concurrency: expected a whole number"),
        ("fetch.respect_robots", "yes please", "fetch.respect_robots: expected true or false"),
        ("fetch.user_agent", "a\nb", "fetch.user_agent: expected printable ASCII"),
        ("fetch", [1], "fetch: expected a mapping"),
        ("copies.horizon_days", 0, "copies.horizon_days: expected a whole number from 1"),
        ("output", "…", "output: expected a folder"),
        ("output", "ftp://x/y", "output: expected a folder, gs://bucket/path or s3://bucket/path, not 'ftp"),
        ("output", "news [2026]", "output: expected a path without * ? or ["),
        ("output", 7, "output: expected a string"),
        ("feeds", "…", "feeds: expected a list"),
        ("feeds", [], "feeds: expected a list"),
        ("feeds", [7], "feeds[0]: expected a URL"),
        ("feeds", ["example.org/rss"], "feeds[0]: expected an http or https URL, not 'example.org/rss'"),
        ("feeds", ["http://[/"], "feeds[0]: expected an http or https URL"),
        ("feeds", [{"publisher": "X"}], "feeds[0].url: expected the URL of a feed"),
        ("feeds", [{"url": "https://a.example/", "language": "de"}], "feeds[0].language: unknown key"),
        ("feeds", [{"url": "https://a.example/", "country": "Canada"}], "feeds[0].country: expected an ISO"),
        ("feeds", [{"opml": "none.opml"}], "none.opml: cannot be read"),
        ("feeds", [{"opml": "run.yaml"}], "run.yaml: expected an OPML file"),
    ],
)
def test_a_fault_is_named(folder: Path, path: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(folder, change(path, value))
    assert message in str(error.value)
    assert str(folder) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "just words", "a: [", "- 1", "\x00"])
def test_a_file_that_is_not_a_config_is_refused(folder: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"run\.yaml"):
        load(folder, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file"):
        load_config(tmp_path / "none.yaml")


def test_opml_reads_nothing_from_outside_the_file(folder: Path) -> None:
    (folder / "feeds/world.opml").write_text(
        '<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/hostname">]><opml version="2.0"><body>'
        '<outline text="&x;" xmlUrl="https://quai.example/rss"/></body></opml>'
    )
    with pytest.raises(ConfigError, match="external entity"):
        load(folder, "output: x\nfeeds: [{opml: feeds/world.opml}]")


def test_the_shipped_example_is_a_config() -> None:
    config = load_config(Path(__file__).parents[2] / "configs/example.yaml")
    assert len(config.feeds) == 3
    assert config.fetch == FetchSettings()


@pytest.mark.parametrize(
    ("regions", "country", "region"),
    [
        ("groups: {nordics: [DK, SE, NO, FI, is]}", "NO", "nordics"),
        ("groups: {nordics: [DK, SE]}", "FR", "western-europe"),
        ("counted_as: {HK: CN}", "HK", "eastern-asia"),
        ("", "TW", "eastern-asia"),
    ],
)
def test_users_may_group_countries_differently(folder: Path, regions: str, country: str, region: str) -> None:
    config = load(folder, f"{FULL}regions:\n  {regions}\n")
    assert config.regions.region_of(country) == region


@pytest.mark.parametrize(
    "wrong",
    [
        "groups: {nordics: []}",
        "groups: {nordics: [DK, XX]}",
        "groups: {nordics: DK}",
        "groups: {Nordics!: [DK]}",
        "groups: {world: [DK]}",
        "groups: {one: [DK], two: [DK]}",
        "groups: [DK]",
        "counted_as: {HK: XX}",
        "counted_as: {HK: CN, CN: TW}",
        "nordics: [DK]",
    ],
)
def test_contradictory_regions_are_refused(folder: Path, wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"run.yaml: regions\."):
        load(folder, f"{FULL}regions:\n  {wrong}\n")
