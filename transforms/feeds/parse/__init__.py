"""Parsers of feed documents: RSS, Atom, RDF, JSON Feed and news sitemaps."""
