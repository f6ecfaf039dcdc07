"""The page of classification heads: the confusion matrix or the curves, beside them the pairs most often confused."""

from PySide6.QtWidgets import QTabWidget, QVBoxLayout

from workbench.gui.mistakes.classes.curves import CurvesTab
from workbench.gui.mistakes.classes.matrix import MatrixView
from workbench.gui.mistakes.classes.pair_list import PairList
from workbench.gui.mistakes.classes.presenter import Chosen, ClassesPresenter
from workbench.gui.mistakes.page import Page
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.panel import spaced


class ClassesPage(Page):
    """A cell of the matrix, a class or a pair is chosen."""

    presenter: ClassesPresenter

    def __init__(self, window: MistakesPresenter, pump: EventPump) -> None:
        super().__init__()
        self.presenter = ClassesPresenter(window)
        self.matrix = MatrixView(self.presenter)
        self.matrix.chosen.connect(self._choose)
        self.aside = self.pairs = PairList(self.presenter)
        self.pairs.chosen.connect(self._choose)
        self.curves = CurvesTab(self.presenter, pump)
        self.tabs = QTabWidget(documentMode=True)
        self.tabs.addTab(self.matrix, "Matrix")
        self.tabs.addTab(self.curves, "Curves")
        self.tabs.currentChanged.connect(self.show_answer)
        spaced(QVBoxLayout(self), 0).addWidget(self.tabs)

    def show_answer(self) -> None:
        """Show the newest answer in the visible tab."""
        self.matrix.show_matrix()
        self.pairs.show_pairs()
        self.pairs.mark()
        if self.tabs.currentWidget() is self.curves:
            self.curves.show_answer()

    def show_choice(self) -> None:
        self.matrix.viewport().update()
        self.pairs.mark()

    def _choose(self, chosen: Chosen) -> None:
        self.presenter.chosen = chosen
        if chosen.of_class is not None:
            self.curves.follow(chosen.of_class)
        self.choice_changed.emit()
