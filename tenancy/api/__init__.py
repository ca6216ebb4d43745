"""The machine door: what every endpoint of every room has in common."""
