"""Views of a run: what its panels ask while it trains, and after it has ended.

``insight`` has its filters, its latest batch (``seen_batch``), and what a copy of the network answers (``answering``):
``neighbours``, the ``plane``, and ``questions``: ``mistakes``, ``predictions`` for the user's own pictures, and the
``attention`` over one picture. ``kept_batch`` is the batch that ended it; ``shown_checkpoint`` and ``batch_file`` serve
runs in another process.
"""
