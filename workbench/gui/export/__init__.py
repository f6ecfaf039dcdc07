"""Taking a trained network away as ONNX, with the proof that the file computes the same."""
