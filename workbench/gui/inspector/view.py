"""The inspector widget: a page for the selected node, another for the whole network."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QScrollArea,
    QWidget,
)

from workbench.compiler.facts import Analysis
from workbench.gui import theme
from workbench.gui.document import Document
from workbench.gui.inspector.block_page import block_page
from workbench.gui.inspector.block_view import BlockView
from workbench.gui.inspector.network import NetworkView
from workbench.gui.inspector.node import NodeEditor
from workbench.gui.inspector.presenter import NodePage, network_page, node_page
from workbench.gui.inspector.several import SeveralEditor
from workbench.gui.inspector.several_page import SeveralPage, several_page
from workbench.gui.mending import mend
from workbench.gui.pending_input import take_back_all
from workbench.gui.selected import Selected
from workbench.spec.column import Column
from workbench.spec.experiment import Experiment
from workbench.spec.problems import Problem, SpecError
from workbench.spec.record import replace


class Inspector(QScrollArea):
    """Shows and edits what is selected on the canvas."""

    left = Signal()
    """Escape was pressed, or a problem mended, and its button is gone: the keys are to go back to the canvas."""

    refused = Signal(str)
    """Why something that was offered could not be done."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.analysis: Analysis | None = None
        self._columns: tuple[Column, ...] = ()
        self.selection = Selected()
        self.page: QWidget | None = None
        self.setProperty("level", "surface")
        ground = QWidget()
        ground.setProperty("level", "surface")
        self.setViewport(ground)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(300)
        self.setAccessibleName("Inspector")
        document.listen(self._document_changed)
        # Icons and marks on a page are pictures in the colours of the moment they were made.
        theme.changed.connect(self._rebuild)
        self._rebuild()

    def sizeHint(self) -> QSize:
        return QSize(308, 600)

    def enter(self) -> None:
        """Take the keys, to the first of the node's parameters; a page without fields takes none."""
        if isinstance(self.page, NodeEditor):
            self.page.enter()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            take_back_all(self)
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def show_selection(self, selected: Selected) -> None:
        """Show the selected node; the network where none, or several, are selected."""
        if selected != self.selection:
            self.selection = selected
            # A page that fits is kept: a selection that changes with a typed name must not take the field away.
            self._refresh()

    def show_analysis(self, analysis: Analysis) -> None:
        """Put the newest facts and problems on the page."""
        self.analysis = analysis
        self._refresh()

    def show_columns(self, columns: Sequence[Column]) -> None:
        """The data has these columns; none where that is not known."""
        self._columns = tuple(columns)
        if isinstance(self.page, NodeEditor) and self.page.heads is not None:
            self.page.heads.show_columns(columns)

    def _document_changed(self, before: Experiment, after: Experiment) -> None:
        if after.architecture is not before.architecture or after.training is not before.training:
            self.selection = self.selection.after(before.architecture, after.architecture)
            self._refresh()

    def _node_page(self) -> NodePage | None:
        """The page of the one node selected."""
        chosen, architecture = self.selection, self.document.experiment.architecture
        if len(chosen.names) != 1:
            return None
        (name,) = chosen.names
        return node_page(architecture, name, self.analysis, chosen.scope, chosen.prefix)

    def _several_page(self) -> SeveralPage | None:
        """The page of the nodes selected, where they are more than one."""
        if len(self.selection.names) < 2:
            return None
        return several_page(self.document.experiment.architecture, self.selection, self.analysis)

    def _refresh(self) -> None:
        """New values into the fields that are there, so that whoever is typing keeps the cursor."""
        page, several = self._node_page(), self._several_page()
        if isinstance(self.page, SeveralEditor) and several and self.page.fits(several):
            self.page.show_page(several)
            return
        if isinstance(self.page, NodeEditor) and page and self.page.fits(page):
            self.page.show_page(page)
            return
        self._rebuild()

    def _rebuild(self) -> None:
        page, several = self._node_page(), self._several_page()
        experiment, before, place = self.document.experiment, type(self.page), self._focus_place()
        old = self.takeWidget()
        if old is not None:
            # Not at once: a signal of something on the page may have led here.
            old.deleteLater()
        if page:
            self.page = NodeEditor(self.document, page, self._columns)
        elif several:
            self.page = SeveralEditor(self.document, several)
        elif self.selection.scope:
            block = block_page(experiment.architecture, self.selection.scope)
            self.page = BlockView(self.document, block)
        else:
            self.page = NetworkView(network_page(experiment, self.analysis))
        if isinstance(self.page, NodeEditor | SeveralEditor | NetworkView):
            self.page.problems.mended.connect(self._mend)
        self.page.setProperty("level", "surface")
        self.setWidget(self.page)
        if place is not None and type(self.page) is before and (fields := _fields(self.page)):
            fields[min(place, len(fields) - 1)].setFocus(Qt.FocusReason.TabFocusReason)

    def _focus_place(self) -> int | None:
        """Which field of the page has the keys, counted from the top; None where another panel has them."""
        fields = _fields(self.page) if self.page is not None else []
        return next((number for number, field in enumerate(fields) if field.hasFocus()), None)

    def _mend(self, problem: Problem) -> None:
        """Do what mends the problem, and show it no more: the next analysis would come after a second click."""
        remedy = problem.remedy
        assert remedy is not None
        if self.analysis is not None:
            others = tuple(other for other in self.analysis.problems if other.remedy != remedy)
            self.analysis = replace(self.analysis, problems=others)
        try:
            mend(self.document, remedy)
        except SpecError as error:
            self.refused.emit(str(error))
        self._refresh()
        self.left.emit()


def _fields(page: QWidget) -> list[QWidget]:
    """What on a page can be reached with Tab."""
    reachable = Qt.FocusPolicy.TabFocus
    return [field for field in page.findChildren(QWidget) if (field.focusPolicy() & reachable) == reachable]
