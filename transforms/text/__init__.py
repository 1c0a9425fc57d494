"""Text, encodings and URLs."""
