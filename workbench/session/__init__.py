"""The services of the window and the command line; the only package that starts threads and child processes.

- **Runs**: ``run`` is the base of all, followed through its log; ``in_thread`` trains in a thread, ``in_process``
  (``in_process_child``) in a separate process, followed through its folder, ``distributed`` (``distributed_child``,
  ``pulse``, ``torchrun``, ``free_memory``) in several; ``watched`` follows one that another program trains, and
  ``replay`` shows one that has ended. ``resuming`` finds where a run begins, ``prepared`` has its data, ``speed``
  (``compiling``) decides how it computes, ``failure`` explains its end, ``queue`` starts runs one after the other.
- **Views of a run**, each in a ``slot``: ``insight`` has its filters, its latest batch (``seen_batch``), and what a
  copy of the network answers (``answering``): ``neighbours``, ``mistakes`` and the ``plane``. ``kept_batch``
  is the batch that ended it; ``shown_checkpoint`` and ``batch_file`` serve runs in another process.
- **While editing**: ``analyst`` analyses the network (``network_facts``, ``known_facts``), ``code_writer`` writes its
  code, ``comparing`` compares it with another, ``preview`` and ``survey`` (``data_facts``) inspect the data,
  ``lr_finder`` searches for a learning rate, ``drafts`` backs up unsaved work.
- **Import and export**: ``importing`` and ``weights`` (``arrivals``); ``export``, ``code`` and ``script``
  (``script_recipe``). Python-heavy work runs as one of our commands in a child process (``child_job``).
- **In words**, for window and terminal: ``initialisation``, ``left_out``, ``time_left``; ``pace`` estimates a run's.
- **Tools**: ``task``, one piece of work in a thread; ``worker``, which answers only the newest question; ``leash``,
  which ends a child with its parent; ``torch_loading``. ``doctor`` reports what this machine has and lacks.
"""
