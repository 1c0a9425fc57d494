"""Runs: one batch run, and a streaming job that does not end."""
