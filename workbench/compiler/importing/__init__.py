"""From somebody else's network to a graph of layers that can be edited, with its weights.

source            torchvision:NAME, timm:NAME, FILE.py -> a torch module
onnx_file         FILE.onnx -> its model, with nothing believed; onnx_network makes a torch module of it
tracing           a torch module -> operations, by running it twice (tracer listens)
rewriter          operations -> fewer operations: what rewriting and patterns declare
layering          operations -> layers with paths: rules says which is which, expression writes the others as formulas
attention, mining attention put together again; structure found where no module names it
scopes, folding   layers with paths -> blocks within blocks, repeats, an Architecture
network           all of it in one call, with the proof that the outputs are equal; writing makes files of it
"""
