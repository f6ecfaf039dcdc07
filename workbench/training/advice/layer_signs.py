"""Advice on single layers: gradients that explode or vanish, and units that no longer react to anything."""

from workbench.compiler.flatten import flatten
from workbench.events import LayersProbed
from workbench.spec.experiment import Experiment
from workbench.spec.quantities import percent
from workbench.spec.record import Record
from workbench.spec.words import several
from workbench.training import OPTIMIZERS
from workbench.training.advice.course import Advice, Course, either, warm_up

NORMS = {"BatchNorm", "LayerNorm", "GroupNorm"}
SATURATING = {"Sigmoid", "Tanh", "Hardsigmoid", "Softmax"}

VANISHED = 1e-4
"""The gradient of a layer that is this share of another's has vanished."""

VANISHED_AT_SATURATION = 1e-2
"""It has vanished already at this share if nothing has been learnt and several activations saturate: it is 2e-3 in
LeNet with sigmoids. Without them it proves nothing: an untrained autoencoder with ReLU has 2e-3, too, and learns.
"""


def explodes(course: Course) -> Advice | None:
    """A step would change a layer's weights by more than their norm; only for optimizers whose steps scale with the
    gradient.
    """
    if not course.probes or not OPTIMIZERS[course.experiment.training.optimizer.type].follows_length:
        return None
    probe = course.probes[-1]
    worst = max(_learning(probe), key=lambda layer: layer.gradient / layer.weight, default=None)
    if worst is None or course.experiment.training.clip_norm is not None:
        return None
    times = probe.learning_rate * worst.gradient / worst.weight
    if times <= 1:
        return None
    return Advice(
        what=f"Exploding gradients: one step changes the weights of {worst.layer} by {times:.1f} times their norm.",
        try_="Clip gradients (clip_norm), lower the learning rate, or add a normalisation layer before that one.",
        node=worst.layer,
    )


def vanishes(course: Course) -> Advice | None:
    """Almost no gradient reaches a layer, and the loss does not fall.

    If the loss diverged, this is because units are saturated, and another learning rate helps instead. If one head's
    loss outweighs another's, so do its gradients.
    """
    if len(course.losses) < 2 or not course.probes or course.losses[-1] < 0.95 * course.losses[0]:
        return None
    if course.ran_away or course.unbalanced is not None:
        return None
    layers = _learning(course.probes[-1])
    if len(layers) < 2:
        return None
    least, most = min(layers, key=lambda layer: layer.gradient), max(layers, key=lambda layer: layer.gradient)
    saturates = course.learnt_nothing and sum(kind in SATURATING for kind in _types(course.experiment)) > 1
    if least.gradient >= (VANISHED_AT_SATURATION if saturates else VANISHED) * most.gradient:
        return None
    if least.gradient == 0:
        return Advice(
            what=f"No gradient reaches {least.layer}, so it does not learn.",
            try_=f"What it receives is 0 for every {course.thing}, or the units after it no longer react to any. Look at the "
            f"{several(course.thing)}; "
            f"begin again at a lower learning rate or with {warm_up(course.experiment.training)}; or take LeakyReLU or "
            "GELU instead of ReLU.",
            node=least.layer,
        )
    return Advice(
        what=f"Vanishing gradient at {least.layer}: its norm is {least.gradient:.1e} there and "
        f"{most.gradient:.1e} in {most.layer}.",
        try_=f"Try {_letting_through(course.experiment)}.",
        node=least.layer,
    )


def _letting_through(experiment: Experiment) -> str:
    """Return what lets gradients through, of that which the network lacks."""
    types = set(_types(experiment))
    ways = ["skip connections"]
    if types & SATURATING:
        ways.insert(0, "ReLU instead of a saturating activation")
    if not types & NORMS:
        ways.append("BatchNorm")
    if experiment.training.initialiser.type != "Kaiming":
        ways.append("Kaiming initialisation")
    return either(ways)


def _types(experiment: Experiment) -> list[str]:
    return [node.type for node in flatten(experiment.architecture).nodes]


def dies(course: Course) -> Advice | None:
    """Half of a layer's rectified units output 0 for every picture, in two probes in a row."""
    looks = [{layer.layer: layer.dead for layer in probe.layers if layer.dead is not None} for probe in course.probes]
    if len(looks) < 2:
        return None
    now, before = looks[-1], looks[-2]
    dead = {name: share for name, share in now.items() if min(share, before.get(name, 0.0)) >= 0.5}
    if not dead:
        return None
    worst = max(dead, key=lambda name: dead[name])
    return Advice(
        what=f"{percent(dead[worst], 0)} of the units of {worst} are dead: they output 0 for every {course.thing} and cannot learn.",
        try_="They do not come back by themselves. Begin again at a lower learning rate or with "
        f"{warm_up(course.experiment.training)}, {_livelier(course.experiment, worst)}.",
        node=worst,
    )


def _livelier(experiment: Experiment, layer: str) -> str:
    """Return what keeps the units of ``layer`` alive; not to normalise what it receives if that is done already."""
    nodes = {node.path: node for node in flatten(experiment.architecture).nodes}
    sources = [source[0] for source in nodes[layer].inputs if source is not None]
    if any(nodes[path].type in NORMS for path in sources):
        return "or take LeakyReLU or GELU"
    return "take LeakyReLU or GELU, or put BatchNorm before it"


class _Learning(Record):
    layer: str
    gradient: float
    weight: float


def _learning(probe: LayersProbed) -> list[_Learning]:
    return [
        _Learning(layer=layer.layer, gradient=layer.gradient, weight=layer.weight)
        for layer in probe.layers
        if layer.gradient is not None and layer.weight
    ]
