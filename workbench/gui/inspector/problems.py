"""What is wrong with a node or a network, and what would mend it."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.gui import icons, theme
from workbench.gui.inspector.page import clear, label
from workbench.spec.problems import Problem


class Problems(QWidget):
    """What is wrong and what would mend it."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme.SPACE_S)
        self.shown: tuple[Problem, ...] = ()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show these instead."""
        self.setVisible(bool(problems))
        if tuple(problems) == self.shown:
            return
        self.shown = tuple(problems)
        clear(self.column)
        for problem in problems:
            self.column.addWidget(self._box(problem))

    def _box(self, problem: Problem) -> QFrame:
        box = QFrame()
        box.setProperty("problem", problem.severity)
        row = QHBoxLayout(box)
        row.setContentsMargins(theme.SPACE_S, theme.SPACE_S, theme.SPACE_S, theme.SPACE_S)
        row.setSpacing(theme.SPACE_S)
        tokens = theme.current()
        colour = tokens.danger if problem.severity == "error" else tokens.warning
        picture = QLabel()
        picture.setPixmap(icons.icon(problem.severity, colour).pixmap(QSize(16, 16), self.devicePixelRatioF()))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        where = f"{problem.node}: " if problem.node else ""
        words.addWidget(label(f"{where}{problem.what}", ""))
        if problem.mend:
            mend = problem.mend[:1].upper() + problem.mend[1:]
            words.addWidget(label(mend, "muted"))
        row.addLayout(words, 1)
        return box
