"""The window: one folder per panel, each with its widgets (Qt) and a presenter (no Qt).

Nothing below this package knows Qt. The window edits a ``Document``; panels listen to it and never to each other.
"""
