"""The command line: arguments, commands, progress and summaries."""
