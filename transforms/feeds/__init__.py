"""Feeds: PollFeeds reads them, SelectNew keeps the entries that no run has decided.

StreamFeeds and RememberEntries do the same in a streaming job.
"""

from transforms.feeds.keys import with_keys
from transforms.feeds.parse.document import NotAFeedError, announced
from transforms.feeds.parse.feed import parse_feed
from transforms.feeds.poll import PollFeeds, poll_outcome
from transforms.feeds.schedule import adopted, due_feeds
from transforms.feeds.select import CountDue, SelectNew, by_host, distinct
from transforms.feeds.stream import RememberEntries, StreamFeeds

__all__ = [
    "CountDue",
    "NotAFeedError",
    "PollFeeds",
    "RememberEntries",
    "SelectNew",
    "StreamFeeds",
    "adopted",
    "announced",
    "by_host",
    "distinct",
    "due_feeds",
    "parse_feed",
    "poll_outcome",
    "with_keys",
]
