"""The drawing area: cards for nodes, curves for connections, and one object for each gesture.

``presenter`` decides what is drawn and does the edits, without Qt; ``scene`` and ``items`` draw; ``view``
turns events into ``gestures`` and commands.
"""
