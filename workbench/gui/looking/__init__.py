"""What windows share that look into a network: ``network_window``, and ``view`` of those that show it one picture;
``looks`` are what other windows offer to look at.
"""
