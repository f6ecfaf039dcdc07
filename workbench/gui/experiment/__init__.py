"""The experiment that is edited: ``document`` has it, with undo and what is ``selected``.

- **Its file**: ``project`` opens and saves it; ``autosave`` keeps drafts, ``file_watch`` notices changes by others.
- **Where one begins**: ``presets``, and the ``library`` of blocks (``library_files``).
- **Its data**: ``exclusion`` excludes chosen pictures from it and restores them;
  ``correction`` changes their labels.
- **Its analysis**: ``checker`` asks for it after each edit.
- **Its network**: ``networks`` lets windows look into it while there is no run.
"""
