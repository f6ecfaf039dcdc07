"""The services of the window and the command line; the only package that starts threads and child processes.

- ``running`` has the kinds of run: in a thread, in one or several processes, ended, watched, queued.
- ``views`` is what a run's panels show besides its log: filters, batches, neighbours, mistakes.
- ``editing`` is what is known while an experiment is edited: its network, its data, a learning rate; drafts.
- ``exchange`` imports and exports: networks, weights, ONNX, code, scripts.

What several of them use lies here:

- **Runs**: ``prepared`` has a run's data, ``failure`` explains its end, ``free_memory`` asks a device for its memory.
- **In words**, for window and terminal: ``initialisation``, ``left_out``, ``time_left``.
- **Tables**: ``table_reading`` asks a child process about long ones, which ``table_child`` is.
- **Tools**: ``task``, one piece of work in a thread; ``worker``, which answers only the newest question; ``slot``,
  which holds the latest value; ``child_job``, one of our commands in a child process; ``leash``, which ends a child
  with its parent; ``torch_loading``. ``doctor`` reports what this machine has and lacks.
"""
