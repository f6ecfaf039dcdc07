"""The status bar: costs and problems of the network, and the device it would be trained on."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QStatusBar, QToolButton

from workbench.compiler.facts import Analysis
from workbench.gui.experiment.document import Document
from workbench.gui.widgets import icons, theme
from workbench.gui.widgets.panel import BESIDE_TEXT, restyle
from workbench.spec.experiment import Experiment
from workbench.spec.problems import Problem, errors_of
from workbench.spec.quantities import count, memory
from workbench.spec.words import plural
from workbench.training.checking.memory import training_memory


class StatusBar(QStatusBar):
    """Totals of the newest analysis, and a button that leads to its problems."""

    problem_pressed = Signal(object)
    """Emitted with the ``Problem`` to show; pressing again gives the next one."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.setSizeGripEnabled(False)
        self._analysis: Analysis | None = None
        self._problems: tuple[Problem, ...] = ()
        self._next = 0
        self.totals = QLabel("Loading torch…")
        self.problems = QToolButton(autoRaise=True, toolButtonStyle=Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.problems.setIconSize(BESIDE_TEXT)
        self.problems.clicked.connect(self._press)
        self.problems.hide()
        self.device = QLabel()
        self.device.setToolTip("Device the network is trained on")
        for label in (self.totals, self.device):
            label.setProperty("role", "small")
            label.setContentsMargins(theme.SPACE_S, 0, theme.SPACE_S, 0)
        self.totals.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.addWidget(self.problems)
        self.addWidget(self.totals, 1)
        self.addPermanentWidget(self.device)
        theme.changed.connect(self._show_problems)
        document.listen(self._document_changed)

    def show_analysis(self, analysis: Analysis) -> None:
        """Show the newest facts."""
        self._analysis = analysis
        self._problems, self._next = analysis.problems, 0
        self._show_totals()
        self._show_problems()

    def _document_changed(self, before: Experiment, after: Experiment) -> None:
        if before.training is not after.training:
            self._show_totals()

    def _show_totals(self) -> None:
        if self._analysis is None:
            return
        if not self._analysis.leaves:
            self.totals.clear()
            self.totals.setToolTip("")
            return
        analysis, recipe = self._analysis, self.document.experiment.training
        parts = [f"{analysis.parameters:,} parameters", f"{count(analysis.macs)} MACs"]
        says = ["MACs: multiply-accumulates of one forward pass of one picture; FLOPs are about twice that."]
        needed = training_memory(recipe, analysis)
        if needed is not None:
            parts.append(f"{memory(needed.total)} to train with batches of {recipe.batch_size}")
            says.append(
                f"A training step holds {memory(needed.weights)} of weights, as much again of gradients, "
                f"{memory(needed.optimizer)} of {recipe.optimizer.type} state, and {memory(needed.kept)} of "
                "activations for the backward pass."
            )
        self.totals.setText("   ·   ".join(parts))
        self.totals.setToolTip("\n".join(says))

    def _show_problems(self) -> None:
        errors = errors_of(self._problems)
        warnings = len(self._problems) - len(errors)
        tokens = theme.current()
        found = ((len(errors), "problem"), (warnings, "warning"))
        self.problems.setText(", ".join(plural(number, noun) for number, noun in found if number))
        colour = tokens.danger if errors else tokens.warning
        self.problems.setIcon(icons.icon("error" if errors else "warning", colour))
        self.problems.setToolTip("\n".join(problem.said() for problem in self._problems[:10]))
        self.problems.setVisible(bool(self._problems))
        restyle(self.problems, "danger" if errors else "")

    def _press(self) -> None:
        problem = self._problems[self._next % len(self._problems)]
        self._next += 1
        self.problem_pressed.emit(problem)
