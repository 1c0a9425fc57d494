"""Records that pass between steps: frozen, typed, and picklable on every runner.

Steps share these records and do not import each other. Instants are timezone-aware datetimes in UTC,
sequences are tuples, keys are strings. Runners pickle records by their import path, so this module does not
move, and new fields have defaults.
"""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Clock:
    """The current time: the real one, or the time that --now fixed for a run."""

    fixed: datetime | None = None

    def now(self) -> datetime:
        """Return the current instant, in UTC."""
        return self.fixed or datetime.now(UTC)


@dataclasses.dataclass(frozen=True, slots=True)
class FeedSource:
    """A feed of the config."""

    url: str
    publisher: str | None = None
    """Replaces the feed's own title."""
    country: str | None = None
    """The publisher's country, ISO 3166-1 alpha-2: a prior for place names."""


@dataclasses.dataclass(frozen=True, slots=True)
class DueFeed:
    """A feed that is due, with the result of its last poll."""

    source: FeedSource
    last: FeedPoll | None = None
    moved_to: str | None = None
    """The address to poll if a permanent redirect was adopted."""

    @property
    def address(self) -> str:
        """The address to poll."""
        return self.moved_to or self.source.url


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """An item of a feed, or a page of a WARC file, before its page is read."""

    feed_url: str
    entry_id: str
    """The entry's own id (guid, atom:id, JSON Feed id), or its link if it has none."""
    keys: tuple[str, ...]
    """Identities, strongest first. The entry is known if any of them is. An update has the key of its
    version."""
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
    """Two keys if the feed marks updates: one for the entry's current content, one that marks the entry as
    having versions. Neither identifies the entry."""
    update: bool = False
    """True if the entry was known and its feed has changed it since."""

    @property
    def remembered(self) -> tuple[str, ...]:
        """All keys that later runs have to know."""
        return (*self.keys, *self.versions)

    def as_update(self) -> Entry:
        """Return the entry as an update of itself, identified by its current content."""
        return dataclasses.replace(self, keys=self.versions[:1] or self.keys, versions=(), update=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """A page as it was served. It never crosses a shuffle."""

    entry: Entry
    url: str
    """The address after redirects."""
    body: bytes
    charset: str | None
    """The charset that the server declared."""
    fetched_at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A place that an article mentions, resolved to coordinates."""

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
    """An extracted article: the columns of the dataset that do not depend on other articles."""

    article_id: str
    url: str
    canonical_url: str
    feed_url: str
    entry_id: str
    title: str
    text: str
    """Paragraphs separated by one blank line."""
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
    """Source of the text: page, json-ld or feed."""
    image_url: str | None = None
    paywalled: bool | None = None
    """True if the page says that parts of it are not free; None if it says nothing."""
    truncated: bool = False
    """True if the text is probably only a part."""
    country: str | None = None
    region: str = "unknown"
    """Slug of the country's UN M49 sub-region, or world, or unknown."""
    countries: tuple[Weighted, ...] = ()
    subdivisions: tuple[Weighted, ...] = ()
    places: tuple[Place, ...] = ()
    keys: tuple[str, ...] = ()
    """Keys of the entry that led to it."""
    update: bool = False
    """True if that entry was an update."""

    @property
    def dated_at(self) -> datetime:
        """The time that dates the article: published_at, or fetched_at if that is unknown or earlier."""
        if self.published_at is None or self.published_at > self.fetched_at:
            return self.fetched_at
        return self.published_at


@dataclasses.dataclass(frozen=True, slots=True)
class BlobRef:
    """File, offset and length of a value in a spill file."""

    path: str
    offset: int
    length: int
    packed: bytes = b""
    """The value itself, if it is not in a file."""


@dataclasses.dataclass(frozen=True, slots=True)
class ArticleRef:
    """A stand-in of about 300 bytes for an article that waits in a spill file (claim check)."""

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
    """The digest that it is compared by: for copies, its Signature."""
    keys: tuple[str, ...] = ()
    """Keys of the entry that led to it."""
    update: bool = False
    """True if that entry was an update."""


UPDATE = "update"
"""The `match` of a row of copies/ that is a later version of an article with a row already."""


@dataclasses.dataclass(frozen=True, slots=True)
class CopyOf:
    """The story that an article is a copy of, as GroupCopies decided."""

    story_id: str
    similarity: float
    """Probability that it is a copy, 0 to 1."""
    match: str
    """How it was recognised: exact, near or rewrite; UPDATE for a later version."""


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """The result of comparing an article with others."""

    copy_of: CopyOf | None = None
    """None for a story's own row."""
    agency: str | None = None
    """The wire that the story is credited to, if the article itself credits none."""
    boilerplate_lines: frozenset[int] = frozenset()
    """Keys (transforms.text.plain.line_key) of its publisher's boilerplate lines, which are not part of
    its text."""


@dataclasses.dataclass(frozen=True, slots=True)
class Filed:
    """An article and its role in the dataset: a story's row, a copy, or a later version of either."""

    ref: ArticleRef
    decision: Decision = Decision()
    version: str = ""
    """Key of the text of a later version; '' for an article that is filed for the first time."""

    @property
    def copy_of(self) -> CopyOf | None:
        """The story that it is a copy of; None for a story's own row."""
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
    """The step that gave it up: fetch or extract."""
    reason: str
    """A transforms.reasons.Reason, or a status such as http-404."""
    detail: str
    attempts: int
    first_seen_at: datetime
    last_tried_at: datetime
    keys: tuple[str, ...] = ()
    """Keys of the entry; not a column."""

    @classmethod
    def of(cls, entry: Entry, stage: str, reason: str, detail: str, at: datetime) -> Reject:
        """Return the row for an entry that was given up at `at`, counting this attempt."""
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
        """Return the row for an article that was extracted but is not filed."""
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
    """An entry whose page could not be fetched for a temporary reason; a later run tries it again."""

    entry: Entry
    """The entry, its `attempts` counting the failed one."""
    reason: str
    next_try_at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class FeedPoll:
    """The result of polling a feed, kept in the state for the next run."""

    url: str
    polled_at: datetime
    status: str
    """read, unchanged or failed."""
    entries: int = 0
    reason: str | None = None
    """Reason code if it failed."""
    detail: str | None = None
    failures: int = 0
    """Failures in a row, including this one."""
    points: float = 0.0
    """Weighted sum of these failures; some count less than others."""
    etag: str | None = None
    last_modified: str | None = None
    body_key: str | None = None
    """key_of the body that was last read."""
    entries_key: str | None = None
    """key_of the entries in that body."""
    quiet: int = 0
    """Polls in a row without a new entry."""
    read_at: datetime | None = None
    """When the feed was last read; this poll's time if its status is read."""
    whole_at: datetime | None = None
    """When the server last sent the body, changed or not."""
    succeeded_at: datetime | None = None
    """When the feed was last read or found unchanged."""
    next_poll_at: datetime | None = None
    """Earliest time of the next poll; None if any run may poll."""
    asks_s: float | None = None
    """Poll interval that the document asks for, in seconds."""
    entries_a_day: float | None = None
    """Average over the entries dated within the last week."""
    window_s: float | None = None
    """Seconds between its oldest and its newest entry."""
    moved_to: str | None = None
    """Target of permanent redirects."""
    moved_since: datetime | None = None
    hub: str | None = None
    """The WebSub hub that the feed announces."""
    listed: bytes = b""
    """Keys of its entries if it was read (transforms.store.keys.pack_keys)."""


@dataclasses.dataclass(frozen=True, slots=True)
class ReseenEntries:
    """Known entries that a poll found again, of one feed and one host."""

    feed_url: str
    at: datetime
    entries: int
    keys: bytes = b""
    """Keys to renew in the state (transforms.store.keys.pack_keys)."""


def key_of(text: str) -> str:
    """Return a key of a text, 32 hexadecimal digits, the same in every run and on every machine."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def to_utc(value: datetime | None) -> datetime | None:
    """Return the instant in UTC; a naive time counts as UTC."""
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
