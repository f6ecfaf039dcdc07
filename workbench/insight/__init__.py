"""What a network has learned, made visible: tensors in, numpy out."""
