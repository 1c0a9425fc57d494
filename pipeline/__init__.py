"""The pipeline: config, plan, graph, runs, commits, and the command line."""

__version__ = "0.1.0"
