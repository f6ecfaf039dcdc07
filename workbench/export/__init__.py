"""The network taken away: an ONNX file with its proof. ``report`` says what was made and needs no torch."""
