"""The index of earlier articles, as a run sees it."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from transforms.copies.index import CopyIndex


@dataclasses.dataclass(frozen=True, slots=True)
class CopyHistory:
    """Index segments to search, and the segment to write."""

    segments: tuple[str, ...]
    """Paths of index segments, oldest first."""
    not_before: datetime
    """Articles filed before this time do not count."""
    segment: str
    """Path of the segment for this run's articles."""
    filed_at: datetime

    def index(self) -> CopyIndex:
        """Open the index."""
        return CopyIndex(self.segments, self.not_before)
