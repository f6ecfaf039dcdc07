"""The page of one node: its name, settings, facts and problems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
)

from workbench.gui.experiment.document import Document
from workbench.gui.forms.editors import mark_invalid
from workbench.gui.forms.form import Form, align
from workbench.gui.forms.number_box import NumberBox
from workbench.gui.forms.wheel_guard import deafen
from workbench.gui.inspector.block_page import bound
from workbench.gui.inspector.block_view import BlockEditor
from workbench.gui.inspector.curve_view import CurveView
from workbench.gui.inspector.facts import Facts
from workbench.gui.inspector.page import PageView, fill_page, label, section
from workbench.gui.inspector.presenter import NodePage, with_parameter
from workbench.gui.inspector.problems import Problems
from workbench.gui.inspector.treatment import INITIALISATION, TreatmentForm
from workbench.gui.widgets import icons, theme
from workbench.gui.widgets.panel import fill, named, spaced
from workbench.spec import edits
from workbench.spec.column import Column
from workbench.spec.forms import Parameter
from workbench.spec.graph import INPUT, OUTPUT, Node
from workbench.spec.ports import rename_in
from workbench.spec.problems import SpecError
from workbench.spec.record import Value
from workbench.spec.scopes import graph_at, with_graph_at

if TYPE_CHECKING:
    from workbench.gui.settings.head_list import HeadList


class NodeEditor(PageView):
    """The page of one node."""

    def __init__(self, document: Document, page: NodePage, columns: Sequence[Column]) -> None:
        super().__init__()
        self.document = document
        self.node_page = page
        self.name = named(QLineEdit(), "Name of the node")
        self.name.setFont(theme.font(theme.TEXT_HEADING))
        self.name.textEdited.connect(self._rename)
        self.repeat = NumberBox(1, edits.MAX_REPEAT, "The number of repeats")
        deafen(self.repeat)
        self.repeat.setPrefix("× ")
        self.repeat.setMaximumWidth(84)
        self.repeat.setAccessibleName("How many times the node repeats")
        self.repeat.setToolTip("How many times the node repeats, one after the other")
        self.repeat.valueChanged.connect(self._set_repeat)
        self.form = Form(page.parameters, page.node.parameters, page.bindings, in_block=bool(page.scope))
        self.repeat.refused.connect(self.form.refuse)
        self.form.edited.connect(self._edit)
        self.form.named.connect(self._bind)
        self.form.reset.connect(lambda name: self._edit(name, self._parameter(name).default))
        self.treatment = TreatmentForm(document, self._treated)
        align(self.form, self.treatment.form, beside=INITIALISATION)
        self.heads = self._make_heads(columns)
        self.curve = CurveView()
        self.facts = Facts()
        self.arithmetic = Facts("How it is computed")
        self.problems = Problems()
        self._lay_out()
        self.show_page(page)

    def _lay_out(self) -> None:
        page, node = self.node_page, self.node_page.node
        picture = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
        entry = icons.entry_icon(node.type, page.family, gives=node.type != OUTPUT)
        picture.setPixmap(entry.pixmap(QSize(18, 18), self.devicePixelRatioF()))
        words = label(f"{node.type}. {page.help}", "muted")
        top = fill(QHBoxLayout(), (self.name, 1), self.repeat)
        kind = fill(spaced(QHBoxLayout(), theme.SPACE_S), picture, (words, 1))
        heading = section("Settings")
        heads = [section("Target and loss"), self.heads] if self.heads is not None else []
        block = [BlockEditor(self.document, page.block, (page.scope, node.name))] if page.block is not None else []
        settings = (self.problems, heading, self.form, self.treatment, *heads)
        fill_page(self, top, kind, *settings, self.curve, self.facts, self.arithmetic, *block)
        # Only once they are part of the page: otherwise they would be shown as windows and take the focus.
        self.repeat.setHidden(node.type in (INPUT, OUTPUT))
        for part in (heading, self.form):
            part.setHidden(not page.parameters)

    def _make_heads(self, columns: Sequence[Column]) -> HeadList | None:
        """Return the editor of an output's heads; outputs of blocks have none."""
        if self.node_page.node.type != OUTPUT or self.node_page.scope:
            return None
        # Imported with the first Output shown: it needs the data catalogue, which the first paint does not wait for.
        from workbench.gui.settings.head_list import HeadList

        heads = HeadList(self.document, self.node_page.node.name)
        heads.show_columns(columns)
        return heads

    def enter(self) -> None:
        """Focus the first parameter that is not bound, or the name if there is none."""
        editors = (field.editor for field in self.form.fields.values() if field.editor.isVisibleTo(self))
        first = next((editor.inputs()[0] for editor in editors), self.name)
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def fits(self, page: object) -> bool:
        """Whether it is a node with the same fields."""
        if not isinstance(page, NodePage):
            return False
        own = self.node_page
        same_form = page.parameters == own.parameters and page.bindings == own.bindings
        same_place = bool(page.scope) == bool(own.scope)
        same_block = page.block == own.block and (page.block is None or page.node.name == own.node.name)
        return page.node.type == own.node.type and same_form and same_place and same_block and page.help == own.help

    def show_page(self, page: NodePage) -> None:
        # A typed name that is not valid yet stays, as long as the node is the same.
        renamed = page.node.name != self.node_page.node.name
        if self.name.text() != page.node.name and (renamed or not self.name.property("invalid")):
            self.name.setText(page.node.name)
            self.name.home(False)  # the beginning of a long name is visible
            mark_invalid(self.name, "")
        self.node_page = page
        self.repeat.show_number(page.node.repeat)
        self.form.show_values(page.node.parameters)
        self.treatment.refresh()
        if self.heads is not None:
            self.heads.output = page.node.name
            self.heads.show_aims()
        self.curve.show_curve(page.curve)
        self.facts.show_rows(page.facts)
        self.arithmetic.show_rows(page.arithmetic)
        self.problems.show_problems(page.problems)

    def _treated(self) -> tuple[str, Sequence[Node], Sequence[Node]]:
        page = self.node_page
        return page.scope, [page.node] * page.learns, [page.node] * page.mixes

    def _parameter(self, name: str) -> Parameter:
        return next(parameter for parameter in self.node_page.parameters if parameter.name == name)

    def _edit(self, parameter: str, value: Value) -> None:
        name = self.node_page.node.name
        architecture, scope = self.document.experiment.architecture, self.node_page.scope
        changed = with_parameter(architecture, name, self._parameter(parameter), value, scope)
        merge = f"{scope}/{name}.{parameter}"
        self.document.apply_architecture(f"change {parameter} of {name}", changed, merge=merge)

    def _bind(self, parameter: str) -> None:
        """Create a parameter of the block with the same name, and bind the node's parameter to it."""
        page = self.node_page
        value = page.node.parameters.get(parameter, self._parameter(parameter).fallback)
        changed = bound(self.document.experiment.architecture, page.scope, page.node.name, parameter, value)
        self.document.apply_architecture(f"bind {parameter} of {page.node.name}", changed)

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
        name, scope = self.node_page.node.name, self.node_page.scope
        architecture = self.document.experiment.architecture
        changed = with_graph_at(architecture, scope, edits.set_repeat(graph_at(architecture, scope), name, times))
        self.document.apply_architecture(f"repeat {name} {times} times", changed, merge=f"{scope}/{name} repeat")
