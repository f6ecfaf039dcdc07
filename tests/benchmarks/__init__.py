"""Speed, measured: each benchmark prints ratios or percentiles of one run, never a verdict.

python -m tests.benchmarks            all of them, one after the other, each in a process of its own
python -m tests.benchmarks loop       one
"""
