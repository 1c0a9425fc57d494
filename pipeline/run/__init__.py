"""Runs: one batch run, or a streaming job without end."""
