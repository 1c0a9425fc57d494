"""Run ids: r000012-20260305T120000Z, the number of the run and its start, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_RUN_ID = re.compile(r"r(\d{6,})-(\d{8}T\d{6}Z)")
_TIME = "%Y%m%dT%H%M%SZ"


def new_run_id(number: int, at: datetime) -> str:
    """Return the id of the `number`-th run of a dataset, started at `at` (UTC)."""
    return f"r{number:06d}-{at:{_TIME}}"


def is_run_id(text: str) -> bool:
    """Return True if the text is a run id."""
    return _RUN_ID.fullmatch(text) is not None


def run_number(run_id: str) -> int:
    """Return the number of a run, 0 if the text is not a run's id.

    Ids sort as text only up to the millionth: two years of commits once a minute.
    """
    matched = re.match(r"r(\d+)-", run_id)
    return int(matched[1]) if matched else 0


def run_time(run_id: str) -> datetime:
    """Return when a run started. Raises ValueError if the text is not a run id."""
    matched = _RUN_ID.fullmatch(run_id)
    if matched is None:
        raise ValueError(f"expected a run id such as r000012-20260305T120000Z, not {run_id!r}")
    return datetime.strptime(matched[2], _TIME).replace(tzinfo=UTC)
