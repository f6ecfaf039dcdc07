"""Advice on a run so far (divergence, overfitting, ...): pure functions of the epochs and layer probes in the log.

Each sign returns None while all is well. All are evaluated at the end of every epoch, and each kind of advice is given
at most once per run. The thresholds are far from what healthy runs do: a false alarm costs more trust than a late one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, pairwise

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
from workbench.spec.quantities import numeral, percent
from workbench.spec.words import plural, several
from workbench.training import OPTIMIZERS
from workbench.training.advice.course import (
    NOTHING_LEARNT,
    UNLEARNT_SHARE,
    Advice,
    Course,
    Sign,
    Weighted,
    either,
    slower,
)
from workbench.training.advice.layer_signs import dies, explodes, vanishes
from workbench.training.changing.changes import settings

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

JUMP = 1.1
"""How many times the best epoch's training loss is one that has jumped and not merely fluctuated."""

PLATEAU_EPOCHS = 6

FAR_LOSS = 100
"""A loss of numbers that are near 1 is smaller."""

FAR_EPOCHS = 5


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


RIGHT = ("val/top1", "val/recall1")
"""What is said to be the share that is right: of a network that only embeds, recall@1."""


def _is_read(event: AnyEvent) -> bool:
    return isinstance(event, READ) or (isinstance(event, StepFinished) and event.step == 1)


def advise(events: Sequence[AnyEvent], experiment: Experiment) -> tuple[AdviceGiven, ...]:
    """Return the new advice after the last epoch of ``events``, of which only the first step and those in ``READ`` are
    used.
    """
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    told = {event.kind for event in events if isinstance(event, AdviceGiven)}
    data = next((event for event in events if isinstance(event, DataPrepared)), None)
    course = Course(
        experiment=experiment,
        start=_start(events, experiment.training),
        losses=tuple(event.metrics["train/loss"] for event in epochs),
        held_out=tuple(event.metrics["val/loss"] for event in epochs if "val/loss" in event.metrics),
        top1=tuple(right for event in epochs if (right := _right(event)) is not None),
        probes=tuple(event for event in events if isinstance(event, LayersProbed)),
        num_held_out=None if data is None else data.num_val,
        num_classes=None if data is None else len(data.class_names) or None,
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


def _right(event: EpochFinished) -> float | None:
    """Return the share of held-out examples that is right; None if there is none."""
    return next((event.metrics[name] for name in RIGHT if name in event.metrics), None)


def _start(events: Sequence[AnyEvent], recipe: TrainingRecipe) -> float | None:
    if recipe.batch_size * recipe.accumulate < LEAST_BATCH:
        return None
    return next((event.loss for event in events if isinstance(event, StepFinished)), None)


def _weighted(metrics: Mapping[str, float], recipe: TrainingRecipe) -> tuple[Weighted, ...]:
    """Return ``Course.weighted``; the metrics have the heads in their order."""
    losses = {
        name.removeprefix("train/").removesuffix("/loss"): loss
        for name, loss in metrics.items()
        if name.startswith("train/") and name.endswith("/loss") and name != "train/loss"
    }
    weights = [head.weight for head in recipe.heads] or [1.0] * len(losses)
    named = zip(losses.items(), weights, strict=True) if len(losses) > 1 else ()
    return tuple(Weighted(head=name, loss=weight * loss, weight=weight) for (name, loss), weight in named if weight)


def outweighs(course: Course) -> Advice | None:
    """In the first epoch, before anything is learnt well, one head's loss is far larger than another's.

    That whose loss is farther from 1 is advised to change. With weights from another run, a small loss may mean that
    the head has learnt its task already.
    """
    if course.unbalanced is None or course.experiment.training.weights is not None:
        return None
    least, most = course.unbalanced
    if most.loss * least.loss > 1:
        odd, unit, weight = most, "larger unit (thousands or millions)", most.weight * least.loss / most.loss
    else:
        odd, unit, weight = least, "smaller unit (thousandths or millionths)", least.weight * most.loss / least.loss
    return Advice(
        what=f"The loss of {most.head} outweighs that of {least.head}: {numeral(most.loss, '.2g')} against "
        f"{numeral(least.loss, '.2g')}, so that hardly anything is learnt for {least.head}.",
        try_=f"If {odd.head} predicts numbers, use a {unit}, so that they are near 1; or give it a "
        f"{'smaller' if odd is most else 'larger'} weight ({weight:.0e}).",
    )


def diverges(course: Course) -> Advice | None:
    """The training loss is above that of the first epoch, or far above that of the first step."""
    losses, start = course.losses, course.start
    if start is not None and course.ran_away:
        was = f"{numeral(start)} at the first step"
    elif len(losses) > 1 and losses[-1] > 1.2 * losses[0]:
        was = f"{numeral(losses[0])} in the first epoch"
    else:
        return None
    return Advice(
        what=f"Training diverges: the loss was {was} and is {numeral(losses[-1])} now.",
        try_=slower(course.experiment.training),
    )


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
    jumps = max(losses[best:]) > JUMP * losses[best]
    least = held_out[best] + max(_fluctuation(course) * held_out[best], OVERFIT_RISE * held_out[0])
    if not rises or more_right or held_out[-1] < least or jumps or losses[-1] > 0.9 * losses[best]:
        return None
    one = course.thing
    return Advice(
        what=f"The network has been overfitting since epoch {best + 1}: the loss on held-out {several(one)} rose from "
        f"{numeral(held_out[best])} to {numeral(held_out[-1])}, while the training loss fell to {numeral(losses[-1])}.",
        try_=f"The best weights are kept. Try {_regularised_more(course)}.",
    )


def _regularised_more(course: Course) -> str:
    """Return what helps against overfitting: more of what the experiment has already, or what it lacks."""
    experiment, recipe = course.experiment, course.experiment.training
    optimizer = OPTIMIZERS.of(recipe.optimizer)
    drops = any(path.startswith("architecture.") and value for path, value in settings(experiment).items())
    ways = [
        "stronger augmentation" if experiment.data.augmentation else "augmentation",
        f"more {several(course.thing)}",
        "more dropout" if drops else "dropout",
        "more weight decay" if getattr(optimizer, "weight_decay", 0) else "weight decay",
        "a smaller network",
    ]
    if recipe.patience is None:
        ways.append("early stopping (patience)")
    return either(ways)


def _fluctuation(course: Course) -> float:
    """Return the share by which the held-out loss may rise by chance: two standard errors of its mean, if the losses of
    single pictures deviate from it by as much as it is; at least 15 %.
    """
    return 0.15 if course.num_held_out is None else max(0.15, 2 / math.sqrt(course.num_held_out))


def stands_still(course: Course) -> Advice | None:
    """The training loss is far from 0 and has stopped falling, although the learning rate is not small yet; or it has
    never fallen, whatever the rate.

    Divergence, unbalanced heads, vanishing gradients and dead units explain a plateau themselves and are reported
    instead.
    """
    losses = course.losses[course.num_before :]
    if course.ran_away or any(sign(course) is not None for sign in (outweighs, vanishes, dies)):
        return None
    if len(losses) <= PLATEAU_EPOCHS + 1 or min(losses) < 0.1 * losses[0]:
        return None
    rates = [probe.learning_rate for probe in course.probes]
    if rates and rates[-1] < 0.5 * max(rates) and not course.learnt_nothing:
        return None
    before, recent = min(losses[:-PLATEAU_EPOCHS]), min(losses[-PLATEAU_EPOCHS:])
    if recent <= 0.99 * before or (recent <= 0.999 * before and _falls(losses[-PLATEAU_EPOCHS - 1 :])):
        return None
    schedule = "a schedule that lowers the learning rate (Cosine), " if _is_constant(course.experiment.training) else ""
    learns_by_heart = bool(course.held_out) and losses[-1] < 0.5 * course.held_out[-1]
    larger = "" if learns_by_heart else ", or a larger network"
    return Advice(
        what=f"The loss has hardly improved for {PLATEAU_EPOCHS} epochs: it was {numeral(before)} and is {numeral(losses[-1])}.",
        try_=f"Try {schedule}a different learning rate{larger}.",
    )


def approaches_slowly(course: Course) -> Advice | None:
    """Numbers are predicted that are far larger than the outputs at first: after some epochs the loss is still more
    than half of that of the first step, and falls faster and faster, as of outputs that grow by the same at each step.
    """
    losses, start = course.losses, course.start
    is_of_names = bool(course.top1) or course.num_classes is not None
    if is_of_names or start is None or start < FAR_LOSS or len(losses) < FAR_EPOCHS or losses[-1] < start / 2:
        return None
    falls = [before - after for before, after in pairwise(losses)]
    if not 0 < falls[0] < falls[-1]:
        return None
    return Advice(
        what=f"The loss was {numeral(start)} at the first step and is still {numeral(losses[-1])}: the outputs grow towards large "
        "numbers by small steps.",
        try_="Try a learning rate ten times larger, or let a Rescaling before the Output turn the answers into the unit of "
        "what is predicted: multiply by its deviation, add its mean.",
    )


def learns_nothing(course: Course) -> Advice | None:
    """At the end, the training loss is still near that of the first step, and no more held-out examples are predicted
    correctly than by chance, two standard errors included, among as many classes. A single epoch may be a single step.
    """
    num_epochs, num_classes, num_held_out = len(course.losses), course.num_classes, course.num_held_out
    if num_epochs < max(2, course.experiment.training.epochs) or not (course.top1 and num_classes and num_held_out):
        return None
    chance = 1 / num_classes
    most = chance + 2 * math.sqrt(chance * (1 - chance) / num_held_out)
    if course.start is None or min(course.losses) < UNLEARNT_SHARE * course.start or max(course.top1) > most:
        return None
    one = course.thing
    return Advice(
        what=f"After {plural(num_epochs, 'epoch')}, nothing was learnt: {percent(max(course.top1))} of the held-out {several(one)} "
        f"are predicted correctly, and guessing among {num_classes} classes would get {percent(chance)}.",
        try_="Try a learning rate ten times smaller, or larger, and then more epochs. If none helps, look in Browse data "
        f"whether the labels belong to the {several(one)}.",
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


SIGNS: dict[str, Sign] = {
    "unbalanced heads": outweighs,
    "divergence": diverges,
    "overfitting": overfits,
    "plateau": stands_still,
    "large numbers": approaches_slowly,
    NOTHING_LEARNT: learns_nothing,
    "exploding gradients": explodes,
    "vanishing gradients": vanishes,
    "dead units": dies,
}
"""Each kind of advice, by its name in the log."""
