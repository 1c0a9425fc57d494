"""Defaults that the config, the command line and functions share."""

from __future__ import annotations

from typing import Final

HORIZON_DAYS: Final = 14
"""Days back in which a copy is looked for."""
TOP_STORIES: Final = 10
"""Stories that `copytaster stories` lists."""
