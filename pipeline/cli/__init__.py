"""The command line: arguments, progress, summaries and what each command does."""
