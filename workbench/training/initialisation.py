"""Draws a network's first weights as the recipe says, and measures what that does to the layers' answers."""

import torch
from torch import Tensor, fx, nn
from torch.utils.hooks import RemovableHandle

from workbench.data import draws
from workbench.data.batches import Batches
from workbench.events import LayerVariance
from workbench.training.initialiser import Initialiser, mixing_layers
from workbench.training.initialisers.default import Default

PURPOSE = 0x1217
"""Keeps the weights' random numbers apart from those of the order and the augmentation."""


def initialise(
    module: fx.GraphModule, initialiser: Initialiser, batches: Batches, seed: int
) -> tuple[LayerVariance, ...]:
    """Draw the weights by ``seed``; gives the variance of each layer's answers to the first batch, before and after.

    Nothing is drawn, and nothing given, for torch's own weights. torch's generators stay as they are.
    """
    if isinstance(initialiser, Default):
        return ()
    inputs = next(batches.epoch(0)).inputs.to(next(module.parameters()).device)
    before = output_variances(module, inputs)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(draws.key(seed, PURPOSE) >> 1)
        initialiser.apply(module, inputs)
    after = output_variances(module, inputs)
    return tuple(LayerVariance(layer=path, before=before[path], after=after[path]) for path in before)


def output_variances(module: fx.GraphModule, inputs: Tensor, only: str | None = None) -> dict[str, float]:
    """The variance of what each mixing layer (or ``only`` one) answers to ``inputs``, float32 [B, ...], by its path.

    In eval mode, so that no statistics are learnt and nothing is dropped; the mode is put back.
    """
    variances: dict[str, float] = {}

    def look(path: str) -> RemovableHandle:
        def remember(_layer: nn.Module, _taken: object, given: Tensor | tuple[Tensor, ...]) -> None:
            variances[path] = (given if isinstance(given, Tensor) else given[0]).float().var().item()

        return module.get_submodule(path).register_forward_hook(remember)

    handles = [look(path) for path, _ in mixing_layers(module) if only in (None, path)]
    was_training = module.training
    module.eval()
    try:
        with torch.no_grad():
            module(*[inputs] * sum(node.op == "placeholder" for node in module.graph.nodes))
    finally:
        module.train(was_training)
        for handle in handles:
            handle.remove()
    return variances
