"""The network to look into: the followed run's or, without a run, the document's with the weights it begins with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from workbench.gui.runtime.event_pump import Follower

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import SignalInstance

    from workbench.gui.experiment.checker import Checker
    from workbench.gui.experiment.document import Document
    from workbench.gui.runtime.event_pump import EventPump, Listener
    from workbench.gui.widgets.message_bar import Kind
    from workbench.session.running.run import Run
    from workbench.session.views.drawn import DrawnNetwork
    from workbench.spec.experiment import Experiment

    Network = Run | DrawnNetwork
    """What both have is all that its listeners use: ``experiment``, ``preparation`` and ``insight``."""


INTERVAL_MS = 2000
"""How often the file of its weights is looked at."""


class Networks(QObject):
    """Lets listeners follow the pump's run and, whenever there is none, the document's network.

    That is built only while one of them wants it, and again when it, or the file of its weights, has changed.
    """

    def __init__(
        self,
        document: Document,
        pump: EventPump,
        checker: Checker,
        is_live: Callable[[], bool],
        say: Callable[[Kind, str], object],
    ) -> None:
        """``is_live`` tells whether a run is in progress or about to start; ``say`` gives a sentence to the user."""
        super().__init__(pump)
        self._document, self._pump, self._checker = document, pump, checker
        self._is_live, self._say = is_live, say
        self._followers: list[Follower] = []
        self._companions: list[Follower] = []
        self._drawn: DrawnNetwork | None = None
        self._seen: Experiment | None = None
        """The document when it was last compared with the network."""
        pump.ticked.connect(self._look)
        self._is_looking = False
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self._look_at_weights)
        self._timer.start()

    def add(self, listener: Listener, until: SignalInstance) -> None:
        """Add a listener, which is left with the signal ``until``."""
        follower = Follower(listener)
        until.connect(lambda *_: self._followers.remove(follower))
        self._followers.append(follower)
        self._pump.add(listener, until)
        if self._drawn is not None:
            follower.begin(self._drawn)

    def accompany(self, listener: Listener) -> None:
        """Let a listener of the pump follow the document's network, too, while others want it."""
        self._companions.append(Follower(listener))

    def try_again(self) -> None:
        """Build the document's network again if it could not be asked: its data may be there by now."""
        if self._drawn is not None and self._drawn.insight.problem:
            self._drop()

    def close(self) -> None:
        """Let the document's network go."""
        self._timer.stop()
        self._drop()

    def _look(self) -> None:
        """At each tick: begin with the document's network or leave it. After an edit it stays until the edited one has
        been checked.
        """
        is_wanted = self._pump.run is None and not self._is_live() and bool(self._followers)
        is_checked = self._checker.settled
        if self._drawn is not None and not (is_wanted and (not is_checked or self._is_current())):
            self._drop()
        experiment = self._document.experiment
        if is_wanted and is_checked and self._drawn is None and experiment.architecture.graph.nodes:
            self._draw(experiment)
        if self._drawn is not None:
            for follower in self._all:
                follower.take((), self._drawn.state)
            if note := self._drawn.take_note():
                self._say("info", note)

    @property
    def _all(self) -> list[Follower]:
        return [*self._followers, *self._companions]

    def _is_current(self) -> bool:
        """Whether the network is still the document's."""
        from workbench.session.views.drawn import are_alike

        assert self._drawn is not None
        experiment, self._seen, seen = self._document.experiment, self._document.experiment, self._seen
        return experiment is seen or are_alike(experiment, self._drawn.experiment)

    def _look_at_weights(self) -> None:
        drawn = self._drawn
        if drawn is not None and drawn.experiment.training.weights is not None and not self._is_looking:
            self._is_looking = True
            self._pump.background("look at the weights", drawn.has_other_weights, partial(self._tell, drawn))

    def _tell(self, drawn: DrawnNetwork, has_other_weights: bool) -> None:
        self._is_looking = False
        if has_other_weights and drawn is self._drawn:
            self._drop()

    def _draw(self, experiment: Experiment) -> None:
        from workbench.session.views.drawn import DrawnNetwork

        self._drawn, self._seen = DrawnNetwork(experiment), experiment
        for follower in self._all:
            follower.begin(self._drawn)

    def _drop(self) -> None:
        drawn, self._drawn = self._drawn, None
        if drawn is None:
            return
        drawn.stop()
        if self._pump.run is None:
            for follower in self._all:
                follower.clear()
        self._pump.background("let a network go", drawn.join, lambda _: None)
