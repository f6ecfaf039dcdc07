"""Importing a network: from an ONNX file, a library or a Python file."""
