"""Run copytaster in a process that kills itself before the n-th change of a file of the dataset.

    python -m benchmarks.lib.killed OUTPUT N COMMAND...

Changes are those that Python's audit hooks report (PEP 578): files opened for writing, renamed, linked or
removed, folders made or removed, at or below OUTPUT. With N 0 nothing is killed, and the changes are listed
on standard error at the end.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from pipeline.cli.main import main as copytaster

EVENTS = {
    "open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate", "shutil.rmtree",
}  # fmt: skip


def main() -> int:
    """Return the exit status of the command, if it survives."""
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    output, fatal, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    changes: list[str] = []

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event not in EVENTS or not args or not isinstance(args[0], (str, bytes)):
            return
        path = os.fsdecode(args[0])
        if not path.startswith(output) or (event == "open" and not _writes(args)):
            return
        changes.append(f"{event} {path.removeprefix(output)}")
        if len(changes) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    status = copytaster(command)
    if not fatal:
        print("\n".join(changes), file=sys.stderr)
    return status


def _writes(args: tuple[Any, ...]) -> bool:
    mode, flags = args[1], args[2]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


if __name__ == "__main__":
    sys.exit(main())
