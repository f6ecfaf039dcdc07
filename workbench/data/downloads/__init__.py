"""Well-known data sets from the internet: ``downloaded`` is their base, with ``listed`` for those that list their
files; ``download`` fetches, ``unpacking`` unpacks.
"""
