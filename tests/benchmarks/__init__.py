"""Benchmarks: each prints ratios or percentiles of a single run, never a verdict.

python -m tests.benchmarks            all of them in sequence, each in its own process
python -m tests.benchmarks loop       one
"""
