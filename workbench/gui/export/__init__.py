"""Taking a network away: as ONNX, with the proof that the file computes the same, or as PyTorch code."""
