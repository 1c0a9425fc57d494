"""The web client: requests, addresses, robots.txt, and limits per host."""
