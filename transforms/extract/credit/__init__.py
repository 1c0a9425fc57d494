"""The wire service that wrote an article, and its dateline."""
