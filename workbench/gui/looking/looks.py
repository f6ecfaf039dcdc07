"""What a window of pictures offers to look at in one of them; other windows show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QWidget

from workbench.gui.widgets.shared_keys import ATTENTION, FEATURES, WHY, with_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import SignalInstance

    from workbench.session.views.attention import OnePicture


class Looks(QObject):
    """Why it has its answer, attention and feature maps: a button each, and keys anywhere in the window."""

    why_asked = Signal(object)
    """Emitted with ``OnePicture``, whose answer is to be explained."""

    attention_asked = Signal(object)
    """Emitted with ``OnePicture``, whose attention is to be shown."""

    features_asked = Signal(object)
    """Emitted with ``OnePicture``, whose feature maps are to be shown."""

    picture_chosen = Signal(object)
    """Emitted with ``OnePicture`` that is chosen, for a window that explains it already."""

    def __init__(self, window: QWidget, which: str, current: Callable[[], OnePicture]) -> None:
        """``which`` says in the tooltips which picture it is: the ``chosen`` one. ``current`` returns it."""
        super().__init__(window)
        self._window, self._current = window, current
        tip = f"Show what the network's answer for the {which} one comes from"
        self.why = self._button("Why…", tip, WHY, self.why_asked)
        tip = f"Show what the network attends to in the {which} picture"
        self.attention = self._button("Attention…", tip, ATTENTION, self.attention_asked)
        tip = f"Show what the network's layers make of the {which} picture"
        self.features = self._button("Feature maps…", tip, FEATURES, self.features_asked)
        self.buttons = (self.why, self.attention, self.features)

    def _button(self, text: str, tip: str, keys: str, asked: SignalInstance) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(with_keys(tip, keys))
        button.clicked.connect(lambda: asked.emit(self._current()))
        QShortcut(QKeySequence(keys), self._window).activated.connect(button.click)
        return button

    def offer(self, *, why: bool, attention: bool, features: bool) -> None:
        """Show the buttons of what can be asked of this network."""
        for button, is_offered in zip(self.buttons, (why, attention, features), strict=True):
            button.setVisible(is_offered)

    def enable(self, is_one: bool) -> None:
        """Let what is offered be asked, if there is one picture to ask about."""
        for button in self.buttons:
            button.setEnabled(is_one and not button.isHidden())
