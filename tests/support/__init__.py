"""What the tests share: sites on loopback, sample articles, small datasets."""
