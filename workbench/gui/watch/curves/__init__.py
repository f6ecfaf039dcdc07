"""The curves of a run: loss and accuracy, live, with up to millions of steps and without losing a peak."""
