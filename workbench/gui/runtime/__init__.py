"""What the window runs on: Python, Qt and what happens in the background are kept out of each other's way.

- **Events and answers**: ``event_pump`` delivers them to the window's thread (``wakeup``), ``on_event`` to who waits
  for one; ``run_states`` are the states of a run, ``refresh`` says when to ask about its network again.
- **Python beside Qt**: ``interpreter`` and ``slices`` give the window's thread its turn, ``garbage`` and
  ``qt_classes`` keep Qt's objects in that thread, ``internal_errors`` reports what nobody expected.
"""
