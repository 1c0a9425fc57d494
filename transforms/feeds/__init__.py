"""Feeds: poll and parse them, and select the entries that have to be fetched.

PollFeeds and SelectNew serve batch runs, StreamFeeds and RememberEntries streaming jobs.
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
