"""Tables and files: what a run writes, and what waits between two steps."""
