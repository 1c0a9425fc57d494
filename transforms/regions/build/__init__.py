"""Build the packaged gazetteer from its sources; no run imports this."""
