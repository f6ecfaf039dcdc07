"""The weights of a network by how training treats them: which are frozen, which learn at a rate of their own."""

from torch import fx, nn

from workbench.compiler.flatten import flatten
from workbench.layers import LAYERS
from workbench.spec.experiment import Architecture
from workbench.spec.treatment import Treatment, treatments


def treated_weights(module: fx.GraphModule, architecture: Architecture) -> dict[str, Treatment]:
    """Name of a weight -> its treatment; only of those treated otherwise than plainly."""
    treated = treatments(architecture)
    if not treated:
        return {}
    layers = [node for node in flatten(architecture).nodes if node.path in treated]
    modules = dict(module.named_modules())
    found: dict[str, Treatment] = {}
    for node in layers:
        beside = LAYERS.make(node.type, node.parameters).weights_beside()
        if beside:
            names = [node.path + added for added in beside.values()]
        elif node.path in modules:
            names = [f"{node.path}.{name}" for name, _ in modules[node.path].named_parameters()]
        else:
            continue  # an Input is no module, and has nothing to learn
        found |= dict.fromkeys(names, treated[node.path])
    return found


def freeze(module: fx.GraphModule, architecture: Architecture) -> None:
    """Let no gradient be computed for the weights of frozen layers."""
    for name, treatment in treated_weights(module, architecture).items():
        if treatment.frozen:
            module.get_parameter(name).requires_grad_(False)


def resting_norms(module: fx.GraphModule, architecture: Architecture) -> list[nn.Module]:
    """The norms of frozen layers that gather statistics; they are to go on with those they have, as in evaluation."""
    frozen = {path for path, treatment in treatments(architecture).items() if treatment.frozen}
    return [
        layer
        for path, layer in module.named_modules()
        if getattr(layer, "running_mean", None) is not None
        and any(path == above or path.startswith(f"{above}.") for above in frozen)
    ]
