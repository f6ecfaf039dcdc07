"""A run so far, as the advisor reads it, and the words that several kinds of advice have in common."""

from collections.abc import Callable, Sequence

from workbench.data import thing_of
from workbench.events import LayersProbed
from workbench.spec.experiment import Experiment, TrainingRecipe
from workbench.spec.record import Record

UNBALANCED = 10_000
"""A head's loss this many times another's outweighs it. The losses of classes, labels and numbers near 1 are within a
thousand of each other.
"""


UNLEARNT_EPOCHS = 3
UNLEARNT_SHARE = 0.95
"""A network has learnt nothing if, after so many epochs, no loss was below this share of that of the first step."""

NOTHING_LEARNT = "nothing learnt"
"""The kind of advice at the end of a run that predicts no better than chance."""


class Weighted(Record):
    """A head, its weighted loss on the training pictures in the first epoch, and the weight."""

    head: str
    loss: float
    weight: float


class Course(Record):
    """The history of a run. ``start`` is the loss of the first step, None if the batch was too small to tell.

    One value per epoch: ``losses`` on the training pictures, ``held_out`` on the validation pictures, and ``top1``, the
    share of those predicted correctly or, of embeddings, recall@1; the last two are empty without a validation split.
    """

    experiment: Experiment
    start: float | None
    losses: tuple[float, ...]
    held_out: tuple[float, ...]
    top1: tuple[float, ...]
    probes: tuple[LayersProbed, ...]
    num_held_out: int | None = None
    """The number of validation pictures; None if it is not known."""
    num_classes: int | None = None
    """The number of classes, of which one is predicted; None if it is not known."""
    num_before: int = 0
    """The number of epochs that ended before the last change of the recipe; later ones are effectively another
    training.
    """
    weighted: tuple[Weighted, ...] = ()
    """The heads with a weight; empty for one head alone."""

    @property
    def thing(self) -> str:
        """What an example is called: ``picture``, ``row`` or ``point``."""
        return thing_of(self.experiment.data.source, self.experiment.architecture.input_shape or ())

    @property
    def ran_away(self) -> bool:
        """Whether the loss is far above that of the first step."""
        return self.start is not None and self.losses[-1] > 2 * self.start

    @property
    def learnt_nothing(self) -> bool:
        """Whether the loss is still that of the first step."""
        is_late = len(self.losses) >= UNLEARNT_EPOCHS
        return is_late and self.start is not None and min(self.losses) > UNLEARNT_SHARE * self.start

    @property
    def unbalanced(self) -> tuple[Weighted, Weighted] | None:
        """The head of the smallest loss and that of the largest, if it outweighs the other; otherwise None."""
        heads = sorted(self.weighted, key=lambda head: head.loss)
        return (heads[0], heads[-1]) if heads and 0 < UNBALANCED * heads[0].loss <= heads[-1].loss else None


class Advice(Record):
    """What was observed, with its numbers, and what to try; ``node`` is the path of the layer concerned, if any."""

    what: str
    try_: str
    node: str = ""


Sign = Callable[[Course], Advice | None]


def slower(recipe: TrainingRecipe) -> str:
    """Return what helps where values diverge: more of what the recipe has already, or what it lacks."""
    at = "" if recipe.clip_norm is None else " at a smaller norm"
    return f"Try a tenth of the learning rate, {warm_up(recipe)}, or clipping gradients{at} (clip_norm)."


def warm_up(recipe: TrainingRecipe) -> str:
    """Return what to try in words: a warm-up, or a longer one than the recipe has."""
    return "a longer warm-up" if recipe.schedule.parameters.get("warmup_epochs") else "a warm-up"


def either(ways: Sequence[str]) -> str:
    """Return alternatives in words: ``a``, ``a or b``, ``a, b, or c``."""
    return " or ".join(ways) if len(ways) < 3 else f"{', '.join(ways[:-1])}, or {ways[-1]}"
