"""Offers, above the canvas, to apply edits made during a run to the run."""
