"""Views of a network: what panels ask that of a run while it trains and after it has ended, or one without a run.

``insight`` has its filters, its latest batch (``seen_batch``), and what a copy of the network answers (``answering``):
``neighbours`` and their ``map``, the ``plane``, and in ``asking`` the ``questions``: ``mistakes``, the ``attention``
over one picture, the ``features`` of a layer, drawn on a ``feature_sheet``, ``why`` an answer is given, drawn on a
``why_sheet``, the ``latent`` space, and ``own_rows``, ``own_series`` and ``own_pictures`` of the user. Of the pictures
``reading`` reads some at a time, the ``album`` has them with the ``predictions``, ``own_search`` finds similar ones, an
``own_sheet`` has the masks and pictures that are predicted for them. ``network`` is what answers, also without a run:
then ``drawn`` is what the panels follow, and weights for ``imagenet`` need no data.
``kept_batch`` is the batch that ended the run; ``shown_checkpoint`` and ``batch_file`` serve runs in another process.
"""
