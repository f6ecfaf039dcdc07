"""Initialises a network's weights as the experiment says, and measures the variance of each layer's outputs."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, fx, nn
from torch.utils.hooks import RemovableHandle

from workbench.data.batches import Batches
from workbench.data.varying import draws
from workbench.events import LayerVariance
from workbench.spec.experiment import Experiment
from workbench.spec.treatment import initialisers
from workbench.training import INITIALISERS
from workbench.training.initialiser import Initialiser, mixing_layers
from workbench.training.initialisers.default import Default

PURPOSE = 0x1217
"""Separates the random numbers of the weights from those of the order and the augmentation."""


def chosen_initialisers(module: fx.GraphModule, experiment: Experiment) -> dict[str, Initialiser]:
    """Return the initialiser of each layer that mixes its inputs, by its path: the node's own, or the recipe's."""
    own = initialisers(experiment.architecture)
    everywhere = experiment.training.initialiser
    chosen = {path: own.get(path, own.get(path.rpartition(".")[0], everywhere)) for path, _ in mixing_layers(module)}
    return {path: INITIALISERS.of(component) for path, component in chosen.items()}


def initialise(
    module: fx.GraphModule, chosen: Mapping[str, Initialiser], batches: Batches, seed: int
) -> tuple[LayerVariance, ...]:
    """Draw the weights from ``seed`` and return the variance of each layer's outputs for the first batch, before and
    after.

    ``chosen`` holds initialisers by path. If all of them keep torch's own weights, or there are no examples, as where
    a file has all weights, nothing is drawn and the result is empty. torch's generators are not changed.
    """
    if not len(batches.inputs) or all(isinstance(each, Default) for each in chosen.values()):
        return ()
    inputs = next(batches.epoch(0)).inputs.to(next(module.parameters()).device)
    before = output_variances(module, inputs)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(draws.key(seed, PURPOSE) >> 1)
        draw(module, chosen, inputs)
    after = output_variances(module, inputs)
    return tuple(
        LayerVariance(layer=path, method=type(chosen[path]).__name__, before=before[path], after=after[path])
        for path in before
    )


def draw(module: fx.GraphModule, chosen: Mapping[str, Initialiser], inputs: Tensor) -> None:
    """Draw all layers, then fit each to the batch, in order of computation, by its own initialiser."""
    layers = list(mixing_layers(module))
    for path, layer in layers:
        chosen[path].begin(layer)
    for path, _ in layers:
        chosen[path].fit(module, path, inputs)


def output_variances(module: fx.GraphModule, inputs: Tensor, only: str | None = None) -> dict[str, float]:
    """Return the variance of each mixing layer's outputs (or ``only`` one's) for ``inputs``, float32 [B, ...], by path.

    Computed in eval mode, so that no statistics change and nothing is dropped; the mode is restored.
    """
    variances: dict[str, float] = {}

    def look(path: str) -> RemovableHandle:
        def remember(_layer: nn.Module, _taken: object, given: Tensor | tuple[Tensor, ...]) -> None:
            variances[path] = _variance(given if isinstance(given, Tensor) else given[0])

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


def _variance(answers: Tensor) -> float:
    """Return the variance: 0 for a single value, float32's maximum on overflow; the log holds no nan or inf."""
    if answers.numel() == 1:
        return 0.0
    variance = answers.float().var().item()
    return variance if math.isfinite(variance) else torch.finfo(torch.float32).max
