"""What the window and the command line both call; the only package that starts threads and child processes.

- **A run**: ``run`` is what all have in common, watched through its log; ``in_thread`` trains one in a thread,
  ``in_process`` (``in_process_child``) in a separate process, followed through its folder, ``distributed``
  (``distributed_child``, ``pulse``, ``torchrun``) in several; ``replay`` shows one that has ended. ``resuming`` says where
  it begins, ``prepared`` has its data, ``speed`` (``compiling``) settles how it computes, ``failure`` says what ended it,
  ``queue`` makes one after the other.
- **What it shows of itself**, each in a ``slot``: ``insight`` its filters, its latest batch (``seen_batch``), and what a copy of
  the network answers (``answering``): ``neighbours`` and ``mistakes``. ``kept_batch`` is the one that ended it; ``shown`` and
  ``batch_file`` show those of a run in another process.
- **While somebody edits**: ``analyst`` finds a network's facts (``network_facts``, ``known_facts``), ``code_writer`` its code,
  ``comparing`` what another has not, ``preview`` and ``survey`` (``data_facts``) look at the data, ``rates`` searches a learning
  rate, ``drafts`` loses nothing.
- **In and out**: ``importing`` and ``weights`` (``arrivals``); ``export``, ``code`` and ``script``. What is Python-heavy runs
  as a command of ours in a child process (``child_job``).
- **In words** for the window and the terminal: ``initialisation``, ``left_out``, ``time_left``.
- **By what means**: ``task``, one piece of work in a thread; ``worker``, which answers the newest question only; ``leash``, by
  which a child ends with its parent; ``torch_loading``. ``doctor`` says what this machine has and lacks.
"""
