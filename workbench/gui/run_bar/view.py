"""The run bar: buttons, what the run is doing, and a thin progress bar."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.events import AnyEvent
from workbench.gui.run_bar.presenter import JOINT, Appearance, Button, Command, RunBarPresenter
from workbench.gui.widgets import icons, theme
from workbench.gui.widgets.panel import BESIDE_TEXT, ElidedLabel, fill, restyle, spaced, styled
from workbench.gui.widgets.tables import RIGHT
from workbench.spec.problems import Problem

if TYPE_CHECKING:
    from workbench.session.running.run import Run

ICONS = {
    Command.RUN: "run",
    Command.PAUSE: "pause",
    Command.CONTINUE: "continue",
    Command.RESUME: "continue",
    Command.GO_ON_ANYWAY: "continue",
    Command.STOP: "stop",
    Command.STEP: "step",
}

LEAST_WHAT_WIDTH = 120
"""Width that the main text keeps in a narrow window, where every tool beside the bar has its room, too."""

DEAF_S = 0.4
"""A button that changed by itself under the pointer ignores clicks for this long: they were meant for what it was."""


class RunBar(QWidget):
    """Shows one run and emits requested commands; it executes none itself."""

    asked = Signal(object)
    """Emitted with the ``Command`` of the pressed button."""

    refreshed = Signal()
    """Emitted when the presenter may have changed."""

    drawn = Signal()
    """Emitted when it shows something else."""

    def __init__(self) -> None:
        super().__init__()
        self.presenter = RunBarPresenter()
        self._shown: Appearance | None = None
        self._run: Run | None = None
        self.buttons = (QPushButton(), QPushButton(), QPushButton())
        self._commands: list[Command] = []
        self._was_pressed = False
        self._deaf_until_s = 0.0
        self.what = Doing()
        self.detail = styled(Details(), "small")
        self.detail.setMinimumWidth(0)
        self.progress = QProgressBar(minimum=0, maximum=1000, textVisible=False)
        self._lay_out()
        theme.changed.connect(self._set_icons)
        self.refresh()

    def _lay_out(self) -> None:
        # The main text gets what it needs before the details get anything; if there are none, the space gets the rest.
        words = fill(spaced(QHBoxLayout(), theme.SPACE_M), (self.what, 100), None, (self.detail, 1))
        self.detail.setAlignment(RIGHT)
        column = fill(spaced(QVBoxLayout(), theme.SPACE_XS), words, self.progress)
        row = spaced(QHBoxLayout(self), theme.SPACE_S, left=theme.SPACE_XS, right=theme.SPACE_XS)
        for place, button in enumerate(self.buttons):
            button.setIconSize(BESIDE_TEXT)
            button.clicked.connect(lambda _=False, place=place: self._press(place))
            # A click leaves the focus where it was; Tab still reaches the button.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        # What is beside the button must not move when its text changes from Pause to Resume.
        bold = QFontMetrics(theme.font(theme.TEXT_BODY, QFont.Weight.DemiBold))
        self.buttons[0].setMinimumWidth(bold.horizontalAdvance("Resume") + BESIDE_TEXT.width() + 3 * theme.SPACE_M)
        row.addSpacing(theme.SPACE_S)
        row.addLayout(column, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def _press(self, place: int) -> None:
        """Emit the button's command, unless it has just changed to that under a resting pointer."""
        if time.monotonic() >= self._deaf_until_s:
            self._was_pressed = True
            self.asked.emit(self._commands[place])

    def starting(self) -> None:
        """Show that a run is being started, before it exists."""
        self.presenter.begin(batch_size=0)
        self.refresh()

    def begin(self, run: Run) -> None:
        self._run = run
        self.presenter.begin(run.experiment.training.batch_size, is_watched=run.is_watched)
        self.refresh()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the run's next events, and its state."""
        assert self._run is not None
        self.presenter.feed(events)
        asked = asks(self._run)  # before what is being prepared, which its thread sets before it asks
        self.presenter.observe(state, self._run.preparation, asks=asked)
        self.refresh()

    def clear(self) -> None:
        self._run = None
        self.presenter.clear()
        self.refresh()

    def name_run(self, name: str) -> None:
        """Show the followed run's name, because its experiment is not the open document."""
        self.presenter.run_name = name
        self.refresh()

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        self.presenter.problems = problems
        self.refresh()

    def refuse(self, sentence: str) -> None:
        """Show why a run could not start."""
        self.presenter.refuse(sentence)
        self.refresh()

    def refresh(self) -> None:
        """Update the display if the presenter's appearance has changed."""
        appearance = self.presenter.appearance()
        if appearance != self._shown:
            self._show(appearance)
            self.drawn.emit()
        self.refreshed.emit()

    def _show(self, appearance: Appearance) -> None:
        before, self._shown = self._shown, appearance
        if before is None or before.buttons != appearance.buttons:
            self._show_buttons(appearance.buttons)
        self.what.name = appearance.name
        self.what.setText(appearance.what)
        # The main text gives way last, within limits.
        wanted = self.what.fontMetrics().horizontalAdvance(appearance.what) + 1
        self.what.setMinimumWidth(min(wanted, LEAST_WHAT_WIDTH))
        self.what.setMaximumWidth(wanted)
        restyle(self.what, "danger" if appearance.failed else "")
        self.detail.setText(appearance.detail)
        self.detail.setVisible(bool(appearance.detail))
        self.progress.setVisible(appearance.live)
        if appearance.share is None:
            self.progress.setRange(0, 0)
        else:
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(1000 * appearance.share))

    def _show_buttons(self, buttons: Sequence[Button]) -> None:
        before, self._commands = self._commands, [button.command for button in buttons]
        by_itself, self._was_pressed = not self._was_pressed, False
        pairs = zip(self.buttons, before, self._commands, strict=False)
        if by_itself and any(widget.underMouse() and old is not new for widget, old, new in pairs):
            self._deaf_until_s = time.monotonic() + DEAF_S
        self._keep_focus(buttons)
        for widget, button in zip(self.buttons, buttons, strict=False):
            widget.setText(button.text)
            widget.setToolTip(button.tip)
            widget.setEnabled(button.enabled)
            is_first = button.command in (Command.RUN, Command.CONTINUE)
            restyle(widget, "primary" if is_first else "")
        for place, widget in enumerate(self.buttons):
            widget.setVisible(place < len(buttons))
        self._set_icons()

    def _keep_focus(self, buttons: Sequence[Button]) -> None:
        """Move the focus from a button that gets disabled or hidden to another; Qt might choose any widget."""
        able = [place for place, button in enumerate(buttons) if button.enabled]
        focused = next((place for place, widget in enumerate(self.buttons) if widget.hasFocus()), None)
        if focused is not None and focused not in able and able:
            self.buttons[able[0]].show()
            self.buttons[able[0]].setEnabled(True)
            self.buttons[able[0]].setFocus()

    def _set_icons(self) -> None:
        for widget, command in zip(self.buttons, self._commands, strict=False):
            tokens = theme.current()
            primary = widget.property("role") == "primary" and widget.isEnabled()
            widget.setIcon(icons.icon(ICONS[command], tokens.on_accent if primary else None))


class Doing(ElidedLabel):
    """What a run does, after its name or alone; in a narrow window, the name is shortened in its middle, or omitted."""

    name = ""
    """What the text begins with, and may be shortened."""

    def fitted(self) -> str:
        """Return as much of the name as leaves room for the rest."""
        rest = self.text().removeprefix(self.name)
        metrics = self.fontMetrics()
        room = self.width() - metrics.horizontalAdvance(rest)
        name = metrics.elidedText(self.name, Qt.TextElideMode.ElideMiddle, room)
        is_told = name.strip("…") and metrics.horizontalAdvance(name) <= room  # a single letter is never elided
        line = name + rest if is_told else rest.removeprefix(JOINT)
        return metrics.elidedText(line, Qt.TextElideMode.ElideRight, self.width())


class Details(ElidedLabel):
    """Parts of a line, of which whole ones are omitted if they do not fit: the last, which is the device and in the
    status bar, too; then from the first on, so that the remaining time or the result stays.
    """

    def fitted(self) -> str:
        """Return the parts that fit; nothing if not even the last but one does."""
        parts, length = self.text().split(JOINT), self.fontMetrics().horizontalAdvance
        choices = (parts, *(parts[first:-1] for first in range(len(parts) - 1)))
        return next((text for text in map(JOINT.join, choices) if length(text) <= self.width()), "")


def asks(run: Run) -> bool:
    """Whether a run is waiting for an answer; one that has been stopped meanwhile is not."""
    return run.asking and run.state == "preparing"
