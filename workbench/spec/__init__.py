"""What an experiment is: graph, blocks, recipes, edits, problems, and their JSON.

- **The records**: ``record`` is their base. ``experiment`` has what is trained, on what and how; ``graph`` the
  network, ``component`` a choice from a ``catalogue``, ``column`` what the data says, ``change`` a setting changed
  during a run, ``folds`` the parts of a cross-validation.
- **Files**: ``files`` are experiments and architectures, ``library`` blocks; ``own_files`` are those an experiment
  names.
- **Edits of a graph**: ``edits``, ``blocks``, ``ports``, ``grouping`` and ``notes``; ``override`` sets any setting by
  its path, ``sweep`` some to each combination of several values. ``scopes`` and ``paths`` say where a node is,
  ``matching`` which node of another graph it is.
- **Problems**: ``structure`` checks a graph; ``problems`` are values, and so is a ``remedy``, which ``mending``
  applies.
- **Declarations**: ``forms`` reads the parameters of a class; ``treatment`` says how training treats a layer.
- **In words**: ``words`` and ``quantities``.

Plain frozen records and pure functions. Nothing here knows torch, Qt, threads or any particular layer.
"""
