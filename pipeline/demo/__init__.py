"""The sample newsroom: invented outlets with feeds of every kind, served on loopback."""
