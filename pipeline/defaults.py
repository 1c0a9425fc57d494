"""Defaults shared by the config, the command line and functions."""

from __future__ import annotations

from typing import Final

HORIZON_DAYS: Final = 14
"""Days back that copies are looked for."""
TOP_STORIES: Final = 10
"""Stories that `copytaster stories` lists."""
