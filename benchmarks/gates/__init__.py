"""Programs that end with exit status 1 if a measured property does not hold."""
