"""What feeds list: PollFeeds reads them, SelectNew keeps what no run has seen."""

from transforms.feeds.new import CountDue, SelectNew, distinct
from transforms.feeds.parse import NotAFeedError, parse_feed, with_keys
from transforms.feeds.poll import PollFeeds, poll_outcome

__all__ = [
    "CountDue",
    "NotAFeedError",
    "PollFeeds",
    "SelectNew",
    "distinct",
    "parse_feed",
    "poll_outcome",
    "with_keys",
]
