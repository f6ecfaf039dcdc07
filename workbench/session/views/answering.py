"""The network that answers questions during training: a copy of it, and the network itself at the end."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.session.failure import told

if TYPE_CHECKING:
    from torch import fx

    from workbench.training.state import TrainingState

COPY_AGE_S = 2.0
"""A click during training is answered by a copy up to this old, so that clicks in a row are instant."""


@dataclass(frozen=True, kw_only=True)
class Answering:
    """The network after ``step``, in eval mode; None if ``problem`` says why there is none."""

    step: int
    module: fx.GraphModule | None
    problem: str = ""


class Copies:
    """Copies of a network in training, made no more often than necessary."""

    def __init__(self, state: TrainingState) -> None:
        self._state = state
        self.newest: Answering | None = None
        """The last copy made, however old."""
        self._copied_s = 0.0

    def take(self, *, at_rest: bool) -> Answering:
        """Return the network as of a few seconds ago at most, or its current state if ``at_rest``."""
        newest, now_s = self.newest, time.monotonic()
        most_s = 0.0 if at_rest else COPY_AGE_S
        if newest is None or (newest.step != self._state.step and now_s - self._copied_s > most_s):
            try:
                newest = Answering(step=self._state.step, module=copy.deepcopy(self._state.learnt).eval())
            except Exception as error:  # noqa: BLE001  # out of memory, say, which must not end the training
                return Answering(step=self._state.step, module=None, problem=told(error))
            self.newest, self._copied_s = newest, now_s
        return newest
