"""From the graph as drawn to shapes, costs, problems and a ``torch.fx.GraphModule``.

flatten.flatten      blocks and repeats written out; no torch
visit.visit          what is found at one layer, from the layer and what arrives
analysis.analyse     shapes, costs and problems of every node
analysis.Resolver    the same of one network after another: only what changed is found again
module.build         the trainable module
table.layer_table    the layers to take away as CSV or Markdown
facts                the records these give; no torch
"""
