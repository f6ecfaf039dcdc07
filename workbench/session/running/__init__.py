"""Runs: each is followed through its log and told what to do by commands.

- ``run`` is the base of all. ``in_thread`` trains in a thread, ``in_process`` (``in_process_child``) in a separate
  process, followed through its folder, ``distributed`` (``distributed_child``, ``pulse``, ``torchrun``) in several.
  ``watched`` follows a run that another program trains, ``replay`` shows one that has ended.
- ``resuming`` finds where a run begins, ``speed`` (``compiling``) decides how its steps are computed.
- ``queue`` starts runs one after the other; ``pace`` estimates how long one takes.
"""
