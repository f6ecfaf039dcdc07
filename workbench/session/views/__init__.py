"""Views of a run: what its panels ask while it trains, and after it has ended.

``insight`` has its filters, its latest batch (``seen_batch``), and what a copy of the network answers (``answering``):
``neighbours`` and their ``map``, the ``plane``, and ``questions``: ``mistakes``, the ``attention`` over one picture,
the ``features`` of a layer, drawn on a ``feature_sheet``, and ``own_pictures`` of the user. Of these, ``reading`` reads
some at a time, the ``album`` has them with the ``predictions``, and ``own_search`` finds similar ones. ``kept_batch``
is the batch that ended the run; ``shown_checkpoint`` and ``batch_file`` serve runs in another process.
"""
