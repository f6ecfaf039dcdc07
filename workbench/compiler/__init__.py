"""From the graph as drawn to shapes, costs, problems and a ``torch.fx.GraphModule``.

flatten.flatten      blocks and repeats written out; no torch
analysis.analyse     shapes, costs and problems of every node
module.build         the trainable module
facts                the records these give; no torch
"""
