"""How training treats each weight of a network: which are frozen, and which have a learning-rate factor."""

from torch import fx

from workbench.compiler.flatten import flatten
from workbench.layers import LAYERS
from workbench.spec.experiment import Architecture
from workbench.spec.treatment import Treatment, treatments


def treated_weights(module: fx.GraphModule, architecture: Architecture) -> dict[str, Treatment]:
    """Return weight name -> treatment, only for weights that have one."""
    treated = treatments(architecture)
    if not treated:
        return {}
    layers = [node for node in flatten(architecture).nodes if node.path in treated]
    modules = dict(module.named_modules())
    weights = {name for name, _ in module.named_parameters()}  # beside a layer there may be constants too
    found: dict[str, Treatment] = {}
    for node in layers:
        beside = LAYERS.of(node).weights_beside()
        if beside:
            names = [node.path + added for added in beside.values()]
        else:
            names = [f"{node.path}.{name}" for name, _ in modules[node.path].named_parameters()]
        found |= dict.fromkeys(weights.intersection(names), treated[node.path])
    return found


def freeze(module: fx.GraphModule, architecture: Architecture) -> None:
    """Disable gradients for the weights of frozen layers."""
    for name, treatment in treated_weights(module, architecture).items():
        if treatment.frozen:
            module.get_parameter(name).requires_grad_(False)


def set_training(module: fx.GraphModule, architecture: Architecture) -> None:
    """Set the network to training. Norms with running statistics in frozen layers keep these, as in evaluation."""
    module.train()
    frozen = {path for path, treatment in treatments(architecture).items() if treatment.frozen}
    for path, layer in module.named_modules():
        if path in frozen and getattr(layer, "running_mean", None) is not None:
            layer.eval()
