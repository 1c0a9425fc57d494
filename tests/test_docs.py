"""The documentation describes what there is, and its examples run.

A command, option, config key, column or reason code that is not described fails here.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from pipeline import __version__
from pipeline.cli.arguments import build_parser, parse
from pipeline.config import CopySettings, load_config
from transforms.reasons import Reason
from transforms.regions import RegionSettings
from transforms.store.tables import ARTICLE_SCHEMA, COPY_SCHEMA, REJECT_SCHEMA
from transforms.web.client import FetchSettings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), ROOT / "deploy/README.md"]
MAX_README_BYTES = 8_192


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def rows(text: str) -> dict[str, list[str]]:
    """Rows of Markdown tables by their first cell, without backticks."""
    lines = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in lines}


def commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    (action,) = (one for one in build_parser()._actions if isinstance(one, argparse._SubParsersAction))
    yield from action.choices.items()


@pytest.mark.parametrize("name", dict(commands()))
def test_every_command_and_option_is_described(name: str) -> None:
    text = page("cli.md")
    assert f"`copytaster {name}" in text
    for action in dict(commands())[name]._actions:
        for option in action.option_strings:
            if option not in ("-h", "--help"):
                assert re.search(rf"^\| `{option}[ `]", text, re.MULTILINE), f"{name} {option}"


def test_every_command_and_option_has_help() -> None:
    for name, parser in commands():
        assert parser.description, name
        for action in parser._actions:
            assert action.help, f"{name} {action.dest}"


def test_every_key_of_the_config_is_described_with_its_default() -> None:
    described = rows(page("configuration.md"))
    for section, settings in (
        ("fetch", FetchSettings),
        ("copies", CopySettings),
        ("regions", RegionSettings),
    ):
        for field in dataclasses.fields(settings):
            cells = described[f"{section}.{field.name}"]
            default = getattr(settings(), field.name)
            if isinstance(default, bool | int | float):
                assert yaml.safe_load(cells[0]) == default
    for key in ("output", "feeds[].url", "feeds[].publisher", "feeds[].country", "feeds[].opml"):
        assert key in described


def test_every_column_is_described_with_its_type() -> None:
    text = page("dataset.md")
    described = rows(text[: text.index("## Columns of rejects/")])
    for field in COPY_SCHEMA:
        assert described[field.name][0] == arrow_type(str(field.type)), field.name
    assert set(ARTICLE_SCHEMA.names) < set(COPY_SCHEMA.names)
    described = rows(text[text.index("## Columns of rejects/") :])
    for field in REJECT_SCHEMA:
        assert described[field.name][0] == arrow_type(str(field.type)), field.name


def arrow_type(text: str) -> str:
    """A type as the documentation writes it: without the names of list items."""
    return re.sub(r"<(?:item|element): ", "<", text)


def test_every_reason_code_is_described() -> None:
    described = rows(page("dataset.md"))
    assert [reason for reason in Reason if reason not in described] == []


def test_the_documentation_index_links_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in DOCS.glob("*.md"):
        assert f"docs/{path.name}" in readme
    index = page("decisions/README.md")
    for path in DOCS.glob("decisions/0*.md"):
        assert f"({path.name})" in index


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]*)(?:#[^)]*)?\)", text):
        if target and "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_and_programs_that_are_named_exist(path: Path) -> None:
    if path.name == "CHANGELOG.md":  # It names what was.
        return
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:pipeline|transforms|tests|benchmarks|deploy|configs)/[\w./-]*)`", text):
        assert (ROOT / name).exists(), name
    for module in re.findall(r"python -m ((?:benchmarks|transforms|copytaster)[\w.]*)", text):
        assert (ROOT / f"{module.replace('.', '/')}.py").exists() or (ROOT / module).is_dir(), module
    targets = re.findall(r"^(\w[\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for target in re.findall(r"(?:`|\$ )make ([\w-]+)", text):
        assert target in targets, target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_are_taken_as_they_are_written(path: Path) -> None:
    for block in blocks(path.read_text(encoding="utf-8"), "console"):
        for line in block.splitlines():
            matched = re.match(r"\$ (?:\.venv/bin/)?copytaster (.*)", line.split("  #")[0])
            if matched and "$(" not in line:
                parse(shlex.split(matched[1]))


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_bytes()) <= MAX_README_BYTES


def test_the_readmes_config_is_a_config(tmp_path: Path) -> None:
    (text,) = blocks((ROOT / "README.md").read_text(encoding="utf-8"), "yaml")
    assert len(text.splitlines()) <= 10
    (tmp_path / "run.yaml").write_text(text)
    assert len(load_config(tmp_path / "run.yaml").feeds) == 2


def test_the_example_of_the_configuration_is_a_config(tmp_path: Path) -> None:
    (text,) = blocks(page("configuration.md"), "yaml")
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds/world.opml").write_text(
        '<opml><body><outline xmlUrl="https://a.example/f"/></body></opml>'
    )
    (tmp_path / "run.yaml").write_text(text)
    assert len(load_config(tmp_path / "run.yaml").feeds) == 3


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo has run, as the README says; `news` is the same dataset."""
    folder = tmp_path_factory.mktemp("readme")
    command = [sys.executable, "-m", "copytaster", "demo"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (folder / "news").symlink_to("demo-news")
    return folder


def test_the_demo_files_what_the_readme_says(demo: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    counts = re.search(r"files (\d+) stories and (\d+) copies", text)
    assert counts
    for table, count in zip(("articles", "copies"), counts.groups(), strict=True):
        files = f"{demo}/demo-news/{table}/**/*.parquet"
        assert duckdb.sql(f"select count(*) from '{files}'").fetchone() == (int(count),)


def test_the_readmes_query_has_the_readmes_answer(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (query,) = blocks(text, "sql")
    (answer,) = re.findall(r"```sql.*?```\n\n```\n(.*?)```", text, re.DOTALL)
    found = [tuple(map(str, row)) for row in duckdb.sql(query).fetchall()]
    assert found == [tuple(re.split(r"\s{2,}", line)) for line in answer.splitlines()]


def test_the_readmes_rows_are_those_of_the_demo(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo)
    shown = rows((ROOT / "README.md").read_text(encoding="utf-8"))
    story, publisher, agency, dateline, country, region, language, words = duckdb.sql(
        "select story_id, publisher, agency, dateline, country, region, language, word_count "
        "from read_parquet('demo-news/articles/**/*.parquet', hive_partitioning = true) "
        f"where title = '{shown['title'][0]}'"
    ).fetchall()[0]
    assert shown["publisher, agency"] == [f"{publisher}, `{agency}`"]
    assert shown["dateline"] == [dateline]
    assert shown["country, region"] == [f"`{country}`, `{region}`"]
    assert shown["language, word_count"] == [f"`{language}`, {words}"]
    copies = duckdb.sql(
        "select publisher, title, match, printf('%.2f', similarity) "
        f"from read_parquet('demo-news/copies/**/*.parquet') where story_id = '{story}'"
    ).fetchall()
    assert {name: shown[name] for name, *_ in copies} == {name: cells for name, *cells in copies}


def queries() -> Iterator[object]:
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for language in ("sql", "python"):
            for number, block in enumerate(blocks(text, language)):
                yield pytest.param(language, block, id=f"{path.stem}-{language}-{number}")


@pytest.mark.parametrize(("language", "block"), queries())
def test_queries_and_programs_run(
    language: str, block: str, demo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(demo)
    if language == "sql":
        assert duckdb.sql(block).fetchall()
    else:
        exec(compile(block, "example", "exec"), {"__name__": "example"})
        if "TagRegions" in block:
            assert capsys.readouterr().out == "AF southern-asia\n"


def test_the_version_is_the_same_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__
    assert f"## [{__version__}] - {citation['date-released']}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
