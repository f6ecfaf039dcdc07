"""Browsing the data: its pictures, its problems, and which pictures are excluded."""
