"""The entry point of the command line: run a command, and report how it ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from pipeline.cli import quiet  # noqa: F401  Before any import that logs or warns.
from pipeline.cli.arguments import parse
from pipeline.cli.commands import COMMANDS, EXIT_FAILED, EXIT_USAGE
from pipeline.errors import ConfigError, DatasetError, RunError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 failed or found faults, 2 wrong usage.

    Every error ends in one line on standard error. COPYTASTER_DEBUG=1 shows the stack trace instead.
    """
    args = parse(sys.argv[1:] if argv is None else argv)
    command = COMMANDS[args.name]
    try:
        return command.run(args)
    except ConfigError as error:
        return _fail(str(error), EXIT_USAGE)
    except Exception as error:
        if os.environ.get("COPYTASTER_DEBUG"):
            raise
        expected = isinstance(error, RunError | DatasetError)
        reason = str(error) if expected else f"{type(error).__name__}: {error}"
        return _fail(f"{command.subject} failed: {reason}", EXIT_FAILED)
    except KeyboardInterrupt:
        return _fail(f"stopped; {command.after_interrupt}", EXIT_FAILED)


def _fail(message: str, status: int) -> int:
    print(f"copytaster: {message}", file=sys.stderr)
    return status
