"""The records that pass between steps: frozen, typed, and picklable on every runner.

Steps do not import each other; they share what stands here. Instants are
timezone-aware datetimes in UTC, sequences are tuples, keys are strings.
"""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Clock:
    """What time it is: the real time, or the one a run was told with --now."""

    fixed: datetime | None = None

    def now(self) -> datetime:
        """The instant, in UTC."""
        return self.fixed or datetime.now(UTC)


@dataclasses.dataclass(frozen=True, slots=True)
class FeedSource:
    """A feed that the config names."""

    url: str
    publisher: str | None = None
    """Overrides the feed's own title."""
    country: str | None = None
    """Where the publisher is, ISO 3166-1 alpha-2: a prior for place names."""


@dataclasses.dataclass(frozen=True, slots=True)
class DueFeed:
    """A feed to poll, and what came of its last poll."""

    source: FeedSource
    last: FeedPoll | None = None
    moved_to: str | None = None
    """Where it is asked for, where that is not its own URL."""

    @property
    def address(self) -> str:
        """Where it is asked for."""
        return self.moved_to or self.source.url


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """An item of a feed, as the feed tells it, before its page is read."""

    feed_url: str
    entry_id: str
    """The entry's own id (guid, atom:id, JSON Feed id); its link where it has none."""
    keys: tuple[str, ...]
    """Identities, strongest first; an entry is known when any of them is. An update has its version's."""
    url: str
    title: str = ""
    summary: str = ""
    content: str = ""
    """The feed's own text of the article, HTML or plain as served; may be ''."""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str | None = None
    image_url: str | None = None
    publisher: str | None = None
    publisher_country: str | None = None
    first_seen_at: datetime | None = None
    """When a poll first found the entry; never None on an entry that PollFeeds emits."""
    attempts: int = 0
    """How often earlier runs tried to fetch its page."""
    versions: tuple[str, ...] = ()
    """Where its feed tells of updates: the key of what it says of the entry, and one that it said something.
    They are remembered, but make no entry known."""
    update: bool = False
    """Whether it was known, and its feed has changed it since."""

    @property
    def remembered(self) -> tuple[str, ...]:
        """All keys that later runs have to know."""
        return (*self.keys, *self.versions)

    def as_update(self) -> Entry:
        """The entry as a later version of itself, known by what its feed says of it now."""
        return dataclasses.replace(self, keys=self.versions[:1] or self.keys, versions=(), update=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """A page as it was served; never crosses a shuffle."""

    entry: Entry
    url: str
    """After redirects."""
    body: bytes
    charset: str | None
    """As the server declared it."""
    fetched_at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A place that an article mentions, resolved."""

    name: str
    country: str
    subdivision: str | None
    latitude: float
    longitude: float
    mentions: int


@dataclasses.dataclass(frozen=True, slots=True)
class Weighted:
    """A code (ISO 3166-1 or 3166-2) and its share of the article, 0 to 1."""

    code: str
    weight: float


@dataclasses.dataclass(frozen=True, slots=True)
class Article:
    """An article, extracted: the columns of the dataset that do not depend on other articles."""

    article_id: str
    url: str
    canonical_url: str
    feed_url: str
    entry_id: str
    title: str
    text: str
    """Paragraphs parted by one blank line."""
    fetched_at: datetime
    summary: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    publisher: str | None = None
    publisher_domain: str | None = None
    publisher_country: str | None = None
    agency: str | None = None
    dateline: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str | None = None
    extraction: str = "page"
    """Where the text came from: page, json-ld or feed."""
    image_url: str | None = None
    paywalled: bool | None = None
    """Whether not all of it is free to read; None where its page says nothing."""
    truncated: bool = False
    """Whether the text is likely a part of it."""
    country: str | None = None
    region: str = "unknown"
    """Slug of the country's UN M49 sub-region, or world, or unknown."""
    countries: tuple[Weighted, ...] = ()
    subdivisions: tuple[Weighted, ...] = ()
    places: tuple[Place, ...] = ()
    keys: tuple[str, ...] = ()
    """Of the entry that led to it."""
    update: bool = False
    """Whether that was an update."""

    @property
    def dated_at(self) -> datetime:
        """The instant that dates the article: published, or fetched where that is unknown or later."""
        if self.published_at is None or self.published_at > self.fetched_at:
            return self.fetched_at
        return self.published_at


@dataclasses.dataclass(frozen=True, slots=True)
class BlobRef:
    """Where a value stands in a file of values."""

    path: str
    offset: int
    length: int
    packed: bytes = b""
    """The value itself, where it is in no file."""


@dataclasses.dataclass(frozen=True, slots=True)
class ArticleRef:
    """What steps pass on of an article, which itself waits in a file: some 300 bytes."""

    article_id: str
    url: str
    canonical_url: str
    feed_url: str
    entry_id: str
    title: str
    fetched_at: datetime
    dated_at: datetime
    region: str
    article: BlobRef
    """The Article."""
    digest: BlobRef
    """What it is compared with others by."""
    keys: tuple[str, ...] = ()
    """Of the entry that led to it."""
    update: bool = False
    """Whether that was an update."""


UPDATE = "update"
"""The match of a row of copies/ that is a later version of an article, which has a row before it."""


@dataclasses.dataclass(frozen=True, slots=True)
class CopyOf:
    """What GroupCopies decided of an article that is a copy of a story."""

    story_id: str
    similarity: float
    """0 to 1."""
    match: str
    """How it was recognised: exact, near or rewrite; UPDATE for a later version of an article."""


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """What GroupCopies learned of an article by comparing it with others."""

    copy_of: CopyOf | None = None
    """None for a story's own row."""
    agency: str | None = None
    """The wire that the article's story is credited to, where the article itself credits none."""
    boilerplate_lines: frozenset[int] = frozenset()
    """Keys (transforms.text.plain.line_key) of the lines that its publisher repeats: no part of its text."""


@dataclasses.dataclass(frozen=True, slots=True)
class Filed:
    """An article and its place among the others: a story's row, a copy of one, a later version of either."""

    ref: ArticleRef
    decision: Decision = Decision()
    version: str = ""
    """Of a later version the key of its text; '' for an article that is filed for the first time."""

    @property
    def copy_of(self) -> CopyOf | None:
        """Of which story it is a copy; None for a story's own row."""
        return self.decision.copy_of

    @property
    def story_id(self) -> str:
        """The article_id of the story's row in articles/."""
        return self.copy_of.story_id if self.copy_of else self.ref.article_id


@dataclasses.dataclass(frozen=True, slots=True)
class Reject:
    """An entry that was given up, with the reason: a row of rejects/."""

    url: str
    feed_url: str
    entry_id: str
    title: str
    stage: str
    """Which step gave it up: fetch, extract."""
    reason: str
    """A short fixed code, such as http-404 or no-text."""
    detail: str
    attempts: int
    first_seen_at: datetime
    last_tried_at: datetime
    keys: tuple[str, ...] = ()
    """Of the entry; no column."""

    @classmethod
    def of(cls, entry: Entry, stage: str, reason: str, detail: str, at: datetime) -> Reject:
        """The row for an entry given up at `at`, whose try this was."""
        return cls(
            url=entry.url,
            feed_url=entry.feed_url,
            entry_id=entry.entry_id,
            title=entry.title,
            stage=stage,
            reason=reason,
            detail=detail[:500],
            attempts=entry.attempts + 1,
            first_seen_at=entry.first_seen_at or at,
            last_tried_at=at,
            keys=entry.remembered,
        )

    @classmethod
    def of_ref(cls, ref: ArticleRef, reason: str, detail: str) -> Reject:
        """The row for an article that was extracted and is not filed."""
        return cls(
            url=ref.url,
            feed_url=ref.feed_url,
            entry_id=ref.entry_id,
            title=ref.title,
            stage="extract",
            reason=reason,
            detail=detail,
            attempts=1,
            first_seen_at=ref.fetched_at,
            last_tried_at=ref.fetched_at,
            keys=ref.keys,
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Postponed:
    """An entry whose page could not be read for a reason that may pass."""

    entry: Entry
    """With `attempts` counting the try that failed."""
    reason: str
    next_try_at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class FeedPoll:
    """What came of polling a feed: next run's memory of it."""

    url: str
    polled_at: datetime
    status: str
    """read, unchanged or failed."""
    entries: int = 0
    reason: str | None = None
    """Why it failed: a short fixed code."""
    detail: str | None = None
    failures: int = 0
    """Failures in a row, this one included."""
    points: float = 0.0
    """What these count together: some weigh less than others."""
    etag: str | None = None
    last_modified: str | None = None
    body_key: str | None = None
    """key_of the body that was last read."""
    entries_key: str | None = None
    """key_of the entries that it had."""
    quiet: int = 0
    """Polls in a row that brought no other entries."""
    read_at: datetime | None = None
    """When it was last read anew: this poll's time where its status is read."""
    whole_at: datetime | None = None
    """When its body was last sent, the same or not."""
    succeeded_at: datetime | None = None
    """When it was last read or found unchanged."""
    next_poll_at: datetime | None = None
    """It is not to be polled until then; None where any run may."""
    asks_s: float | None = None
    """How often its document asks to be polled, in seconds."""
    entries_a_day: float | None = None
    """By the times it tells of last week's entries."""
    window_s: float | None = None
    """Over how many seconds it lists what it brings."""
    moved_to: str | None = None
    """Where permanent redirects lead."""
    moved_since: datetime | None = None
    hub: str | None = None
    """The WebSub hub that it announces."""
    listed: bytes = b""
    """Keys of its entries, where it was read: transforms.store.keys.pack_keys."""


@dataclasses.dataclass(frozen=True, slots=True)
class ReseenEntries:
    """Entries that a poll found again, of one feed and one host."""

    feed_url: str
    at: datetime
    entries: int
    keys: bytes = b""
    """Those of which the memory has to be renewed: transforms.store.keys.pack_keys."""


def key_of(text: str) -> str:
    """A 32-digit hexadecimal key of a text, the same in every run and on every machine."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def to_utc(value: datetime | None) -> datetime | None:
    """The instant in UTC; a naive time is taken for UTC."""
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
