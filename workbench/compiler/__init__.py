"""From the graph as drawn to shapes, costs, problems and a ``torch.fx.GraphModule``.

flatten.flatten      expands blocks and repeats; no torch
visit.visit          the facts about one layer, from the layer and its inputs
analysis.analyse     shapes, costs and problems of every node
analysis.Resolver    the same for one network after another, analysing only what changed
module.build         the trainable module
table.layer_table    the layers as a table, CSV or Markdown
facts                the records that these return; no torch
weights              existing weights, matched and loaded; weights_report is the result
diff                 the differences between two networks
places               which layers have maps, and the pixels that each place of a map sees
truncation           the part of a network that a node depends on, and the part behind it
bottleneck           the layers that all paths to an Output pass through
one_input            a network of several Inputs that all get the same picture
importing/           torch or ONNX -> graph

visit asks inference for shapes and costs, receptive for receptive fields, kept_memory for what training keeps and
curve for that of an activation.
Remedies come from offers and padding. out_of_memory recognises an error.
"""
