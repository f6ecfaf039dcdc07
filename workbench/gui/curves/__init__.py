"""The curves of a run: loss and accuracy as they come, up to millions of steps, no peak lost."""
