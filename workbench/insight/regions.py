"""What a network predicts at each place of the plane, for data that is points in it."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, fx

SIDE = 64
"""Places along each side of the square."""


def regions(module: fx.GraphModule, output: str, middle: Sequence[float], reach: float) -> np.ndarray:
    """Return the probability of each class at the places of a square, float32 [K, SIDE, SIDE], its upper row first.

    The square extends ``reach`` from its ``middle`` (x, y) to each side; ``output`` has the logits. The module, in eval
    mode, takes points.
    """
    device = next((weight.device for weight in module.parameters()), torch.device("cpu"))
    steps = torch.linspace(-reach, reach, SIDE)
    y, x = torch.meshgrid(middle[1] - steps, middle[0] + steps, indexing="ij")
    places = torch.stack((x, y), dim=-1).reshape(-1, 2).to(device)
    with torch.no_grad():
        logits: Tensor = module(places)[output]
    probabilities: np.ndarray = logits.float().softmax(dim=1).T.reshape(-1, SIDE, SIDE).cpu().numpy()
    return probabilities
