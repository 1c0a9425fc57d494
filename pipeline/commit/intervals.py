"""CommitIntervals: results of a streaming job, stored and committed one interval at a time.

An interval is the time between two ticks. Each one is planned over the newest committed state, as a run is.
Runs and intervals may therefore follow each other, and anything that a runner repeats after a failure is
recognised and left out.
"""

from __future__ import annotations

import dataclasses
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.transforms.userstate import BagStateSpec
from apache_beam.utils.timestamp import Timestamp

from pipeline.commit.transaction import Results, clear, commit, publish
from pipeline.config import Config
from pipeline.dataset.fencing import require_claim
from pipeline.dataset.layout import Dataset
from pipeline.dataset.lock import hold
from pipeline.plan import Plan, plan_run
from transforms.copies import decide, file_update, first_of
from transforms.records import ArticleRef, Clock, Decision, FeedPoll, Filed, Postponed, Reject, ReseenEntries
from transforms.store.coders import pack, unpack
from transforms.store.keys import KnownKeys, pack_keys
from transforms.store.tables import (
    ARTICLES,
    COPIES,
    COPIES_WITHOUT_TEXT,
    POLLS,
    REJECTS,
    DataFile,
    entry_of_row,
    postponed_row,
)
from transforms.store.write import write_group

MAX_POLLS_AGE = timedelta(hours=1)
"""Maximum age of polls before an interval without articles is committed."""

LOG = logging.getLogger("copytaster.commit")

Outcome = ArticleRef | Reject | Postponed
TICK = b""
"""The element that ends an interval; a packed record is never empty."""


@dataclasses.dataclass(frozen=True)
class CommitInterval:
    """The polls and the outcomes of entries between two ticks."""

    outcomes: tuple[Outcome, ...]
    polls: tuple[FeedPoll, ...]
    listed: tuple[ReseenEntries, ...]

    @classmethod
    def of(cls, records: Iterable[Any]) -> CommitInterval:
        """Sort records into an interval."""
        by_type: dict[type, list[Any]] = defaultdict(list)
        for record in records:
            by_type[type(record)].append(record)
        return cls(
            (*by_type[ArticleRef], *by_type[Reject], *by_type[Postponed]),
            tuple(sorted(by_type[FeedPoll], key=lambda poll: (poll.polled_at, poll.url))),
            tuple(by_type[ReseenEntries]),
        )

    def worth_filing(self, at: datetime) -> bool:
        """Return True if there is an outcome, or a poll old enough to be stored."""
        return bool(self.outcomes) or any(poll.polled_at < at - MAX_POLLS_AGE for poll in self.polls)


def keys_of(outcome: Outcome) -> tuple[str, ...]:
    """Return the keys of the entry behind an outcome."""
    return outcome.entry.remembered if isinstance(outcome, Postponed) else outcome.keys


def not_filed_before(
    outcomes: Iterable[Outcome], seen: KnownKeys, postponed_keys: Iterable[tuple[str, ...]]
) -> list[Outcome]:
    """Return one outcome per entry, leaving out entries that an earlier commit decided.

    A runner that restarts after a failure repeats outcomes. For an entry that was postponed and tried
    again within the interval, the last outcome counts.
    """
    postponed = {keys[0] for keys in postponed_keys}
    last: dict[str, Outcome] = {}
    for outcome in outcomes:
        keys = keys_of(outcome)
        if keys[0] not in postponed and any(key in seen for key in keys):
            continue
        previous = last.get(keys[0])
        if previous is None or _finality(outcome) > _finality(previous):
            last[keys[0]] = outcome
    return list(last.values())


def _finality(outcome: Outcome) -> tuple[bool, int]:
    return (False, outcome.entry.attempts) if isinstance(outcome, Postponed) else (True, 0)


def commit_interval(config: Config, interval: CommitInterval, at: datetime) -> dict[str, Any] | None:
    """Commit an interval and return its manifest; None if everything was filed before.

    Raises BusyError if another run holds the dataset, RunError if the counts do not add up, the lock was
    lost or a move failed, and any error of the filesystem. Nothing of the interval is visible then, unless
    the error says that it was committed.
    """
    dataset = Dataset(config.output)
    with hold(config.output, "a streaming commit") as lock:
        plan = dataclasses.replace(plan_run(config, dataset, at, extractors=0), clock=Clock())
        try:
            postponed = [(row, entry_of_row(row).keys) for row in plan.previous.postponed]
            fresh = not_filed_before(
                interval.outcomes, KnownKeys.load(plan.seen), (keys for _, keys in postponed)
            )
            interval = dataclasses.replace(interval, outcomes=tuple(fresh))
            if not interval.worth_filing(at):
                clear(dataset, plan.run_id)
                return None
            tried = {keys_of(outcome)[0] for outcome in fresh}
            still_postponed = tuple(row for row, keys in postponed if keys[0] not in tried)
            plan = dataclasses.replace(plan, still_postponed=still_postponed)
            manifest, state = commit(plan, dataset, lock, write(plan, interval))
        except BaseException:
            clear(dataset, plan.run_id)
            raise
        publish(dataset, plan.run_id, state)
        return manifest


def write(plan: Plan, interval: CommitInterval) -> Results:
    """Write an interval's files to the plan's staging folder, as WriteDataset does for a run."""
    outcomes = interval.outcomes
    filed, repeated = _file([item for item in outcomes if isinstance(item, ArticleRef)], plan)
    rejects = [*repeated, *(item for item in outcomes if isinstance(item, Reject))]
    postponed = [item for item in outcomes if isinstance(item, Postponed)]
    copies = COPIES if plan.config.copies.keep_text else COPIES_WITHOUT_TEXT
    groups: dict[tuple[str, str], list[Any]] = defaultdict(list)
    tables = {table.name: table for table in (ARTICLES, copies, REJECTS)}
    for item in filed:
        table = copies if item.copy_of else ARTICLES
        groups[table.name, table.partition(item)].append(item)
    for reject in rejects:
        groups[REJECTS.name, REJECTS.partition(reject)].append(reject)
    files: list[DataFile] = [
        write_group(tables[name], partition, records, plan.staging, plan.run_id)
        for (name, partition), records in sorted(groups.items(), key=lambda item: item[0])
    ]
    return Results(
        files=files,
        polls=[POLLS.row(poll) for poll in interval.polls],
        postponed=[postponed_row(item) for item in postponed],
        rejects=Counter(reject.reason for reject in rejects),
        due=len(outcomes),
        known=sum(listed.entries for listed in interval.listed),
        article_ids=[item.ref.article_id for item in filed if not item.version],
        versions=[item.version for item in filed if item.version],
        listed=_listed(outcomes, interval.listed, plan.started_at),
    )


def _file(refs: Iterable[ArticleRef], plan: Plan) -> tuple[list[Filed], list[Reject]]:
    """Apply the steps DropRepeats, GroupCopies and FileUpdates to article refs."""
    before = KnownKeys.load(plan.filed)
    by_id: dict[str, list[ArticleRef]] = defaultdict(list)
    for ref in refs:
        by_id[ref.article_id].append(ref)
    stories: list[ArticleRef] = []
    updates: list[ArticleRef] = []
    repeated: list[Reject] = []
    for article_id, same in by_id.items():
        chosen = first_of(same, filed_before=article_id in before)
        stories += [chosen.article] if chosen.article else []
        updates += [chosen.update] if chosen.update else []
        repeated += chosen.rejects
    decisions = decide(stories, plan.history) if stories else {}
    filed = [Filed(ref, decisions.get(ref.article_id, Decision())) for ref in stories]
    index = plan.history.index()
    for outcome in (file_update(ref, index, before) for ref in updates):
        if isinstance(outcome, Filed):
            filed.append(outcome)
        else:
            repeated.append(outcome)
    return filed, repeated


def _listed(
    outcomes: Iterable[Outcome], listed: Iterable[ReseenEntries], at: datetime
) -> list[tuple[str, bytes, datetime]]:
    by_feed: dict[str, set[str]] = defaultdict(set)
    for item in outcomes:
        feed_url = item.entry.feed_url if isinstance(item, Postponed) else item.feed_url
        by_feed[feed_url].update(keys_of(item))
    renewed = [(item.feed_url, item.keys, item.at) for item in listed if item.keys]
    return [*renewed, *((url, pack_keys(keys), at) for url, keys in by_feed.items())]


class _CommitIntervals(beam.DoFn):
    """('', packed record), with ('', TICK) at the end of each interval, to manifests."""

    WAITING = BagStateSpec("waiting", BytesCoder())

    def __init__(self, config: Config, job: str) -> None:
        self.config, self.job = config, job

    def process(
        self,
        element: tuple[str, bytes],
        waiting: Any = beam.DoFn.StateParam(WAITING),
        timestamp: Timestamp = beam.DoFn.TimestampParam,
    ) -> Iterator[dict[str, Any]]:
        if element[1] != TICK:
            waiting.add(element[1])
            return
        require_claim(Dataset(self.config.output), self.job)
        at = timestamp.to_utc_datetime(has_tz=True)
        interval = CommitInterval.of(map(unpack, waiting.read()))
        if not interval.worth_filing(at):
            return
        try:
            manifest = commit_interval(self.config, interval, at)
        except Exception as error:  # Catch everything: only this state holds these articles.
            LOG.warning("the commit of %d entries waits for the next tick: %s", len(interval.outcomes), error)
            return
        waiting.clear()
        if manifest:
            yield manifest


def _keyed(record: Any) -> tuple[str, bytes]:
    return "", pack(record)


def _tick(_: Any) -> tuple[str, bytes]:
    return "", TICK


class CommitIntervals(beam.PTransform):
    """Outcomes of entries to the manifests of committed intervals.

    Takes a dict of PCollections (ArticleRef, Reject, Postponed, FeedPoll, ReseenEntries), and one of
    ticks. One worker commits everything, because copies depend on the articles before them. If another
    job has claimed the dataset, this job fails: a launcher that was killed may have left it running.
    """

    def __init__(self, config: Config, job: str) -> None:
        super().__init__()
        self.config, self.job = config, job

    def expand(self, collections: tuple[dict[str, Any], Any]) -> beam.PCollection[dict[str, Any]]:
        """Emit one manifest per committed interval."""
        records, ticks = collections
        pair = tuple[str, bytes]
        keyed = [
            collection | f"Key {name}" >> beam.Map(_keyed).with_output_types(pair)
            for name, collection in records.items()
        ]
        ticks = ticks | "Tick" >> beam.Map(_tick).with_output_types(pair)
        return (
            (*keyed, ticks)
            | beam.Flatten()
            | beam.ParDo(_CommitIntervals(self.config, self.job)).with_output_types(dict[str, Any])
        )
