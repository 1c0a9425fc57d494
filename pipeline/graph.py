"""The way of an article, from the feeds that are due to the files of a run: the whole on one screen."""

from __future__ import annotations

import apache_beam as beam

from pipeline.plan import Plan
from transforms.copies import GroupCopies, signature
from transforms.extract import DropRepeats, ExtractArticles
from transforms.feeds import PollFeeds, SelectNew
from transforms.fetch import FetchPages
from transforms.records import DueFeed
from transforms.regions import TagRegions
from transforms.spool import SpoolArticles
from transforms.store import WriteDataset


def build(root: beam.Pipeline, plan: Plan) -> None:
    """Adds the graph of a run to a pipeline.

    Every entry that is due leaves it exactly once: filed as a story or a copy,
    rejected with a reason, or postponed. FetchPages, ExtractArticles and
    TagRegions run as one stage; only articles cross a shuffle, never HTML.
    """
    fetch, clock = plan.config.fetch, plan.clock

    feeds = root | "DueFeeds" >> beam.Create(plan.feeds).with_output_types(DueFeed)
    entries, polls = feeds | PollFeeds(fetch, clock)
    due = entries | SelectNew(plan.seen, plan.put_off)

    pages, not_fetched, postponed = due | FetchPages(fetch, clock)
    articles, not_extracted = pages | ExtractArticles(plan.extractors)
    slips = articles | TagRegions() | SpoolArticles(plan.staging, digest=signature)
    slips, repeated = slips | DropRepeats(plan.filed)
    filed = slips | GroupCopies(plan.history)

    rejects = (not_fetched, not_extracted, repeated) | "Rejects" >> beam.Flatten()
    outcomes = {
        "filed": filed,
        "rejects": rejects,
        "postponed": postponed,
        "polls": polls,
        "due": due,
    }
    _ = outcomes | WriteDataset(plan.staging, plan.run_id, keep_text=plan.config.copies.keep_text)
