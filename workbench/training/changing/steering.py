"""How a change is applied during training: when it is due, and what it sets in plan, optimizer and network."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from workbench.compiler.flatten import flatten
from workbench.data.preparation import augmentations_of
from workbench.layers import LAYERS
from workbench.runs.changes import keep_change, read_changes
from workbench.spec.change import Change
from workbench.spec.record import replace
from workbench.training import OPTIMIZERS, SCHEDULES
from workbench.training.changing.changes import EPOCHS, checked, fewest_epochs, is_one, settings
from workbench.training.update import make_optimizer

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.spec.experiment import Experiment
    from workbench.spec.record import Value
    from workbench.training.control import Control
    from workbench.training.distributed.ranks import Ranks
    from workbench.training.plan import Plan
    from workbench.training.state import TrainingState


class Steering:
    """The changes of a run: those made before a stop, due again at the same steps, and those requested now."""

    def __init__(self, folder: Path, control: Control, step: int, ranks: Ranks) -> None:
        self._folder = folder
        self._control = control
        self._ranks = ranks
        made = ranks.from_first(lambda: read_changes(folder), tuple[Change, ...])
        self._due = deque(change for change in made if change.step >= step)
        self.made = [change for change in made if change.step < step]
        """The changes in force, in order."""

    @property
    def next_step(self) -> float:
        """The step after which the next change is due; infinity if there is none."""
        return self._due[0].step if self._due else float("inf")

    def take(self, plan: Plan, state: TrainingState) -> Change | None:
        """Return the next change to be made now, already written to disk; None if there is none."""
        change = self._next(plan, state)
        if change is not None:
            self.made.append(change)
        return change

    def _next(self, plan: Plan, state: TrainingState) -> Change | None:
        while self._due and self._due[0].step <= state.step:
            change = self._due.popleft()
            if is_one(plan.experiment, change.path, change.before, change.after):
                return change
        while (asked := self._control.takes_change()) is not None:
            change = _change(plan, state, *asked)
            if is_one(plan.experiment, change.path, change.before, change.after):
                if self._ranks.is_first:
                    keep_change(self._folder, change)
                self._due = deque(later for later in self._due if later.path != change.path)
                return change
        return None


def _change(plan: Plan, state: TrainingState, path: str, value: Value) -> Change:
    """Return the requested change with its value made valid: epochs cannot be fewer than have begun."""
    if path == EPOCHS:
        assert isinstance(value, int)
        value = max(value, fewest_epochs(state.step, plan.steps_per_epoch))
    before, after = (
        settings(experiment)[path] for experiment in (plan.experiment, checked(plan.experiment, path, value))
    )
    return Change(step=state.step, path=path, before=before, after=after)


def steered(plan: Plan, state: TrainingState, experiment: Experiment) -> Plan:
    """Return the plan of the edited experiment; its settings are applied to the optimizer and the network, which keep
    their state.
    """
    recipe = experiment.training
    optimizer = OPTIMIZERS.of(recipe.optimizer)
    as_new = make_optimizer(optimizer, state.module, experiment).param_groups
    for group, new in zip(state.optimizer.param_groups, as_new, strict=True):
        group |= {name: value for name, value in new.items() if name != "params"}
    for node in flatten(experiment.architecture).nodes:
        for name in LAYERS[node.type].while_running:
            value = getattr(LAYERS.of(node), name)
            setattr(state.module.get_submodule(node.path), name, value)
    return replace(
        plan,
        experiment=experiment,
        schedule=SCHEDULES.of(recipe.schedule),
        optimizer=optimizer,
        train=plan.train.varied_by(augmentations_of(experiment.data)),
    )
