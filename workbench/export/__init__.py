"""Export of a network: an ``onnx`` file with its verification, also in 8-bit ``integers``. ``report`` describes the
result and imports no torch.
"""
