"""Comparison of runs: their curves in one chart, their differences, and their results."""
