"""The strip that offers the run at work what was edited since it began."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from workbench.events import AnyEvent
from workbench.gui import icons, theme
from workbench.gui.document import Document
from workbench.gui.event_pump import EventPump
from workbench.gui.message_bar import MessageBar
from workbench.gui.run_states import ENDED, State
from workbench.gui.steering.presenter import SteeringPresenter
from workbench.gui.trainer import Trainer
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from workbench.session.run import Run


class SteeringStrip(QWidget):
    """There while a run of this document is at work and the document has what the run could take over."""

    def __init__(self, document: Document, pump: EventPump, trainer: Trainer, messages: MessageBar) -> None:
        super().__init__()
        self.presenter = SteeringPresenter()
        self._document = document
        self._trainer = trainer
        self._messages = messages
        self._run: Run | None = None
        self._icon = QLabel()
        self.words = QLabel(wordWrap=True)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.apply = QPushButton("Apply to the run")
        self.apply.setToolTip("Change it in the current run, after the current step; the curves mark where")
        self.apply.clicked.connect(self._apply)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_M, theme.SPACE_XS)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self._icon)
        row.addWidget(self.words, 1)
        row.addWidget(self.apply)
        theme.changed.connect(self._recolour)
        self._recolour()
        self.hide()
        document.listen(lambda _before, _after: self._refresh())
        pump.add(self)

    def begin(self, run: Run) -> None:
        """Another run is followed."""
        self._run = run
        self._refresh()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """The run may have taken something over, or have ended."""
        self._refresh()

    def clear(self) -> None:
        """No run is followed."""
        self._run = None
        self._refresh()

    def _refresh(self) -> None:
        run = self._run
        steered = run is not None and run.state not in (*ENDED, State.STOPPING) and not self._trainer.is_strange
        self.presenter.compare(run.experiment if run is not None and steered else None, self._document.experiment)
        self.words.setText(self.presenter.words)
        self.apply.setEnabled(not self.presenter.is_asked)
        self.setVisible(bool(self.presenter.words))

    def _apply(self) -> None:
        assert self._run is not None
        try:
            for path, value in self.presenter.take().items():
                self._run.change(path, value)
        except SpecError as error:
            self._messages.say("error", f"The run continues unchanged: {error}.")
        self._refresh()

    def _recolour(self) -> None:
        tokens = theme.current()
        self._icon.setPixmap(icons.pixmap("training", tokens.accent, theme.ICON_SIZE, self.devicePixelRatioF()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground of a message."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour(theme.mix(tokens.surface, tokens.accent, 0.12)))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.colour(tokens.border))
        painter.end()
