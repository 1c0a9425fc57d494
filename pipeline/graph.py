"""The way of an article, from feeds or WARC files to the files of a run: the whole on one screen."""

from __future__ import annotations

from typing import Any, NamedTuple

import apache_beam as beam

from pipeline.plan import Plan
from transforms.copies import GroupCopies, signature
from transforms.extract import DropRepeats, ExtractArticles
from transforms.feeds import CountDue, PollFeeds, SelectNew
from transforms.fetch import FetchPages
from transforms.records import DueFeed
from transforms.regions import TagRegions
from transforms.spool import SpoolArticles
from transforms.store import WriteDataset
from transforms.warc import ReadWarcs


class Read(NamedTuple):
    """Pages, and what else came of the entries that were due, as WriteDataset takes it."""

    pages: Any
    rejects: Any
    outcomes: dict[str, Any]


def build(root: beam.Pipeline, plan: Plan) -> None:
    """Adds the graph of a run to a pipeline.

    Every entry that is due leaves it exactly once: filed as a story or a copy,
    rejected with a reason, or postponed. From reading pages to spooling articles is
    one stage; only slips of articles cross a shuffle, never text or HTML.
    """
    read = from_warcs(root, plan) if plan.warcs else from_feeds(root, plan)
    articles, not_extracted = read.pages | ExtractArticles(plan.extractors)
    slips = articles | TagRegions() | SpoolArticles(plan.staging, digest=signature)
    slips, repeated = slips | DropRepeats(plan.filed)
    filed = slips | GroupCopies(plan.history)
    rejects = (read.rejects, not_extracted, repeated) | "Rejects" >> beam.Flatten()
    outcomes = {"filed": filed, "rejects": rejects, **read.outcomes}
    _ = outcomes | WriteDataset(plan.staging, plan.run_id, keep_text=plan.config.copies.keep_text)


def from_feeds(root: beam.Pipeline, plan: Plan) -> Read:
    """Polls feeds, and fetches the pages of entries that are new or were put off until now."""
    fetch, clock = plan.config.fetch, plan.clock
    feeds = root | "DueFeeds" >> beam.Create(plan.feeds).with_output_types(DueFeed)
    entries, polls = feeds | PollFeeds(fetch, clock)
    due = entries | SelectNew(plan.seen, plan.put_off)
    pages, rejects, postponed = due | FetchPages(fetch, clock)
    return Read(pages, rejects, {"postponed": postponed, "polls": polls, "due": due | CountDue()})


def from_warcs(root: beam.Pipeline, plan: Plan) -> Read:
    """Reads the pages of WARC files that no run has seen."""
    paths = root | "Warcs" >> beam.Create(plan.warcs).with_output_types(str)
    pages, rejects, polls, due = paths | ReadWarcs(plan.seen, plan.config.fetch.max_bytes, plan.clock)
    return Read(pages, rejects, {"polls": polls, "due": due})
