"""What the command ``mistakes`` prints of a head: a file for each kind, with ``text`` and ``result``, for JSON, and
``tables`` that several have.
"""
