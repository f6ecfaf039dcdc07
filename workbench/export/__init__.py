"""Export of a network: an ONNX file with its verification. ``report`` describes the result and imports no torch."""
