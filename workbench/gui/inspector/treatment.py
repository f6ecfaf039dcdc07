"""How training treats the selected nodes: frozen or not, learning-rate factor, initialisation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.experiment.document import Document
from workbench.gui.forms.form import Form
from workbench.gui.forms.form_text import common
from workbench.gui.inspector.page import label, section
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, spaced
from workbench.spec import edits
from workbench.spec.component import Component
from workbench.spec.forms import parameters_of
from workbench.spec.graph import Node
from workbench.spec.record import Value
from workbench.spec.scopes import graph_at, with_graph_at
from workbench.spec.treatment import PLAIN, Treatment

if TYPE_CHECKING:
    from workbench.gui.settings.picker import ComponentPicker

INITIALISATION = "initialisation"
"""The label of the initialiser, which is made later than the others."""

REST = "Its normalisation layers keep their running statistics."

Treated = Callable[[], tuple[str, Sequence[Node], Sequence[Node]]]
"""Returns the scope of the nodes shown, those with weights, and those of them with a weight to initialise."""


class TreatmentForm(QWidget):
    """Edits one or several nodes as one undo step."""

    def __init__(self, document: Document, treated: Treated) -> None:
        super().__init__()
        self._document = document
        self._treated = treated
        self.form = Form(parameters_of(Treatment), {})
        self.form.edited.connect(self._edit)
        self.form.reset.connect(lambda name: self._edit(name, getattr(PLAIN, name)))
        self.rest = label(REST, "small")
        self.initialiser: ComponentPicker | None = None
        self._column = spaced(QVBoxLayout(self), theme.SPACE_S)
        fill(self._column, section("Training"), self.form, self.rest)

    def refresh(self) -> None:
        """Show the nodes' values, or that they differ; nothing if none has weights."""
        _, nodes, drawn = self._treated()
        self.setHidden(not nodes)
        if not nodes:
            return
        self.form.show_values({name: common([getattr(node, name) for node in nodes]) for name in self.form.fields})
        self.rest.setVisible(any(node.frozen for node in nodes))
        if drawn and self.initialiser is None:
            self.initialiser = self._add_initialiser()
        if self.initialiser is not None:
            self.initialiser.setVisible(bool(drawn))
            if drawn:
                self.initialiser.show_common([node.initialiser for node in drawn])

    def _add_initialiser(self) -> ComponentPicker:
        # Imported when first needed: the picker requires catalogues that the first paint does not wait for.
        from workbench.gui.settings.picker import ComponentPicker
        from workbench.training import INITIALISERS

        picker = ComponentPicker(
            INITIALISERS,
            "Initialisation",
            nothing="as for the network",
            label=INITIALISATION,
            label_width=self.form.fields["lr_factor"].label.minimumWidth(),  # as narrow as the inspector needs it
        )
        picker.chosen.connect(lambda component: self._edit("initialiser", component))
        picker.edited.connect(lambda component, name: self._edit("initialiser", component, within=name))
        self._column.addWidget(picker)
        return picker

    def _edit(self, name: str, value: Value | Component, *, within: str = "") -> None:
        """Set a value for all nodes that it means something to.

        Repeated edits of one value, or one setting ``within`` it, merge into one undo step.
        """
        scope, nodes, drawn = self._treated()
        architecture = self._document.experiment.architecture
        names = [node.name for node in (drawn if name == "initialiser" else nodes)]
        graph = edits.set_treatment(graph_at(architecture, scope), names, **{name: value})
        whom = names[0] if len(names) == 1 else f"{len(names)} nodes"
        words = {"lr_factor": "change rate of", "initialiser": "change initialisation of"}.get(name, "")
        words = words or ("freeze" if value else "unfreeze")
        merge = f"{scope}/{sorted(names)}.{name}.{within}"
        self._document.apply_architecture(f"{words} {whom}", with_graph_at(architecture, scope, graph), merge=merge)
