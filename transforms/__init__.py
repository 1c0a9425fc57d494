"""The steps of the pipeline, in the order of the data: feeds, fetch, extract, regions, copies, store.

`copytaster` re-exports their public names.
"""
