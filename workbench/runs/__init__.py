"""One folder a run: its experiment, its event log, its checkpoints; and the table of all runs.

runs/queue.json                  what waits for its turn
runs/2026-11-22-lenet-1/
    experiment.json              what was run, whole, as edited while it ran
    changes.json                 what was edited, and after which steps
    events.jsonl                 what happened, one event a line
    checkpoints/last.safetensors, previous.safetensors, best.safetensors
    unsound/step-12.safetensors  the batch that gave no finite numbers, where one did
    commands.jsonl, status.json  where it trains in a process of its own: what it is told, and where it is
"""
