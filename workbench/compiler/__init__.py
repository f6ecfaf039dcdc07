"""From the graph as drawn to shapes, costs, problems and a ``torch.fx.GraphModule``."""
