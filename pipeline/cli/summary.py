"""The summary at the end of a run."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.wording import counted
from transforms.records import UPDATE
from transforms.store.parquet import read_table

MAX_STORIES = 5
"""Maximum number of most carried stories in a summary."""
MAX_TITLE_CHARS = 56


def summary(manifest: Mapping[str, Any], output: str) -> str:
    """Return a run's summary: counts, most carried stories, regions, rejects, and the dataset's path.

    Reads only files that the run wrote.
    """
    counts = manifest["counts"]
    lines = [
        f"{headline(manifest)} from {counted(counts['feeds'], 'feed')}",
        f"  feeds     {counts['feeds']:,} polled, {counts['feeds_unchanged']:,} unchanged, "
        f"{counts['feeds_failed']:,} failed",
        f"  entries   {counts['entries']:,} read, {counts['entries_known']:,} known, "
        f"{counts['entries_due']:,} due, {counts['postponed']:,} postponed",
    ]
    articles = _rows(manifest, output, "articles", ["article_id", "title", "agency", "country"])
    copy_rows = _rows(manifest, output, "copies", ["story_id", "match"])
    copies = [row for row in copy_rows if row["match"] != UPDATE]
    updated = len(copy_rows) - len(copies)
    lines += _named("regions", _regions(manifest).most_common())
    lines += _named("rejects", counts["rejects"].items())
    lines += [f"  updates   {counted(updated, 'later version')} among the copies"] if updated else []
    lines += _most_carried(articles, copies)
    lines.append(f"  dataset   {output}")
    if counts["articles"] and "://" not in output:
        lines += ["", "Try:", f"  {_query(output)}"]
    return "\n".join(lines)


def headline(manifest: Mapping[str, Any]) -> str:
    """Return one line with the number of stories and copies."""
    counts = manifest["counts"]
    return (
        f"{manifest['run_id']}: {counted(counts['articles'], 'story', 'stories')} and "
        f"{counted(counts['copies'], 'copy', 'copies')} filed"
    )


def _query(output: str) -> str:
    # Suggest a command that works here: the Python package if it is installed, otherwise DuckDB's program.
    files = repr(f"{output}/articles/**/*.parquet")
    if not importlib.util.find_spec("duckdb"):
        query = f"select region, count(*) from read_parquet({files}, hive_partitioning=true) group by all"
        return f"duckdb -c {_double_quoted(query)}"
    count = f"duckdb.read_parquet({files}, hive_partitioning=True).aggregate('region, count(*) as stories')"
    return f"{sys.executable} -c {_double_quoted(f'import duckdb; print({count})')}"


def _double_quoted(text: str) -> str:
    # Double quotes are easier to read than shlex.quote's result, if the text allows them.
    return shlex.quote(text) if set(text) & set('"$`\\!') else '"' + text + '"'


def _rows(manifest: Mapping[str, Any], output: str, table: str, columns: list[str]) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = []
    for file in manifest["files"]:
        if file["path"].startswith(f"{table}/"):
            result += read_table(f"{output}/{file['path']}", columns).to_pylist()
    return result


def _regions(manifest: Mapping[str, Any]) -> Counter[str]:
    regions: Counter[str] = Counter()
    for file in manifest["files"]:
        parts = dict(part.split("=", 1) for part in file["path"].split("/") if "=" in part)
        if file["path"].startswith("articles/"):
            regions[parts["region"]] += file["rows"]
    return regions


def _most_carried(articles: list[dict[str, Any]], copies: list[dict[str, Any]]) -> list[str]:
    copies_of = Counter(copy["story_id"] for copy in copies)
    carried = [story for story in articles if copies_of[story["article_id"]]]
    carried.sort(
        key=lambda story: (-copies_of[story["article_id"]], story["title"] or "", story["article_id"])
    )
    lines = []
    for index, story in enumerate(carried[:MAX_STORIES]):
        title = story["title"] or "(no title)"
        title = title if len(title) <= MAX_TITLE_CHARS else f"{title[: MAX_TITLE_CHARS - 1].rstrip()}…"
        about = ", ".join(filter(None, (story["agency"], story["country"])))
        label = f"{'carried' if index == 0 else '':<10}"
        number = counted(copies_of[story["article_id"]], "copy", "copies")
        lines.append(f"  {label}{number:<9} {title}{f' ({about})' if about else ''}")
    return lines


def _named(label: str, numbers: Iterable[tuple[str, int]]) -> list[str]:
    text = ", ".join(f"{number:,} {name}" for name, number in numbers)
    return [f"  {label:<10}{text}"] if text else []
