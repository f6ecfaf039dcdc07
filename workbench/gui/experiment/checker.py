"""Checks the network in the background while it is edited; only the answer to the latest change is shown."""

from PySide6.QtCore import QObject, Signal

from workbench.gui.experiment.document import Document
from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.session.editing.analyst import Analyst
from workbench.session.running.speed import device_title
from workbench.spec.experiment import Experiment


class Checker(QObject):
    """Asks the analyst after each change, and reports the newest analysis and the device that a run would use."""

    checked = Signal(object)
    """Emitted with an ``Analysis`` of the document in its current state."""

    device_found = Signal(str)

    def __init__(self, document: Document, pump: EventPump) -> None:
        super().__init__(pump)
        self._document = document
        self._devices = Newest(pump)
        self._analyst: Analyst | None = None
        self._device_wish: str | None = None
        document.listen(self._on_change)
        pump.ticked.connect(self._take)

    def start(self) -> None:
        """Load torch in the background and check the document."""
        self._analyst = Analyst()
        self._analyst.ask(self._document.experiment)

    def check_again(self) -> None:
        """Check the document with the facts of its data looked up again."""
        if self._analyst is not None:
            self._analyst.forget_data()
            self._analyst.ask(self._document.experiment)

    @property
    def settled(self) -> bool:
        """Whether the latest reported analysis is of the document in its current state."""
        return self._analyst is not None and self._analyst.settled

    def close(self, timeout_s: float) -> bool:
        """End the analyst's thread. Return whether it ended within the timeout."""
        return self._analyst is None or self._analyst.close(timeout_s)

    def _on_change(self, before: Experiment, after: Experiment) -> None:
        same = (
            before.architecture is after.architecture
            and before.data is after.data
            and before.training is after.training
        )
        if self._analyst is not None and not same:
            self._analyst.ask(after)
        if self._device_wish is not None:
            self._find_device()

    def _take(self) -> None:
        analysis = self._analyst.take() if self._analyst is not None else None
        if analysis is not None:
            self.checked.emit(analysis)
            self._find_device()

    def _find_device(self) -> None:
        wish = self._document.experiment.training.device
        if wish != self._device_wish:
            self._device_wish = wish
            self._devices.background(
                "find the device", lambda: device_title(wish), self._tell_device, self._tell_device
            )

    def _tell_device(self, found: str | Exception) -> None:
        """Report the device's title, or why there is none."""
        self.device_found.emit(str(found))
