"""Metadata of an article: authors, dates, language, structured data."""
