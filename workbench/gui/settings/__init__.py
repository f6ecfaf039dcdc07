"""Data and training settings: what is learned from, and how. Every edit is a new experiment handed to the document."""
