"""The steps of the pipeline, in the order data passes: feeds, fetch, extract, regions, copies, store."""
