"""The files of a dataset: layout, manifests, state, locks, and moving files into place."""
