"""Commits: results of a run or a commit interval, checked and made visible at once."""
