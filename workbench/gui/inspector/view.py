"""The inspector widget: a page for the selected node, another for the whole network."""

import msgspec
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from workbench.compiler.facts import Analysis
from workbench.gui import icons, theme
from workbench.gui.document import Document
from workbench.gui.editors import mark_invalid, take_back_all
from workbench.gui.forms import Form
from workbench.gui.inspector.block_page import block_page, bound
from workbench.gui.inspector.block_view import BlockEditor, BlockView
from workbench.gui.inspector.facts import Facts
from workbench.gui.inspector.network import NetworkView
from workbench.gui.inspector.page import label, page_layout, section
from workbench.gui.inspector.presenter import NodePage, network_page, node_page, with_graph, with_parameter
from workbench.gui.inspector.problems import Problems
from workbench.gui.mending import mend
from workbench.gui.number_box import NumberBox
from workbench.gui.selected import Selected
from workbench.spec import edits
from workbench.spec.experiment import Experiment
from workbench.spec.forms import Parameter
from workbench.spec.graph import INPUT, OUTPUT
from workbench.spec.ports import rename_in
from workbench.spec.problems import Problem, SpecError
from workbench.spec.record import Value
from workbench.spec.scopes import graph_at


class Inspector(QScrollArea):
    """Shows and edits what is selected on the canvas."""

    left = Signal()
    """Escape was pressed: the keys are to go back to the canvas."""

    refused = Signal(str)
    """Why something that was offered could not be done."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.analysis: Analysis | None = None
        self.selection = Selected()
        self.page: QWidget | None = None
        self.setProperty("level", "surface")
        self.viewport().setProperty("level", "surface")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(300)
        self.setAccessibleName("Inspector")
        self.stop_listening = document.listen(self._document_changed)
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

    def _refresh(self) -> None:
        """New values into the fields that are there, so that whoever is typing keeps the cursor."""
        page = self._node_page()
        if isinstance(self.page, NodeEditor) and page and self.page.fits(page):
            self.page.show_page(page)
            return
        self._rebuild()

    def _rebuild(self) -> None:
        page = self._node_page()
        experiment = self.document.experiment
        old = self.takeWidget()
        if old is not None:
            # Not at once: a signal of something on the page may have led here.
            old.deleteLater()
        if page:
            self.page = NodeEditor(self.document, page)
        elif self.selection.scope:
            block = block_page(experiment.architecture, self.selection.scope)
            self.page = BlockView(self.document, block, len(self.selection.names))
        else:
            self.page = NetworkView(network_page(experiment, self.analysis), len(self.selection.names))
        if isinstance(self.page, NodeEditor | NetworkView):
            self.page.problems.mended.connect(self._mend)
        self.page.setProperty("level", "surface")
        self.setWidget(self.page)

    def _mend(self, problem: Problem) -> None:
        """Do what mends the problem, and show it no more: the next analysis would come after a second click."""
        remedy = problem.remedy
        assert remedy is not None
        if self.analysis is not None:
            others = tuple(other for other in self.analysis.problems if other.remedy != remedy)
            self.analysis = msgspec.structs.replace(self.analysis, problems=others)
        try:
            mend(self.document, remedy)
        except SpecError as error:
            self.refused.emit(str(error))
        self._refresh()


class NodeEditor(QWidget):
    """The page of one node."""

    def __init__(self, document: Document, page: NodePage) -> None:
        super().__init__()
        self.document = document
        self.node_page = page
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the node")
        self.name.setFont(theme.font(theme.TEXT_HEADING))
        self.name.textEdited.connect(self._rename)
        self.repeat = NumberBox(1, edits.MAX_REPEAT)
        self.repeat.setPrefix("× ")
        self.repeat.setMaximumWidth(84)
        self.repeat.setAccessibleName("How many times the node repeats")
        self.repeat.setToolTip("How many times the node repeats, one after the other")
        self.repeat.valueChanged.connect(self._set_repeat)
        self.form = Form(page.parameters, page.node.parameters, page.bindings, in_block=bool(page.scope))
        self.form.edited.connect(self._edit)
        self.form.named.connect(self._bind)
        self.form.reset.connect(lambda name: self._edit(name, self._parameter(name).default))
        self.facts = Facts()
        self.arithmetic = Facts("How it comes about")
        self.problems = Problems()
        self._lay_out()
        self.show_page(page)

    def _lay_out(self) -> None:
        layout = page_layout(self)
        row = QHBoxLayout()
        row.addWidget(self.name, 1)
        row.addWidget(self.repeat)
        layout.addLayout(row)
        # Only now that it is part of the page: it would be shown as a window, and take the keys.
        self.repeat.setHidden(self.node_page.node.type in (INPUT, OUTPUT))
        kind = QHBoxLayout()
        kind.setSpacing(theme.SPACE_S)
        picture = QLabel()
        picture.setPixmap(icons.entry_icon(self.node_page.family).pixmap(QSize(18, 18), self.devicePixelRatioF()))
        kind.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        kind.addWidget(label(f"{self.node_page.node.type}. {self.node_page.help}", "muted"), 1)
        layout.addLayout(kind)
        layout.addWidget(self.problems)
        heading = section("Settings")
        for part in (heading, self.form):
            layout.addWidget(part)
            part.setHidden(not self.node_page.parameters)
        layout.addWidget(self.facts)
        layout.addWidget(self.arithmetic)
        if self.node_page.block is not None:
            use = (self.node_page.scope, self.node_page.node.name)
            layout.addWidget(BlockEditor(self.document, self.node_page.block, use))
        layout.addStretch(1)

    def enter(self) -> None:
        """Take the keys, to the first parameter that is not bound; to the name where there is none."""
        inputs = (field.editor for field in self.form.fields.values() if field.editor.isVisibleTo(self))
        next(inputs, self.name).setFocus(Qt.FocusReason.TabFocusReason)

    def fits(self, page: NodePage) -> bool:
        """Whether this page can show that node by changing values alone."""
        own = self.node_page
        same_form = page.parameters == own.parameters and page.bindings == own.bindings
        same_block = page.block == own.block and (page.block is None or page.node.name == own.node.name)
        return page.node.type == own.node.type and same_form and same_block and page.help == own.help

    def show_page(self, page: NodePage) -> None:
        """Other values of the same kind of node."""
        # A name that is typed and not valid yet stays, as long as it is the same node's.
        renamed = page.node.name != self.node_page.node.name
        if self.name.text() != page.node.name and (renamed or not self.name.property("invalid")):
            self.name.setText(page.node.name)
            mark_invalid(self.name, "")
        self.node_page = page
        if self.repeat.value() != page.node.repeat:
            self.repeat.blockSignals(True)
            self.repeat.setValue(page.node.repeat)
            self.repeat.blockSignals(False)
        self.form.show_values(page.node.parameters)
        self.facts.show_rows(page.facts)
        self.arithmetic.show_rows(page.arithmetic)
        self.problems.show_problems(page.problems)

    def _parameter(self, name: str) -> Parameter:
        return next(parameter for parameter in self.node_page.parameters if parameter.name == name)

    def _edit(self, parameter: str, value: Value) -> None:
        name = self.node_page.node.name
        experiment = with_parameter(
            self.document.experiment, name, self._parameter(parameter), value, self.node_page.scope
        )
        self.document.apply(
            f"change {parameter} of {name}", experiment, merge=f"{self.node_page.scope}/{name}.{parameter}"
        )

    def _bind(self, parameter: str) -> None:
        """A parameter of the block, named as the node's, which the node's follows from now on."""
        page, field = self.node_page, self._parameter(parameter)
        value = page.node.parameters.get(parameter, field.start if field.required else field.default)
        experiment = bound(self.document.experiment, page.scope, page.node.name, parameter, value)
        self.document.apply(f"bind {parameter} of {page.node.name}", experiment)

    def _rename(self, text: str) -> None:
        old = self.node_page.node.name
        try:
            experiment = rename_in(self.document.experiment, self.node_page.scope, old, text)
        except SpecError as error:
            mark_invalid(self.name, str(error))
            return
        mark_invalid(self.name, "")
        scope = self.node_page.scope
        index = graph_at(self.document.experiment.architecture, scope).nodes.index(self.node_page.node)
        self.document.apply(f"rename {old}", experiment, merge=f"name of node {index} in {scope}")

    def _set_repeat(self, times: int) -> None:
        name = self.node_page.node.name
        experiment = self.document.experiment
        scope = self.node_page.scope
        graph = edits.set_repeat(graph_at(experiment.architecture, scope), name, times)
        changed = with_graph(experiment, graph, scope)
        self.document.apply(f"repeat {name} {times} times", changed, merge=f"{scope}/{name} repeat")
