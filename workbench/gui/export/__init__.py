"""Exporting a network, as ONNX with verification or as PyTorch code, and writing the report of runs."""
