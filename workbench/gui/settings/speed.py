"""The speed section of the training settings: how steps are computed, and what was chosen automatically."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from workbench.events import AnyEvent, RunStarted, SpeedTried
from workbench.gui.settings.section import settings_form
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, spaced, styled
from workbench.session.running import speed
from workbench.spec.experiment import Speed
from workbench.spec.record import Value
from workbench.spec.words import upper_first

if TYPE_CHECKING:
    from workbench.session.running.run import Run

OPEN = (
    "Automatic settings are benchmarked for about a second before a long run (compiling on a CPU: a minute, before a "
    "run of an hour), then kept."
)


class SpeedSection(QWidget):
    """The form, and what the followed run reports."""

    def __init__(self, edit: Callable[[str, Value], object]) -> None:
        super().__init__()
        self.form = settings_form(Speed, edit)
        self.words = styled(QLabel(OPEN, wordWrap=True), "small")
        self.again = QPushButton("Benchmark again")
        self.again.setToolTip(
            "Other programs may have disturbed the benchmark: the next run repeats it instead of keeping to its result"
        )
        self.again.hide()
        fill(spaced(QVBoxLayout(self), theme.SPACE_XS), self.words, self.again, self.form)

    def begin(self, run: Run) -> None:
        """Clear the section; the run's events tell how it computes."""
        self.clear()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Look for reports on speed among the new events."""
        for event in events:
            if isinstance(event, SpeedTried):
                words = speed.sentence(event)
                self.words.setText(f"{upper_first(words)}.")
                self.again.show()
            elif isinstance(event, RunStarted) and self.words.text() == OPEN:
                self.words.setText(speed.how_it_computes(event))

    def clear(self) -> None:
        """Clear what the last run reported."""
        self.words.setText(OPEN)
        self.again.hide()

    def expect_again(self) -> None:
        """Say that the next run is benchmarked again."""
        self.words.setText(f"{self.words.text()} The next run is benchmarked again.")
        self.again.hide()
