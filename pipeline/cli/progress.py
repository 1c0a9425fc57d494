"""Progress of a run: a moving line on a terminal, otherwise plain lines."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import Counter
from types import TracebackType
from typing import TextIO

from pipeline.wording import counted

TERMINAL_EVERY_S = 0.1
PLAIN_EVERY_S = 10.0


class Progress(logging.Handler):
    """Count the log records of polled feeds and fetched pages, and show the counts; a context manager.

    Steps do not know about it. They log a record per feed and page, and a counting handler works
    wherever logs arrive.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(logging.INFO)
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._every_s = TERMINAL_EVERY_S if self._terminal else PLAIN_EVERY_S
        self._counts: Counter[str] = Counter()
        self._started = time.monotonic()
        self._over = threading.Event()
        self._painter = threading.Thread(target=self._paint_on, daemon=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Count a step's record; show a warning on its own line."""
        if record.levelno >= logging.WARNING:
            self._write(f"copytaster: {record.getMessage()}")
        else:
            self._counts[record.name] += 1

    def line(self) -> str:
        """Return the counts as one line."""
        seconds = time.monotonic() - self._started
        feeds, pages = self._counts["copytaster.feeds"], self._counts["copytaster.fetch"]
        if not self._counts:  # Worker processes keep their logs to themselves.
            return f"{seconds:5.1f} s"
        return f"{seconds:5.1f} s  {counted(feeds, 'feed')} polled, {counted(pages, 'page')} fetched"

    def _write(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}\n" if self._terminal else f"{text}\n")
        self._stream.flush()

    def _paint_on(self) -> None:
        while not self._over.wait(self._every_s):
            if self._terminal:
                self._stream.write(f"\r\x1b[K{self.line()}")
                self._stream.flush()
            else:
                self._write(self.line())

    def __enter__(self) -> Progress:
        self._log = logging.getLogger("copytaster")
        self._log.addHandler(self)
        self._log.setLevel(logging.INFO)
        self._log.propagate = False
        self._painter.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._painter.join()
        self._log.removeHandler(self)
        self._write(self.line())
