"""Commits: what a run or a commit interval produced, checked and made visible at once."""
