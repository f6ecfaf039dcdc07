"""What an experiment is: graph, blocks, recipes, edits, problems, and their JSON.

Plain frozen records and pure functions. Nothing here knows torch, Qt, threads or any particular layer.
"""
