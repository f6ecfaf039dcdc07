"""Comparison of runs: their curves in one chart, what they reach for what they cost in another, their differences, and
their results.

``view`` is the window, ``presenter`` its groups of runs. ``chart`` draws curves. Results against cost: ``tradeoff``
finds the bubbles and their front, ``scales`` and ``labels`` where they are drawn, ``bubbles`` is the chart,
``bubble_item`` what is in it, ``tradeoff_page`` the chart with its choices.
"""
