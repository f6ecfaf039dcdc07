"""The inspector widget: pages for a node, several nodes, a block and the whole network."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QScrollArea,
    QWidget,
)

from workbench.compiler.facts import Analysis
from workbench.gui.canvas.mending import mend
from workbench.gui.experiment.document import Document
from workbench.gui.experiment.selected import Selected
from workbench.gui.forms.pending_input import take_back_all
from workbench.gui.inspector.block_page import BlockPage, block_page
from workbench.gui.inspector.block_view import BlockView
from workbench.gui.inspector.network import NetworkView
from workbench.gui.inspector.node import NodeEditor
from workbench.gui.inspector.page import PageView
from workbench.gui.inspector.presenter import NetworkPage, NodePage, network_page, node_page
from workbench.gui.inspector.problems import Problems
from workbench.gui.inspector.several import SeveralEditor
from workbench.gui.inspector.several_page import SeveralPage, several_page
from workbench.gui.widgets import theme
from workbench.spec.column import Column
from workbench.spec.experiment import Experiment
from workbench.spec.problems import Problem, SpecError
from workbench.spec.record import replace


class Inspector(QScrollArea):
    """Shows and edits what is selected on the canvas."""

    left = Signal()
    """Emitted to return the focus to the canvas: Escape was pressed, or the button of a remedy disappeared."""

    refused = Signal(str)
    """Emitted with the reason why a remedy could not be applied."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.analysis: Analysis | None = None
        self._columns: tuple[Column, ...] = ()
        self.selection = Selected()
        self.page = PageView()
        self.setProperty("level", "surface")
        ground = QWidget()
        ground.setProperty("level", "surface")
        self.setViewport(ground)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(300)
        self.setAccessibleName("Inspector")
        document.listen(self._document_changed)
        # Icons on a page are pixmaps in the colours at the time of their creation.
        theme.changed.connect(self._rebuild)
        self._rebuild()

    def sizeHint(self) -> QSize:
        return QSize(308, 600)

    def enter(self) -> None:
        """Focus the first of the node's parameters; other pages take no focus."""
        self.page.enter()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            take_back_all(self)
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def show_selection(self, selected: Selected) -> None:
        """Show the selection, or the whole network if nothing is selected."""
        if selected != self.selection:
            self.selection = selected
            # A page that fits is kept: a selection that changes while a name is typed must not remove the field.
            self._refresh()

    def show_analysis(self, analysis: Analysis) -> None:
        """Show the newest facts and problems."""
        self.analysis = analysis
        self._refresh()

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Set the data's columns; none if they are unknown."""
        self._columns = tuple(columns)
        if isinstance(self.page, NodeEditor) and self.page.heads is not None:
            self.page.heads.show_columns(columns)

    def _document_changed(self, before: Experiment, after: Experiment) -> None:
        if after.architecture is not before.architecture or after.training is not before.training:
            self.selection = self.selection.after(before.architecture, after.architecture)
            self._refresh()

    def _wanted(self) -> NodePage | SeveralPage | BlockPage | NetworkPage:
        """Return what is to be shown: the selected node or nodes, the open block, or the whole network."""
        chosen, experiment = self.selection, self.document.experiment
        if len(chosen.names) == 1:
            (name,) = chosen.names
            return node_page(experiment.architecture, name, self.analysis, chosen.scope, chosen.prefix)
        if chosen.names:
            return several_page(experiment.architecture, chosen, self.analysis)
        if chosen.scope:
            return block_page(experiment.architecture, chosen.scope)
        return network_page(experiment, self.analysis)

    def _refresh(self) -> None:
        """Update the existing fields if possible, so that neither typing nor reading is interrupted."""
        wanted = self._wanted()
        if self.page.fits(wanted):
            self.page.show_page(wanted)
        else:
            self._rebuild()

    def _rebuild(self) -> None:
        before, place = type(self.page), self._focus_place()
        # First, since a field that loses the focus enters what was typed, which may rename the block shown here.
        old = self.takeWidget()
        if old is not None:
            # Not at once: a signal of something on the page may have led here.
            old.deleteLater()
        self.page = self._made()
        for problems in self.page.findChildren(Problems):
            problems.mended.connect(self._mend)
        self.page.setProperty("level", "surface")
        self.setWidget(self.page)
        if place is not None and type(self.page) is before and (fields := _fields(self.page)):
            fields[min(place, len(fields) - 1)].setFocus(Qt.FocusReason.TabFocusReason)

    def _made(self) -> PageView:
        match self._wanted():
            case NodePage() as node:
                return NodeEditor(self.document, node, self._columns)
            case SeveralPage() as several:
                return SeveralEditor(self.document, several)
            case BlockPage() as block:
                return BlockView(self.document, block)
            case network:
                return NetworkView(network)

    def _focus_place(self) -> int | None:
        """Return the index of the field with the focus, counted from the top; None if it is elsewhere."""
        return next((number for number, field in enumerate(_fields(self.page)) if field.hasFocus()), None)

    def _mend(self, problem: Problem) -> None:
        """Apply the remedy and hide its problem at once: the next analysis might come after a second click."""
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
    """Return what can be reached with Tab on a page."""
    reachable = Qt.FocusPolicy.TabFocus
    return [field for field in page.findChildren(QWidget) if (field.focusPolicy() & reachable) == reachable]
