"""The text of an article: page furniture removed, paragraphs completed."""
