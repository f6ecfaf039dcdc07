"""Reports what an initialiser did: a sentence above the canvas, and each layer's variance in a list."""

from functools import partial

from PySide6.QtWidgets import QWidget

from workbench.events import WeightsDrawn
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.on_event import OnEvent
from workbench.gui.widgets.message_bar import Action, MessageBar
from workbench.session import initialisation


class InitialisationMessage:
    """Listens for the initialisation of the followed run's weights."""

    def __init__(self, window: QWidget, pump: EventPump, messages: MessageBar) -> None:
        self._window = window
        self._messages = messages
        pump.add(OnEvent(WeightsDrawn, self._tell))

    def _tell(self, drawn: WeightsDrawn) -> None:
        show: Action = ("Show all…", partial(self._show_all, drawn))
        self._messages.say("info", initialisation.sentence(drawn), shows=[show])

    def _show_all(self, drawn: WeightsDrawn) -> None:
        # Imported late: otherwise the first paint would wait 2 ms for them.
        from PySide6.QtGui import QFontDatabase

        from workbench.gui.dialogs.text_window import TextWindow

        window = TextWindow(
            self._window, "Initialisation", initialisation.sentence(drawn), initialisation.lines(drawn), "Layers"
        )
        window.lines.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        window.show()
