"""Somebody else's network comes in: from an ONNX file, from a library, from a Python file."""
