"""Shows the analysis of the current network in every panel that depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.record import replace

if TYPE_CHECKING:
    from workbench.compiler.facts import Analysis
    from workbench.gui.canvas.view import CanvasView
    from workbench.gui.experiment.document import Document
    from workbench.gui.inspector.view import Inspector
    from workbench.gui.run_bar.view import RunBar
    from workbench.gui.window.status_bar import StatusBar
    from workbench.spec.problems import Problem


class Findings:
    """The newest analysis, together with the layer where the last run's numbers ran away."""

    def __init__(
        self, document: Document, canvas: CanvasView, inspector: Inspector, status: StatusBar, run_bar: RunBar
    ) -> None:
        self._document, self._run_bar = document, run_bar
        self._panels = (canvas, inspector, status)
        self._analysis: Analysis | None = None
        self._blame: Problem | None = None
        self.can_build = False
        """Whether there is a network to export as drawn; one with problems is refused with the first of them."""

    def show(self, analysis: Analysis) -> None:
        """Show what the checker has found."""
        self._analysis = analysis
        self.can_build = bool(analysis.leaves)
        blame = self._blame
        if blame is not None and blame.node in analysis.nodes:
            analysis = replace(analysis, problems=(*analysis.problems, blame))
        self._run_bar.show_problems(analysis.problems)
        if not self._document.experiment.architecture.graph.nodes:
            # Nothing is wrong with an empty canvas, which itself says how to begin.
            analysis = replace(analysis, problems=())
        for panel in self._panels:
            panel.show_analysis(analysis)

    def blame(self, problem: Problem | None) -> None:
        """Mark this layer as the one where a run's numbers ran away; None for none."""
        changed, self._blame = problem != self._blame, problem
        if changed and self._analysis is not None:
            self.show(self._analysis)
