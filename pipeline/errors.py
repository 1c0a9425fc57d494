"""Errors that a user sees. Each message names a file, key or URL, the expectation, and the remedy.

Exception
├── ConfigError       exit status 2
├── DatasetError      exit status 1
├── RunError          exit status 1
│   └── BusyError     another run holds the dataset (pipeline.dataset.lock)
└── FencedError       another streaming job has claimed the dataset (pipeline.commit.intervals)
"""


class ConfigError(Exception):
    """The config cannot be used; the message names the file, the key and the expected value."""


class DatasetError(Exception):
    """The dataset cannot be read or written; the message names the file."""


class RunError(Exception):
    """The run failed: nothing of it is visible, and running it again loses nothing."""
