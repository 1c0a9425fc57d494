"""The whole pipeline on one screen: from feeds or WARC files to the dataset.

    PollFeeds → SelectNew → FetchPages ─┐
    ReadWarcs ──────────────────────────┴→ ExtractArticles → TagRegions → SpillArticles
        → DropRepeats → GroupCopies, FileUpdates → WriteDataset

A streaming job extracts and tags articles with the same steps, between StreamFeeds → RememberEntries →
StreamPages and PackArticles → CommitIntervals.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.transforms.periodicsequence import PeriodicImpulse
from apache_beam.utils.timestamp import Timestamp

from pipeline.commit.intervals import CommitIntervals
from pipeline.plan import Plan, StreamPlan
from transforms.copies import DropRepeats, FileUpdates, GroupCopies, signature
from transforms.extract import ExtractArticles
from transforms.feeds import CountDue, PollFeeds, RememberEntries, SelectNew, StreamFeeds, by_host
from transforms.feeds.warc import ReadWarcs
from transforms.fetch import FetchPages, StreamPages
from transforms.records import Article, DueFeed, Page, Reject
from transforms.regions import TagRegions
from transforms.store.spill import PackArticles, SpillArticles
from transforms.store.tables import DataFile
from transforms.store.write import WriteDataset

Keyed = tuple[str, bytes]
"""A host, and its feeds or entries, packed."""
Outcomes = dict[str, beam.PCollection[Any]]
"""Records for the commit, by name."""


class Tagged(NamedTuple):
    """Articles with their regions, rejected entries, and further outcomes."""

    articles: beam.PCollection[Article]
    rejects: beam.PCollection[Reject]
    outcomes: Outcomes


def build(root: beam.Pipeline, plan: Plan) -> beam.PCollection[DataFile]:
    """Build the graph of a batch run; return the files that it writes.

    Every due entry leaves it exactly once: filed as a story, a copy or a later version, rejected with a
    reason, or postponed. Fetching, extracting, tagging and spilling are one stage; only article refs
    cross a shuffle, never text or HTML.
    """
    tagged = from_warcs(root, plan) if plan.warcs else from_feeds(root, plan)
    refs = tagged.articles | SpillArticles(plan.staging, digest=signature)
    new, updates, repeated = refs | DropRepeats(plan.filed)
    versions, unchanged = updates | FileUpdates(plan.history, plan.filed)
    stories_and_copies = new | GroupCopies(plan.history)
    filed = (stories_and_copies, versions) | "Filed articles" >> beam.Flatten()
    rejects = (tagged.rejects, repeated, unchanged) | "All rejects" >> beam.Flatten()
    outcomes = {"filed": filed, "rejects": rejects, **tagged.outcomes}
    return outcomes | WriteDataset(plan.staging, plan.run_id, keep_text=plan.config.copies.keep_text)


def build_stream(root: beam.Pipeline, plan: StreamPlan) -> beam.PCollection[dict[str, Any]]:
    """Build the graph of a streaming job; return the manifests of its commits."""
    tagged = stream_feeds(root, plan)
    refs = tagged.articles | PackArticles(digest=signature)
    outcomes = {"articles": refs, "rejects": tagged.rejects, **tagged.outcomes}
    # Halfway between two polls, because the pages of the first are fetched by then.
    commit_ticks = root | "Commit ticks" >> ticks(plan, delay=plan.every / 2)
    return (outcomes, commit_ticks) | CommitIntervals(plan.config, plan.job)


def from_feeds(root: beam.Pipeline, plan: Plan) -> Tagged:
    """Poll feeds, and fetch the pages of new and postponed entries that are due."""
    fetch, clock = plan.config.fetch, plan.clock
    feeds = root | "Due feeds" >> beam.Create(plan.feeds).with_output_types(DueFeed)
    entries, polls = feeds | PollFeeds(fetch, clock)
    due = entries | SelectNew(plan.seen, plan.retries, plan.history.not_before)
    pages, rejects, postponed = due | FetchPages(fetch, clock)
    outcomes = {"postponed": postponed, "polls": polls, "due": due | CountDue()}
    return extract(pages, rejects, outcomes, plan)


def from_warcs(root: beam.Pipeline, plan: Plan) -> Tagged:
    """Read the pages of WARC files whose entries no earlier run has decided."""
    paths = root | "WARC files" >> beam.Create(plan.warcs).with_output_types(str)
    pages, rejects, polls, due = paths | ReadWarcs(plan.seen, plan.config.fetch.max_bytes, plan.clock)
    return extract(pages, rejects, {"polls": polls, "due": due}, plan)


def stream_feeds(root: beam.Pipeline, plan: StreamPlan) -> Tagged:
    """Poll feeds at each tick, and fetch the page of each entry as soon as it is due."""
    fetch, feeds = plan.config.fetch, by_host(plan.feeds)
    poll_ticks = root | "Poll ticks" >> ticks(plan)
    due_feeds = poll_ticks | "Feeds by host" >> beam.FlatMap(lambda _: feeds).with_output_types(Keyed)
    entries, polls = due_feeds | StreamFeeds(fetch)
    new, listed = entries | RememberEntries(plan.seen, plan.config.copies.horizon)
    retries = root | "Postponed entries" >> beam.Create(by_host(plan.postponed)).with_output_types(Keyed)
    pages, rejects, postponed = (new, retries) | "Entries to fetch" >> beam.Flatten() | StreamPages(fetch)
    outcomes = {"postponed": postponed, "polls": polls, "listed": listed}
    return extract(pages, rejects, outcomes, plan)


def extract(
    pages: beam.PCollection[Page],
    rejects: beam.PCollection[Reject],
    outcomes: Outcomes,
    plan: Plan | StreamPlan,
) -> Tagged:
    """Extract articles from pages and tag them with regions."""
    articles, not_extracted = pages | ExtractArticles(plan.extractors)
    rejects = (rejects, not_extracted) | "Rejects of fetching and extraction" >> beam.Flatten()
    return Tagged(articles | TagRegions(plan.config.regions), rejects, outcomes)


def ticks(plan: StreamPlan, delay: timedelta = timedelta()) -> beam.PTransform:
    """Emit an element at each multiple of the plan's interval."""
    start = Timestamp.from_utc_datetime(plan.start + delay)
    return PeriodicImpulse(start, fire_interval=plan.every.total_seconds())
