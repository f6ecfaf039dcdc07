"""Advice during a run: ``advisor`` gives it, from the ``course`` of the run and ``layer_signs``."""
