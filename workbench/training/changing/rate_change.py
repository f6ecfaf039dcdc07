"""What becomes of a change requested from a run: a schedule scales a learning rate, and epochs that have begun stay. No
torch is imported here.
"""

from collections.abc import Iterable

from workbench.events import AnyEvent, RunStarted, StepFinished
from workbench.spec.experiment import Experiment
from workbench.spec.record import Record, Value
from workbench.training import OPTIMIZERS, SCHEDULES
from workbench.training.changing.changes import EPOCHS, RATE, fewest_epochs, name_of, sentence


class Position(Record):
    """The position of a run: after ``step`` steps, the last at learning rate ``rate`` (None before the first)."""

    step: int = 0
    rate: float | None = None
    steps_per_epoch: int = 1

    def after(self, events: Iterable[AnyEvent]) -> "Position":
        """Return the position after these further events."""
        step, rate, steps_per_epoch = self.step, self.rate, self.steps_per_epoch
        for event in events:
            if isinstance(event, StepFinished):
                step, rate = event.step, event.learning_rate
            elif isinstance(event, RunStarted):
                steps_per_epoch = event.steps_per_epoch
        return Position(step=step, rate=rate, steps_per_epoch=steps_per_epoch)


def foretold(path: str, before: Value, after: Value, edited: Experiment, position: Position) -> str:
    """Return a change in words, as ``changes.sentence`` does, with the scaled rates if a schedule changes them:
    ``learning rate 0.05 → 0.01 (with Cosine: 0.0171 → 0.00342)``; and with the epochs that the run will have if it
    cannot have so few: ``epochs 10 → 3 (not 1: epoch 3 has begun)``.
    """
    possible = made_of(path, after, position)
    if possible != after:
        made = f"{name_of(path)} stay {before}" if possible == before else sentence(path, before, possible)
        return f"{made} (not {after}: epoch {possible} has begun)"
    said = sentence(path, before, after)
    if path != RATE or position.rate is None:
        return said
    scaled = f"{position.rate:.3g} → {next_rate(edited, position):.3g}"
    is_scaled = scaled != f"{before:.3g} → {after:.3g}"
    return f"{said} (with {edited.training.schedule.type}: {scaled})" if is_scaled else said


def made_of(path: str, after: Value, position: Position) -> Value:
    """Return what the run would set now if ``after`` were requested: epochs cannot be fewer than have begun."""
    if path == EPOCHS and isinstance(after, int):
        return max(after, fewest_epochs(position.step, position.steps_per_epoch))
    return after


def next_rate(edited: Experiment, position: Position) -> float:
    """Return the next step's rate if that of ``edited`` were set now; a schedule that looks back starts anew."""
    chosen = edited.training
    optimizer = OPTIMIZERS.of(chosen.optimizer)
    schedule = SCHEDULES.of(chosen.schedule)
    num_steps = max(chosen.epochs * position.steps_per_epoch, position.step + 1)
    return float(optimizer.lr * schedule.factor(position.step, position.steps_per_epoch, num_steps))
