"""Programs that measure and print; each takes the path of its data."""
