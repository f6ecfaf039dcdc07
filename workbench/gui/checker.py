"""Has the network checked while it is edited: each change is a question, the answer to the last one is shown."""

from functools import partial

from PySide6.QtCore import QObject, Signal

from workbench.gui.document import Document
from workbench.gui.event_pump import EventPump
from workbench.session.analyst import Analyst
from workbench.session.speed import device_title
from workbench.spec.experiment import Experiment


class Checker(QObject):
    """Asks the analyst after each change; tells the newest analysis, and the device that a run would use."""

    checked = Signal(object)
    """An ``Analysis`` of the document as it is now."""

    device_found = Signal(str)

    def __init__(self, document: Document, pump: EventPump) -> None:
        super().__init__(pump)
        self._document = document
        self._pump = pump
        self._analyst: Analyst | None = None
        self._asked = 0
        self._shown = 0
        self._device_wish: str | None = None
        document.listen(self._on_change)
        pump.ticked.connect(self._take)

    def start(self) -> None:
        """Load torch in the background and check what there is."""
        self._analyst = Analyst()
        self._asked = self._analyst.ask(self._document.experiment)

    @property
    def settled(self) -> bool:
        """Whether what was told is about the document as it is."""
        return self._analyst is not None and self._shown == self._asked

    def close(self, timeout_s: float) -> bool:
        """End the analyst's thread; whether it has ended in this time."""
        return self._analyst is None or self._analyst.close(timeout_s)

    def _on_change(self, before: Experiment, after: Experiment) -> None:
        same = (
            before.architecture is after.architecture
            and before.data is after.data
            and before.training is after.training
        )
        if self._analyst is not None and not same:
            self._asked = self._analyst.ask(after)
        if self._device_wish is not None:
            self._find_device()

    def _take(self) -> None:
        newest = self._analyst.answers.newest(self._shown) if self._analyst is not None else None
        if newest is not None and newest[0] == self._asked:
            self._shown = newest[0]
            self.checked.emit(newest[1])
            self._find_device()

    def _find_device(self) -> None:
        wish = self._document.experiment.training.device
        if wish != self._device_wish:
            self._device_wish = wish
            found = partial(self._tell_device, wish)
            self._pump.background("find the device", lambda: device_title(wish), found, found)

    def _tell_device(self, wish: str, found: str | Exception) -> None:
        """Its title, or why there is none; nothing where another was wished for meanwhile."""
        if wish == self._device_wish:
            self.device_found.emit(str(found))
