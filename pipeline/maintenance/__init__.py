"""Upkeep of a dataset: verify, compact, repair."""
