"""Rows of a table of the user's own, each with the network's answers."""
