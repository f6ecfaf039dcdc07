"""The line at the bottom: what the network costs, what is wrong with it, where it would be computed."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QStatusBar, QToolButton

from workbench.compiler.facts import Analysis
from workbench.gui import icons, theme
from workbench.gui.panel import restyle
from workbench.spec.problems import Problem


class StatusBar(QStatusBar):
    """Totals of the newest analysis, and its problems one click away."""

    problem_pressed = Signal(object)
    """The ``Problem`` to be shown; pressing again gives the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._problems: tuple[Problem, ...] = ()
        self._next = 0
        self.totals = QLabel("Loading torch…")
        self.totals.setToolTip(
            "MACs: multiply-accumulates of one forward pass of one picture; a FLOP count is about twice that"
        )
        self.problems = QToolButton()
        self.problems.setToolButtonStyle(self.problems.toolButtonStyle().ToolButtonTextBesideIcon)
        self.problems.setAutoRaise(True)
        self.problems.clicked.connect(self._press)
        self.problems.hide()
        self.device = QLabel()
        self.device.setToolTip("Where the network is trained")
        for label in (self.totals, self.device):
            label.setProperty("role", "small")
            label.setContentsMargins(theme.SPACE_S, 0, theme.SPACE_S, 0)
        self.totals.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.addWidget(self.problems)
        self.addWidget(self.totals, 1)
        self.addPermanentWidget(self.device)
        theme.changed.connect(self._show_problems)

    def show_analysis(self, analysis: Analysis) -> None:
        """The newest facts."""
        self.totals.setText(
            f"{analysis.parameters:,} parameters   ·   {count_words(analysis.macs)} MACs   ·   "
            f"{bytes_words(analysis.activation_bytes)} of activations a picture"
        )
        self._problems, self._next = analysis.problems, 0
        self._show_problems()

    def _show_problems(self) -> None:
        errors = [problem for problem in self._problems if problem.severity == "error"]
        warnings = len(self._problems) - len(errors)
        tokens = theme.current()
        parts = [
            f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in ((len(errors), "problem"), (warnings, "warning")) if n
        ]
        self.problems.setText(", ".join(parts))
        colour = tokens.danger if errors else tokens.warning
        self.problems.setIcon(icons.icon("error" if errors else "warning", colour))
        self.problems.setToolTip("\n".join(problem.sentence() for problem in self._problems[:10]))
        self.problems.setVisible(bool(self._problems))
        restyle(self.problems, "danger" if errors else "")

    def _press(self) -> None:
        problem = self._problems[self._next % len(self._problems)]
        self._next += 1
        self.problem_pressed.emit(problem)


def count_words(number: int) -> str:
    """A large count with its prefix: ``416 k``, ``1.8 G``."""
    for size, prefix in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number / size:.3g} {prefix}"
    return str(number)


def bytes_words(number: int) -> str:
    """A size in memory: ``31.5 KiB``."""
    for size, unit in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number} bytes"
