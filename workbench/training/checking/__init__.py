"""Whether an experiment can be trained, before anything is built: ``checks`` (``remedies``, ``pairs``, ``counted``),
``components``, ``habits``, which are only advice, ``memory`` and ``memory_limit``.
"""
