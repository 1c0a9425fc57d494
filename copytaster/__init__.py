"""copytaster: news feeds to Parquet, each story once, its copies linked, its region tagged.

The public names. They are imported when they are first used, so that the command starts fast and can say so
if another package hides ours.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from copytaster.packages import require_own_packages

if TYPE_CHECKING:
    from pipeline import __version__ as __version__
    from pipeline.config import Config as Config
    from pipeline.config import load_config as load_config
    from pipeline.errors import ConfigError as ConfigError
    from pipeline.errors import DatasetError as DatasetError
    from pipeline.errors import RunError as RunError
    from pipeline.run.batch import run as run
    from transforms.copies import GroupCopies as GroupCopies
    from transforms.extract import ExtractArticles as ExtractArticles
    from transforms.feeds import PollFeeds as PollFeeds
    from transforms.feeds import SelectNew as SelectNew
    from transforms.feeds.warc import ReadWarcs as ReadWarcs
    from transforms.fetch import FetchPages as FetchPages
    from transforms.reasons import Reason as Reason
    from transforms.records import Article as Article
    from transforms.records import Clock as Clock
    from transforms.records import Entry as Entry
    from transforms.records import FeedSource as FeedSource
    from transforms.records import Page as Page
    from transforms.records import Postponed as Postponed
    from transforms.records import Reject as Reject
    from transforms.regions import RegionSettings as RegionSettings
    from transforms.regions import TagRegions as TagRegions
    from transforms.store.write import WriteDataset as WriteDataset
    from transforms.web.client import FetchSettings as FetchSettings

_HOMES = {
    "pipeline": ("__version__",),
    "pipeline.config": ("Config", "load_config"),
    "pipeline.errors": ("ConfigError", "DatasetError", "RunError"),
    "pipeline.run.batch": ("run",),
    "transforms.copies": ("GroupCopies",),
    "transforms.extract": ("ExtractArticles",),
    "transforms.feeds": ("PollFeeds", "SelectNew"),
    "transforms.feeds.warc": ("ReadWarcs",),
    "transforms.fetch": ("FetchPages",),
    "transforms.reasons": ("Reason",),
    "transforms.records": ("Article", "Clock", "Entry", "FeedSource", "Page", "Postponed", "Reject"),
    "transforms.regions": ("RegionSettings", "TagRegions"),
    "transforms.store.write": ("WriteDataset",),
    "transforms.web.client": ("FetchSettings",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require_own_packages()
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted(_HOME_OF)
