"""From the graph as drawn to shapes, costs, problems and a ``torch.fx.GraphModule``.

flatten.flatten      expands blocks and repeats; no torch
visit.visit          the facts about one layer, from the layer and its inputs
analysis.analyse     shapes, costs and problems of every node
analysis.Resolver    the same for one network after another, analysing only what changed
module.build         the trainable module
table.layer_table    the layers as a table, CSV or Markdown
facts                the records that these return; no torch
"""
