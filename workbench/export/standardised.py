"""A network that takes numbers as they are in a table, and standardises them itself."""

import copy
from collections.abc import Sequence

import torch
from torch import fx


def standardising(module: fx.GraphModule, mean: Sequence[float], std: Sequence[float]) -> fx.GraphModule:
    """Return a copy of the network whose first input is standardised before anything else, as in training's batches.

    mean, std: of each number of the input, or of each channel of series, [D].
    """
    whole = copy.deepcopy(module)
    middle, scale = _free("input_mean", whole), _free("input_scale", whole)
    whole.register_buffer(middle, torch.tensor(mean, dtype=torch.float32))
    whole.register_buffer(scale, 1 / torch.tensor(std, dtype=torch.float32))
    given = next(node for node in whole.graph.nodes if node.op == "placeholder")
    users = list(given.users)
    with whole.graph.inserting_before(given.next):
        centred = whole.graph.call_method("sub", (given, whole.graph.get_attr(middle)))
        standardised = whole.graph.call_method("mul", (centred, whole.graph.get_attr(scale)))
    for user in users:
        user.replace_input_with(given, standardised)
    whole.recompile()
    return whole


def _free(name: str, module: fx.GraphModule) -> str:
    """Return the name, with underscores after it if a layer has it."""
    while hasattr(module, name):
        name += "_"
    return name
