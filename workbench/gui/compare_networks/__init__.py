"""Comparison of two networks: what is new, gone and changed."""
