"""A report of one run or several: one HTML file to hand in, send or print.

``write`` reads the runs and writes the file; ``page`` fills the template. What the page says comes from the runs' logs:
``facts`` of one run, ``comparison`` of several, ``charts`` of curves; from the network, as a ``graph``; and from the
checkpoint's ``answers`` on the data, where both are still there.
"""
