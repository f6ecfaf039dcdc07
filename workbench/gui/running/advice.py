"""Shows the advisor's advice on the followed run: a message that leads to the layer and offers an immediate remedy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.events import AdviceGiven, AnyEvent
from workbench.gui.experiment.document import Document
from workbench.gui.running.trainer import Trainer
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.message_bar import Action, MessageBar
from workbench.spec.experiment import Experiment
from workbench.spec.problems import Problem
from workbench.spec.record import replace

if TYPE_CHECKING:
    from workbench.session.running.run import Run

PATIENCE = 5
CLIP_NORM = 1.0
"""The norm to clip the gradient to; 1 is the usual first choice."""

Edit = Callable[[Experiment], Experiment | None]
"""Returns the experiment with the remedy; None if it has that already, or cannot have it."""


def _slower(experiment: Experiment) -> Experiment | None:
    from workbench.gui.settings.presenter import with_scaled_rate

    return with_scaled_rate(experiment, 0.1)


def _ending_early(experiment: Experiment) -> Experiment | None:
    recipe = experiment.training
    return replace(experiment, training=replace(recipe, patience=PATIENCE)) if recipe.patience is None else None


def _clipped(experiment: Experiment) -> Experiment | None:
    recipe = experiment.training
    return replace(experiment, training=replace(recipe, clip_norm=CLIP_NORM)) if recipe.clip_norm is None else None


OFFERS: dict[str, tuple[str, Edit]] = {
    "divergence": ("Reduce the rate to a tenth", _slower),
    "exploding gradients": (f"Clip the gradient to {CLIP_NORM:g}", _clipped),
    "overfitting": (f"Stop early (patience {PATIENCE})", _ending_early),
}
"""By kind of advice, a remedy that can be applied during a run; the message above the canvas offers it."""


class Advice:
    """Listens for advice, and does not repeat what it has told of a run when that is resumed.

    ``show`` goes to a problem on the canvas.
    """

    def __init__(
        self,
        document: Document,
        pump: EventPump,
        trainer: Trainer,
        messages: MessageBar,
        show: Callable[[Problem], None],
    ) -> None:
        self._document = document
        self._trainer = trainer
        self._messages = messages
        self._show = show
        self._folder: Path | None = None
        self._told: set[str] = set()
        """Kinds of advice told of the run in that folder."""
        pump.add(self)

    def begin(self, run: Run) -> None:
        """Follow another run, or the same one resumed."""
        if run.folder != self._folder:
            self._folder, self._told = run.folder, set()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Tell advice that is new."""
        for event in events:
            if isinstance(event, AdviceGiven) and event.kind not in self._told:
                self._told.add(event.kind)
                self._tell(event)

    def clear(self) -> None:
        """Nothing to clear: a run to be resumed is left and followed again."""

    def _tell(self, said: AdviceGiven) -> None:
        problem = Problem(node=said.node, what=said.what, mend=said.advice, severity="warning")
        shows: list[Action] = [(f"Show {said.node}", partial(self._show, problem))] if said.node else []
        actions: list[Action] = []
        if said.kind in OFFERS and not self._trainer.is_strange:
            words, edit = OFFERS[said.kind]
            if edit(self._document.experiment) is not None:
                actions.append((words, partial(self._edit, words, edit)))
        self._messages.say("warning", f"{said.what} {said.advice}", *actions, shows=shows)

    def _edit(self, words: str, edit: Edit) -> None:
        edited = edit(self._document.experiment)
        if edited is not None:
            self._document.apply(words.lower(), edited)
