"""One folder per run: its experiment, its event log, its checkpoints; and the table of all runs.

runs/queue.json                  the queue of experiments to run
runs/2026-11-22-lenet-1/
    experiment.json              the whole experiment, with the changes made during the run
    changes.json                 those changes, and after which steps they were made
    notes.json                   a note and tags, written by a person
    events.jsonl                 what happened, one event per line
    checkpoints/last.safetensors, previous.safetensors, best.safetensors
    unsound/step-12.safetensors  the batch that gave non-finite numbers, if any
    commands.jsonl, status.json  for a run in a separate process: its commands and its status
runs/deleted/                    deleted runs, for thirty days

``store`` creates, opens and lists such folders; ``trash`` deletes and restores them, ``renaming`` renames them; ``log``
is the event log, whose events ``kept_events`` holds in little memory. ``queue``, ``notes``, ``changes`` and ``mailbox``
(commands and status) read and write the other files; ``locks`` let one program at a time change them.
"""
