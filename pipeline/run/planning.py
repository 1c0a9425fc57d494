"""Errors of the start of a run, as a user sees them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from apache_beam.io.filesystem import BeamIOError

from pipeline.errors import ConfigError, DatasetError, RunError


@contextlib.contextmanager
def planning_errors(output: str) -> Iterator[None]:
    """Turn errors of taking the lock and planning into ConfigError or RunError, with the remedy."""
    try:
        yield
    except (RunError, ConfigError):
        raise
    except (OSError, BeamIOError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"output: {output}: cannot be written: {reason}") from None
    except DatasetError as error:
        raise RunError(f"{error}; `copytaster repair {output}` repairs it") from error
    except Exception as error:  # Stores have their own errors, which are not OSErrors.
        raise RunError(f"{output}: {type(error).__name__}: {error}") from error
