"""Converts a foreign network to an editable graph of layers, with its weights.

source            torchvision:NAME, timm:NAME, FILE.py -> a torch module
onnx_file         FILE.onnx -> its model, validated; onnx_network makes a torch module of it
parametrised      a torch module with weight_norm and the like -> one with plain weights
tracing           a torch module -> operations, by running it twice (tracer records them)
picks, windows    operations on all pictures' queries or windows -> operations on each picture's
rewriter          operations -> fewer operations, by the rules in rewriting, patterns and heads
layering          operations -> layers with paths: rules recognises layers, expression writes the rest as formulas
attention, mining recognise attention, and structure without module names
scopes, folding   layers with paths -> nested blocks, repeats, an Architecture
network           all of it in one call, verifying that the outputs are equal; writing stores the files
"""
