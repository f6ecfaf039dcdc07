"""From somebody else's network to a graph of layers that can be edited, with its weights.

source.py      torchvision:NAME, timm:NAME, FILE.py -> torch.nn.Module
tracing.py     Module -> operations, by running it twice (tracer.py listens)
operations.py  what an operation is
rules.py       operation -> layer; what has none becomes a Formula (expression.py)
folding.py     layers with dotted paths -> blocks within blocks, repeats, an Architecture
network.py     all of it in one call, with the proof that the outputs are equal
"""
