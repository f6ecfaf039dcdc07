"""Problems of a node or a network, and their remedies."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from workbench.gui.inspector.page import label
from workbench.gui.widgets import icons, theme
from workbench.gui.widgets.panel import clear, spaced
from workbench.spec.problems import Problem, capitalised
from workbench.spec.words import plural

BUTTON_WIDTH = 190
"""Width of a button's text in pixels, which fits into the narrowest inspector."""

MOST_SHOWN = 20
"""A mistake in a block is one at each of its uses: hundreds of boxes would stop the window for seconds."""


class Problems(QWidget):
    """Problems and how to fix them, errors first, with a button if there is a remedy; of many, the first ones."""

    mended = Signal(object)
    """Emitted with the ``Problem`` whose button was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.column = spaced(QVBoxLayout(self), theme.SPACE_S)
        self.shown: tuple[Problem, ...] = ()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Replace the problems."""
        self.setVisible(bool(problems))
        if tuple(problems) == self.shown:
            return
        self.shown = tuple(problems)
        clear(self.column)
        errors_first = sorted(self.shown, key=lambda problem: problem.severity != "error")
        for problem in errors_first[:MOST_SHOWN]:
            self.column.addWidget(self._box(problem))
        if more := errors_first[MOST_SHOWN:]:
            words = f"{plural(len(more), 'more problem')}, shown once these are fixed."
            self.column.addWidget(label(words, "muted"))

    def _box(self, problem: Problem) -> QFrame:
        box = QFrame()
        box.setProperty("problem", problem.severity)
        row = spaced(QHBoxLayout(box), theme.SPACE_S, *[theme.SPACE_S] * 4)
        tokens = theme.current()
        colour = tokens.danger if problem.severity == "error" else tokens.warning
        picture = QLabel()
        picture.setPixmap(icons.icon(problem.severity, colour).pixmap(QSize(16, 16), self.devicePixelRatioF()))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        words = spaced(QVBoxLayout(), 2)
        what = f"{problem.node}: {problem.what}" if problem.node else capitalised(problem.what)
        words.addWidget(label(what, ""))
        if problem.mend:
            words.addWidget(label(capitalised(problem.mend), "muted"))
        if problem.remedy is not None:
            button = QPushButton()
            button.setText(_in_lines(problem.remedy.words, button.fontMetrics()))
            button.setAccessibleName(problem.remedy.words)
            button.setToolTip(problem.remedy.words if "…" in button.text() else "")
            button.clicked.connect(partial(self.mended.emit, problem))
            words.addSpacing(theme.SPACE_XS)
            words.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(words, 1)
        return box


def _in_lines(words: str, metrics: QFontMetrics) -> str:
    """Wrap text into lines, since a button does not do so itself; a name too long for a line is elided."""
    lines = [""]
    for whole in words.split():
        word = metrics.elidedText(whole, Qt.TextElideMode.ElideMiddle, BUTTON_WIDTH)
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and metrics.horizontalAdvance(longer) > BUTTON_WIDTH:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)
