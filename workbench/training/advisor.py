"""Advice on a run so far (divergence, overfitting, ...): pure functions of the epochs and layer probes in the log.

Each sign returns None while all is well. All are evaluated at the end of every epoch, and each kind of advice is given
at most once per run. The thresholds are far from what healthy runs do: a false alarm costs more trust than a late one.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

from workbench.compiler.flatten import flatten
from workbench.events import (
    AdviceGiven,
    AnyEvent,
    DataPrepared,
    EpochFinished,
    LayersProbed,
    RecipeChanged,
    StepFinished,
)
from workbench.spec.change import with_setting
from workbench.spec.experiment import Experiment, TrainingRecipe
from workbench.spec.record import Record
from workbench.training import OPTIMIZERS
from workbench.training.changes import settings

READ = (DataPrepared, LayersProbed, EpochFinished, AdviceGiven, RecipeChanged)
"""The events that the signs are computed from, besides the first step."""

LEAST_BATCH = 16
"""The smallest batch whose loss at the first step is used as the starting loss; that of fewer pictures may be near 0 by
chance.
"""

OVERFIT_EPOCHS = 3
OVERFIT_RISE = 0.02
"""The smallest rise that counts, as a share of the first epoch's held-out loss; below it the task is as good as learnt,
and the loss merely fluctuates.
"""

PLATEAU_EPOCHS = 6

UNBALANCED = 10_000
"""A head's loss this many times another's outweighs it. The losses of classes, labels and numbers near 1 are within a
thousand of each other.
"""

NORMS = {"BatchNorm", "LayerNorm", "GroupNorm"}
SATURATING = {"Sigmoid", "Tanh", "Hardsigmoid", "Softmax"}


class Course(Record):
    """The history of a run. ``start`` is the loss of the first step, None if the batch was too small to tell.

    One value per epoch: ``losses`` on the training pictures, ``held_out`` on the validation pictures, and ``top1``, the
    share of those predicted correctly; the last two are empty without a validation split.
    """

    experiment: Experiment
    start: float | None
    losses: tuple[float, ...]
    held_out: tuple[float, ...]
    top1: tuple[float, ...]
    probes: tuple[LayersProbed, ...]
    num_held_out: int | None = None
    """The number of validation pictures; None if it is not known."""
    num_before: int = 0
    """The number of epochs that ended before the last change of the recipe; later ones are effectively another
    training.
    """
    weighted: tuple[tuple[str, float, float], ...] = ()
    """Each head's name, its weighted loss on the training pictures in the first epoch, and the weight; empty for one
    head alone.
    """


class Advice(Record):
    """What was observed, with its numbers, and what to try; ``node`` is the path of the layer concerned, if any."""

    what: str
    try_: str
    node: str = ""


Sign = Callable[[Course], Advice | None]


class Advisor:
    """Receives a run's events as they arrive and keeps those that the signs are computed from.

    ``experiment`` is the run's current one; ``before`` holds the earlier events of a resumed run.
    """

    def __init__(self, experiment: Experiment, before: Iterable[AnyEvent] = ()) -> None:
        self._experiment = experiment
        self._heard = [event for event in before if _is_read(event)]

    def hear(self, event: AnyEvent) -> tuple[AdviceGiven, ...]:
        """Return the advice to give now; empty except at the end of an epoch."""
        if not _is_read(event):
            return ()
        self._heard.append(event)
        if isinstance(event, RecipeChanged):
            self._experiment = with_setting(self._experiment, event.path, event.after)
        given = advise(self._heard, self._experiment) if isinstance(event, EpochFinished) else ()
        self._heard += given
        return given


def _is_read(event: AnyEvent) -> bool:
    return isinstance(event, READ) or (isinstance(event, StepFinished) and event.step == 1)


def advise(events: Sequence[AnyEvent], experiment: Experiment) -> tuple[AdviceGiven, ...]:
    """Return the new advice after the last epoch of ``events``, of which only the first step and those in ``READ`` are
    used.
    """
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    told = {event.kind for event in events if isinstance(event, AdviceGiven)}
    course = Course(
        experiment=experiment,
        start=_start(events, experiment.training),
        losses=tuple(event.metrics["train/loss"] for event in epochs),
        held_out=tuple(event.metrics["val/loss"] for event in epochs if "val/loss" in event.metrics),
        top1=tuple(event.metrics["val/top1"] for event in epochs if "val/top1" in event.metrics),
        probes=tuple(event for event in events if isinstance(event, LayersProbed)),
        num_held_out=next((event.num_val for event in events if isinstance(event, DataPrepared)), None),
        num_before=_before_last_change(events),
        weighted=_weighted(epochs[0].metrics, experiment.training),
    )
    found = {kind: sign(course) for kind, sign in SIGNS.items() if kind not in told}
    return tuple(
        AdviceGiven(
            at=epochs[-1].at, epoch=len(epochs), kind=kind, what=advice.what, advice=advice.try_, node=advice.node
        )
        for kind, advice in found.items()
        if advice is not None
    )


def _before_last_change(events: Sequence[AnyEvent]) -> int:
    last = max((place for place, event in enumerate(events) if isinstance(event, RecipeChanged)), default=0)
    return sum(isinstance(event, EpochFinished) for event in events[:last])


def _start(events: Sequence[AnyEvent], recipe: TrainingRecipe) -> float | None:
    if recipe.batch_size * recipe.accumulate < LEAST_BATCH:
        return None
    return next((event.loss for event in events if isinstance(event, StepFinished)), None)


def _weighted(metrics: Mapping[str, float], recipe: TrainingRecipe) -> tuple[tuple[str, float, float], ...]:
    """Return ``Course.weighted``, of the heads that have a weight; the metrics have the heads in their order."""
    losses = {
        name.removeprefix("train/").removesuffix("/loss"): loss
        for name, loss in metrics.items()
        if name.startswith("train/") and name.endswith("/loss") and name != "train/loss"
    }
    weights = [head.weight for head in recipe.heads] or [1.0] * len(losses)
    named = zip(losses.items(), weights, strict=True) if len(losses) > 1 else ()
    return tuple((name, weight * loss, weight) for (name, loss), weight in named if weight)


def outweighs(course: Course) -> Advice | None:
    """In the first epoch, before anything is learnt well, one head's loss is far larger than another's."""
    if len(course.weighted) < 2:
        return None
    (least, low, _), *_, (most, high, weight) = sorted(course.weighted, key=lambda head: head[1])
    if not low or high < UNBALANCED * low:
        return None
    fair = weight * low / high
    return Advice(
        what=f"The loss of {most} outweighs that of {least}: {high:.2g} against {low:.2g}, so that hardly anything is learnt "
        f"for {least}.",
        try_=f"If {most} predicts numbers, use a larger unit (thousands or millions), so that they are near 1; or give it a "
        f"smaller weight ({fair:.0e}).",
    )


def diverges(course: Course) -> Advice | None:
    """The training loss is above that of the first epoch, or far above that of the first step."""
    losses, start = course.losses, course.start
    if _ran_away(course):
        was = f"{start:.3g} at the first step"
    elif len(losses) > 1 and losses[-1] > 1.2 * losses[0]:
        was = f"{losses[0]:.3g} in the first epoch"
    else:
        return None
    return Advice(
        what=f"Training diverges: the loss was {was} and is {losses[-1]:.3g} now.",
        try_=slower(course.experiment.training),
    )


def slower(recipe: TrainingRecipe) -> str:
    """Return what helps where values diverge: more of what the recipe has already, or what it lacks."""
    clipping = "gradient clipping (clip_norm)" if recipe.clip_norm is None else "a smaller clip_norm"
    return f"Try a tenth of the learning rate, {_warm_up(recipe)}, or {clipping}."


def _warm_up(recipe: TrainingRecipe) -> str:
    return "a longer warm-up" if recipe.schedule.parameters.get("warmup_epochs") else "a warm-up"


def _ran_away(course: Course) -> bool:
    """Return whether the loss is far above that of the first step."""
    return course.start is not None and course.losses[-1] > 2 * course.start


def overfits(course: Course) -> Advice | None:
    """The held-out loss rises while the training loss falls, and top-1 on held-out pictures no longer improves.

    If top-1 still improves, the network has only become overconfident in its mistakes. A network that overfits has a
    lower loss on the training pictures than on held-out ones; if that has jumped since the best epoch, the steps are
    too large.
    """
    held_out, losses = course.held_out, course.losses
    if not held_out or losses[-1] >= held_out[-1] or (course.start is not None and losses[-1] > course.start):
        return None
    best = held_out.index(min(held_out))
    since = held_out[best + 1 :]
    more_right = max(course.top1[best + 1 :], default=0.0) > max(course.top1[: best + 1], default=0.0)
    rises = len(since) >= OVERFIT_EPOCHS and min(since[-OVERFIT_EPOCHS:]) > 1.05 * held_out[best]
    jumps = max(losses[best:]) > losses[best]
    least = held_out[best] + max(_fluctuation(course) * held_out[best], OVERFIT_RISE * held_out[0])
    if not rises or more_right or held_out[-1] < least or jumps or losses[-1] > 0.9 * losses[best]:
        return None
    return Advice(
        what=f"The network has been overfitting since epoch {best + 1}: the loss on held-out pictures rose from "
        f"{held_out[best]:.3g} to {held_out[-1]:.3g}, while the training loss fell to {losses[-1]:.3g}.",
        try_=f"The best weights are kept. Try {_regularised_more(course.experiment)}.",
    )


def _regularised_more(experiment: Experiment) -> str:
    """Return what helps against overfitting: more of what the experiment has already, or what it lacks."""
    recipe = experiment.training
    optimizer = OPTIMIZERS.make(recipe.optimizer.type, recipe.optimizer.parameters)
    drops = any(path.startswith("architecture.") and value for path, value in settings(experiment).items())
    ways = [
        "stronger augmentation" if experiment.data.augmentation else "augmentation",
        "more pictures",
        "more dropout" if drops else "dropout",
        "more weight decay" if getattr(optimizer, "weight_decay", 0) else "weight decay",
        "a smaller network",
    ]
    if recipe.patience is None:
        ways.append("early stopping (patience)")
    return _either(ways)


def _fluctuation(course: Course) -> float:
    """Return the share by which the held-out loss may rise by chance: two standard errors of its mean, if the losses of
    single pictures deviate from it by as much as it is; at least 15 %.
    """
    return 0.15 if course.num_held_out is None else max(0.15, 2 / math.sqrt(course.num_held_out))


def stands_still(course: Course) -> Advice | None:
    """The training loss is far from 0 and has stopped falling, although the learning rate is not small yet.

    Divergence, unbalanced heads, vanishing gradients and dead units explain a plateau themselves and are reported
    instead.
    """
    losses = course.losses[course.num_before :]
    if _ran_away(course) or any(sign(course) is not None for sign in (outweighs, vanishes, dies)):
        return None
    if len(losses) <= PLATEAU_EPOCHS + 1 or min(losses) < 0.1 * losses[0]:
        return None
    rates = [probe.learning_rate for probe in course.probes]
    if rates and rates[-1] < 0.5 * max(rates):
        return None
    before, recent = min(losses[:-PLATEAU_EPOCHS]), min(losses[-PLATEAU_EPOCHS:])
    if recent <= 0.99 * before or (recent <= 0.999 * before and _falls(losses[-PLATEAU_EPOCHS - 1 :])):
        return None
    schedule = "a schedule that lowers the learning rate (Cosine), " if _is_constant(course.experiment.training) else ""
    learns_by_heart = bool(course.held_out) and losses[-1] < 0.5 * course.held_out[-1]
    larger = "" if learns_by_heart else ", or a larger network"
    return Advice(
        what=f"The loss has hardly improved for {PLATEAU_EPOCHS} epochs: it was {before:.3g} and is {losses[-1]:.3g}.",
        try_=f"Try {schedule}a different learning rate{larger}.",
    )


def _falls(losses: Sequence[float]) -> bool:
    """Return whether later losses are lower than earlier ones more often than chance explains: the trend test of Mann
    (1945), at two standard deviations.
    """
    number = len(losses)
    trend = sum((later < earlier) - (later > earlier) for earlier, later in combinations(losses, 2))
    return trend > 2 * math.sqrt(number * (number - 1) * (2 * number + 5) / 18)


def _is_constant(recipe: TrainingRecipe) -> bool:
    return recipe.schedule.type == "Constant"


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
        try_="Clip the gradient (clip_norm), lower the learning rate, or add a normalisation layer before that one.",
        node=worst.layer,
    )


def vanishes(course: Course) -> Advice | None:
    """Almost no gradient reaches a layer, and the loss does not fall.

    If the loss diverged, this is because units are saturated, and another learning rate helps instead. If one head's
    loss outweighs another's, so do its gradients.
    """
    if len(course.losses) < 2 or not course.probes or course.losses[-1] < 0.95 * course.losses[0]:
        return None
    if _ran_away(course) or outweighs(course) is not None:
        return None
    layers = _learning(course.probes[-1])
    if len(layers) < 2:
        return None
    least, most = min(layers, key=lambda layer: layer.gradient), max(layers, key=lambda layer: layer.gradient)
    if least.gradient >= 1e-4 * most.gradient:
        return None
    if least.gradient == 0:
        return Advice(
            what=f"No gradient reaches {least.layer}, so it does not learn.",
            try_="What it receives is 0 for every picture, or the units after it no longer react to any. Look at the pictures; "
            f"begin again at a lower learning rate or with {_warm_up(course.experiment.training)}; or take LeakyReLU or "
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
    types = {node.type for node in flatten(experiment.architecture).nodes}
    ways = ["skip connections"]
    if types & SATURATING:
        ways.insert(0, "ReLU instead of a saturating activation")
    if not types & NORMS:
        ways.append("BatchNorm")
    if experiment.training.initialiser.type != "Kaiming":
        ways.append("Kaiming initialisation")
    return _either(ways)


def _either(ways: Sequence[str]) -> str:
    """Return alternatives in words: ``a``, ``a or b``, ``a, b, or c``."""
    return " or ".join(ways) if len(ways) < 3 else f"{', '.join(ways[:-1])}, or {ways[-1]}"


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
        what=f"{100 * dead[worst]:.0f} % of the units of {worst} are dead: they output 0 for every picture and cannot learn.",
        try_="They do not come back by themselves. Begin again at a lower learning rate or with "
        f"{_warm_up(course.experiment.training)}, {_livelier(course.experiment, worst)}.",
        node=worst,
    )


def _livelier(experiment: Experiment, layer: str) -> str:
    """Return what keeps the units of ``layer`` alive; not to normalise what it receives if that is done already."""
    nodes = {node.path: node for node in flatten(experiment.architecture).nodes}
    sources = [source[0] for source in nodes[layer].inputs if source is not None]
    if any(nodes[path].type in NORMS for path in sources):
        return "or take LeakyReLU or GELU"
    return "take LeakyReLU or GELU, or put BatchNorm before it"


SIGNS: dict[str, Sign] = {
    "unbalanced heads": outweighs,
    "divergence": diverges,
    "overfitting": overfits,
    "plateau": stands_still,
    "exploding gradients": explodes,
    "vanishing gradients": vanishes,
    "dead units": dies,
}
"""Each kind of advice, by its name in the log."""


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
