"""Errors that a user sees. Each message says what is wrong, what was expected and what to do.

Exception
├── ConfigError       the config, a command line or an output cannot be used; exit status 2
├── DatasetError      a file of the dataset cannot be read or written; exit status 1
└── RunError          a run failed; its message says if it was committed anyway; exit status 1
    ├── BusyError     another run or compaction holds the dataset
    └── FencedError   another streaming job has claimed the dataset
"""


class ConfigError(Exception):
    """The config cannot be used; the message names the file, the key and the expected value."""


class DatasetError(Exception):
    """The dataset cannot be read or written; the message names the file."""


class RunError(Exception):
    """The run failed. Nothing of it is visible, unless the message says that it was committed.

    Running it again loses nothing.
    """


class BusyError(RunError):
    """Another run or compaction is working on the dataset; nothing was changed."""


class FencedError(RunError):
    """Another streaming job has claimed the dataset; this one ends."""
