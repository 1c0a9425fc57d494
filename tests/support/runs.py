"""Whole runs over sites on loopback: a config, articles to publish, and stored rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipeline.config import Config, CopySettings
from tests.support.sites import Answer, Site, article_page, rss
from transforms.records import FeedSource
from transforms.web.client import FetchSettings

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
WIRE = [
    "OTTAWA (CP) — The cabinet agreed on Wednesday to buy twelve icebreakers for the northern coast guard, "
    "the largest order of its kind in forty years.",
    "Transport Minister Odile Tran said the first ship would be afloat by the spring of 2029 and that four "
    "of the hulls would be laid down at the yard in Halifax.",
    "The opposition called the price, 9.4 billion dollars, a guess. Shipbuilders in Quebec had asked for the "
    "whole order and were given five ships.",
    "The vessels replace a fleet whose oldest member entered service in 1969 and spent most of last winter "
    "tied up with a cracked shaft.",
]
LOCAL_NEWS = [
    "The ferry between Tarn and Oldhaven sailed again on Thursday after eleven weeks in dry dock, and the "
    "first crossing carried more bicycles than cars.",
    "Harbour master Ellen Vick said the new engine burned a third less fuel than the one it replaced, which "
    "had been in service since the year the bridge was closed.",
    "Fares stay as they were until the autumn, when the council will decide whether the night crossing is to "
    "be kept through the winter months.",
]


def config_of(output: Path, *sites: Site, **fetch: Any) -> Config:
    settings = {"timeout_s": 2.0, "per_host_delay_s": 0.0, "allow_private_addresses": True, **fetch}
    feeds = tuple(FeedSource(f"{site.url}/feed.xml") for site in sites)
    return Config(str(output), feeds, FetchSettings(**settings), CopySettings(), "0" * 64)


def publish(site: Site, number: int, title: str, paragraphs: list[str], feed_title: str = "Gazette") -> None:
    """Add an article to a site and its feed."""
    items = getattr(site, "items", [])
    items.insert(
        0,
        {"title": title, "link": f"{site.url}/{number}", "published": NOW - timedelta(hours=24 - number)},
    )
    site.items = items  # type: ignore[attr-defined]
    site.pages[f"/{number}"] = Answer(article_page(title, paragraphs))
    site.pages["/feed.xml"] = rss(site.url, items, feed_title)


def rows(output: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table, with the columns of their folders."""
    pattern = f"{output}/{table}/**/*.parquet"
    if not list(output.glob(f"{table}/**/*.parquet")):
        return []
    relation = duckdb.sql(f"select * from read_parquet('{pattern}', hive_partitioning=true)")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
