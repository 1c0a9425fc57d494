"""The feeds of a config, joined with the state of their last polls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pipeline.config import Config
from pipeline.dataset.state import State
from transforms.feeds import adopted
from transforms.records import DueFeed
from transforms.store.tables import poll_of


def feeds_of(config: Config, state: State, at: datetime) -> Iterator[DueFeed]:
    """Yield the feeds of a config, each with its last poll, if any."""
    configured = {source.url for source in config.feeds}
    for source in config.feeds:
        last = poll_of(state.feeds[source.url]) if source.url in state.feeds else None
        yield DueFeed(source, last, adopted(source, last, at, configured))
