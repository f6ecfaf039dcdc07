"""Views of what a network has learnt: tensors in, numpy out."""
