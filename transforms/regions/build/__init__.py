"""Builds the packaged gazetteer; never imported by a run."""
