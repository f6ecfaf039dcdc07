"""The page of the whole network."""

from workbench.gui.inspector.facts import Facts
from workbench.gui.inspector.page import PageView, fill_page, label
from workbench.gui.inspector.presenter import NetworkPage
from workbench.gui.inspector.problems import Problems
from workbench.gui.widgets.panel import breakable


class NetworkView(PageView):
    """The page of the whole network."""

    def __init__(self, page: NetworkPage) -> None:
        super().__init__()
        self._name = page.name
        self._about = [label("", role) for role in ("title", "", "muted", "muted")]
        self.problems = Problems()
        self.facts = Facts()
        self.memory = Facts("Memory of a training step")
        self.published = Facts("Published")
        self._source = label("", "muted")
        fill_page(self, *self._about, self.problems, self.facts, self.memory, self.published, self._source)
        self.show_page(page)

    def fits(self, page: object) -> bool:
        """Whether it is of the same name: another network's is seen from its top."""
        return isinstance(page, NetworkPage) and page.name == self._name

    def show_page(self, page: NetworkPage) -> None:
        """Show the network, and the newest facts and problems."""
        words = (page.name, page.purpose, page.about, page.reference, page.source)
        for field, text in zip((*self._about, self._source), words, strict=True):
            field.setText(breakable(text))
            field.setVisible(bool(text))
        self.problems.show_problems(page.problems)
        self.facts.show_rows(page.facts)
        self.memory.show_rows(page.memory)
        self.published.show_rows(page.published)
