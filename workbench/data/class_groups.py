"""The order of an epoch in which pictures of a class come together, for losses that compare those of a batch."""

import torch
from torch import Tensor


def classes_together(order: Tensor, classes: Tensor, size: int) -> Tensor:
    """Return ``order``, int64 [N], a random one, with the pictures of each class in groups of ``size``.

    classes: int64 [N], on the CPU. A group stands where its first picture stood, so that groups of all classes
    alternate as their pictures did. What does not fill a group comes last.
    """
    labels = classes[order]
    by_class = labels.argsort(stable=True)
    counts = labels.bincount()
    starts = (counts.cumsum(dim=0) - counts)[labels[by_class]]
    here = torch.arange(len(order))
    leads = here - (here - starts) % size
    are_left = leads + size > starts + counts[labels[by_class]]
    return order[by_class[(by_class[leads] + are_left * len(order)).argsort(stable=True)]]
