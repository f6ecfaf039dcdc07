"""The mistakes of a run: a page for each kind of head, with the pictures of what is chosen in it.

``view`` is the window, ``presenter`` when it asks, and what all pages share; ``examples`` is the list of pictures
beside the page, in ``row_list`` the rows of a table instead. ``pages`` lists the pages, whose parts are ``page`` and
``page_presenter``; each has a folder: ``classes``, ``labels``, ``numbers``, ``dense``. ``charts`` are what
their charts have in common, ``binary_charts`` those of a yes or no, and ``number_table`` their tables.
"""
