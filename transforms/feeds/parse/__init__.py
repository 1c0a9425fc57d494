"""Feed documents of every kind, parsed into entries."""
