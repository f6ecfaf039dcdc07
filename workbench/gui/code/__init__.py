"""The network as PyTorch code, beside the canvas."""
