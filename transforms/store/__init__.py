"""Tables and files: the output of runs, and values that wait between two steps."""
