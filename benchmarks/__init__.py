"""Programs that measure; each takes the path of its data and says what it compared."""
