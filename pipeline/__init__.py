"""The steps put together: config, the graph, runs, the command line."""

__version__ = "0.1.0"
