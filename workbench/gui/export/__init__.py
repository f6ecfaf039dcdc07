"""Exporting a network: as ONNX, with verification that the file computes the same, or as PyTorch code."""
