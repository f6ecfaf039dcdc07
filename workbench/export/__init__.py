"""Export of a network: an ONNX file with its verification. ``report`` says what was made and needs no torch."""
