"""How training treats the nodes shown: frozen, and at which rate. Beside their own parameters, since a layer has none of it."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.document import Document
from workbench.gui.form_text import Mixed
from workbench.gui.forms import Form
from workbench.gui.inspector.page import label, section
from workbench.gui.inspector.presenter import with_graph
from workbench.spec import edits
from workbench.spec.forms import parameters_of
from workbench.spec.graph import Node
from workbench.spec.record import Value
from workbench.spec.scopes import graph_at
from workbench.spec.treatment import PLAIN, Treatment

REST = "Its norms go on with the statistics they have."

Shown = Callable[[], tuple[str, Sequence[Node]]]
"""The scope of the nodes shown, and the nodes."""


class TreatmentForm(QWidget):
    """Edits one or several nodes; one step to undo."""

    def __init__(self, document: Document, shown: Shown) -> None:
        super().__init__()
        self._document = document
        self._shown = shown
        self.form = Form(parameters_of(Treatment), {})
        self.form.edited.connect(self._edit)
        self.form.reset.connect(lambda name: self._edit(name, getattr(PLAIN, name)))
        self.rest = label(REST, "small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        layout.addWidget(section("Training"))
        layout.addWidget(self.form)
        layout.addWidget(self.rest)

    def refresh(self) -> None:
        """Show what the nodes have now; a value that differs among them as such."""
        _, nodes = self._shown()
        self.form.show_values({name: _common([getattr(node, name) for node in nodes]) for name in self.form.fields})
        self.rest.setVisible(any(node.frozen for node in nodes))

    def _edit(self, name: str, value: Value) -> None:
        scope, nodes = self._shown()
        experiment = self._document.experiment
        names = [node.name for node in nodes]
        graph = edits.set_treatment(graph_at(experiment.architecture, scope), names, **{name: value})
        whom = names[0] if len(names) == 1 else f"{len(names)} nodes"
        words = ("freeze" if value else "unfreeze") if name == "frozen" else "change rate of"
        self._document.apply(
            f"{words} {whom}", with_graph(experiment, graph, scope), merge=f"{scope}/{sorted(names)}.{name}"
        )


def _common(values: Sequence[Value]) -> Value | Mixed:
    different = list(dict.fromkeys(values))
    return different[0] if len(different) == 1 else Mixed(values=tuple(different))
