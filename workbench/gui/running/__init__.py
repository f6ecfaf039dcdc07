"""Runs of the experiment: ``trainer`` starts and commands one, ``queue_keeper`` the next (``queue_window``).

The others say in the message bar what a run brings up: its ``failure``, its ``notes``, ``advice``, ``initialisation``,
data that was ``left_out``, and ``moved_data``.
"""
