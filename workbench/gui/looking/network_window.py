"""A window that asks a network: the followed run's or, without a run, that on the canvas."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from workbench.data.progress import counted
from workbench.gui.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from workbench.events import AnyEvent
    from workbench.gui.experiment.networks import Network, Networks
    from workbench.gui.runtime.event_pump import EventPump


class NetworkWindow(Dialog):
    """Asks when its ``presenter`` finds it due, and takes the answers at each tick: who clicks does not wait for the
    events of a run. Subclasses call ``_follow`` when they are laid out.
    """

    presenter: Any

    def __init__(self, parent: QWidget, title: str, pump: EventPump) -> None:
        super().__init__(parent, title)
        self._pump = pump
        self._network: Network | None = None

    def _follow(self, networks: Networks) -> None:
        self.finished.connect(self.stop)
        networks.add(self, until=self.finished)
        self._pump.ticked.connect(self._look)

    def begin(self, network: Network) -> None:
        """Ask another network."""
        self._leave()
        self._network = network
        self._begin()

    def clear(self) -> None:
        """Ask no network."""
        self._leave()
        self._network = None
        self._begin()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Ask again when it is due."""
        self.presenter.feed(events, state)
        self._ask()

    def stop(self) -> None:
        """Cancel what is being computed, and stop listening."""
        self._leave()
        self._network = None
        self._pump.ticked.disconnect(self._look)

    @property
    def _doing(self) -> str:
        """What is being done before the network can be asked: ``Decoding pictures 1,024/60,000…``."""
        preparation = None if self._network is None else self._network.preparation
        return "" if preparation is None else f"{counted(*preparation)}…"

    @abstractmethod
    def _begin(self) -> None:
        """Show nothing of the network before."""

    @abstractmethod
    def _leave(self) -> None:
        """Cancel what the network is computing for this window."""

    @abstractmethod
    def _ask(self) -> None:
        """Ask the network if there is one and the presenter wants to."""

    @abstractmethod
    def _look(self) -> None:
        """Take the newest answers."""
