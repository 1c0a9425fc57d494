"""Where copies of earlier articles are looked for."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from transforms.copies.index import CopyIndex


@dataclasses.dataclass(frozen=True, slots=True)
class CopyHistory:
    """Where copies of earlier articles are looked for, and where this run's articles are noted."""

    segments: tuple[str, ...]
    """Of the index, the oldest first."""
    not_before: datetime
    """What was filed earlier does not count."""
    segment: str
    """To be written: what this run files."""
    filed_at: datetime

    def index(self) -> CopyIndex:
        """What was filed before."""
        return CopyIndex(self.segments, self.not_before)
