"""The confusion matrix of a run, and the pictures in each of its cells."""
