"""Browsing the data: its pictures, its problems, which pictures are excluded and which labels corrected."""
