"""Helpers of the tests: sites on loopback, sample articles, small datasets."""
