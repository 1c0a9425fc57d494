"""Questions about a dataset and its feeds: stories, copies, regions, feed health."""
