"""What can go wrong with a run, as its user is told."""


class ConfigError(Exception):
    """The config cannot be used; the message names the file, the key and what was expected."""


class DatasetError(Exception):
    """The dataset cannot be read or written as it is; the message names the file."""


class RunError(Exception):
    """The run failed; nothing of it is visible, and running it again loses nothing."""
