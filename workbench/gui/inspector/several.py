"""The page of several nodes, whose common settings can be edited together."""

from collections.abc import Sequence

from workbench.gui.experiment.document import Document
from workbench.gui.forms.form import Form, align
from workbench.gui.inspector.facts import Facts
from workbench.gui.inspector.page import PageView, fill_page, label, section
from workbench.gui.inspector.problems import Problems
from workbench.gui.inspector.several_page import SeveralPage, with_parameter_of_all
from workbench.gui.inspector.treatment import INITIALISATION, TreatmentForm
from workbench.spec.graph import Node
from workbench.spec.record import Value


class SeveralEditor(PageView):
    """Edits the parameters that the selected nodes share; an edit is one step, however many nodes it changes."""

    def __init__(self, document: Document, page: SeveralPage) -> None:
        super().__init__()
        self.document = document
        self.several_page = page
        self.problems = Problems()
        self.form = Form(page.parameters, page.values, page.bindings)
        self.form.edited.connect(self._edit)
        self.form.reset.connect(self._reset)
        self.treatment = TreatmentForm(document, self._treated)
        align(self.form, self.treatment.form, beside=INITIALISATION)
        self.facts = Facts("Total")
        title, kinds = label(f"{page.num_nodes} nodes selected", "title"), label(page.kinds, "muted")
        common = section("Common settings") if page.parameters else label("No settings in common.", "muted")
        fill_page(self, title, kinds, self.problems, common, self.form, self.treatment, self.facts)
        self.form.setHidden(not page.parameters)
        self.show_page(page)

    def fits(self, page: object) -> bool:
        """Whether they are the same nodes with the same fields."""
        if not isinstance(page, SeveralPage):
            return False
        own = self.several_page
        same_form = page.parameters == own.parameters and page.bindings == own.bindings
        return page.selected == own.selected and page.kinds == own.kinds and same_form

    def show_page(self, page: SeveralPage) -> None:
        self.several_page = page
        self.form.show_values(page.values)
        self.treatment.refresh()
        self.facts.show_rows(page.facts)
        self.problems.show_problems(page.problems)

    def _treated(self) -> tuple[str, Sequence[Node], Sequence[Node]]:
        page = self.several_page
        return page.selected.scope, page.learning, page.mixing

    def _edit(self, parameter: str, value: Value) -> None:
        selected = self.several_page.selected
        changed = with_parameter_of_all(self.document.experiment.architecture, selected, parameter, value)
        label = f"change {parameter} of {self.several_page.num_nodes} nodes"
        merge = f"{selected.scope}/{sorted(selected.names)}.{parameter}"
        self.document.apply_architecture(label, changed, merge=merge)

    def _reset(self, parameter: str) -> None:
        architecture, selected = self.document.experiment.architecture, self.several_page.selected
        changed = with_parameter_of_all(architecture, selected, parameter, None, reset=True)
        self.document.apply_architecture(f"reset {parameter} of {self.several_page.num_nodes} nodes", changed)
