"""Data and training settings. Every edit makes a new experiment, which is applied to the document."""
