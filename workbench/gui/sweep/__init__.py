"""A sweep over settings for the queue: ``settings`` are those to choose from, ``values`` reads and suggests theirs,
``presenter`` has the rows, ``view`` is the window and ``row`` a row in it.
"""
