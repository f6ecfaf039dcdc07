"""The page of the whole network."""

from operator import attrgetter

from workbench.gui.inspector.facts import Facts
from workbench.gui.inspector.page import PageView, fill_page, label
from workbench.gui.inspector.presenter import NetworkPage
from workbench.gui.inspector.problems import Problems

DESCRIBED = attrgetter("name", "purpose", "about", "reference", "source")


class NetworkView(PageView):
    """The page of the whole network."""

    def __init__(self, page: NetworkPage) -> None:
        super().__init__()
        words = ((page.name, "title"), (page.purpose, ""), (page.about, "muted"), (page.reference, "muted"))
        about = [label(text, role) for text, role in words if text]
        source = [label(page.source, "muted")] if page.source else []
        self.problems = Problems()
        self.facts = Facts()
        self.memory = Facts("Memory of a training step")
        self.published = Facts("Published")
        fill_page(self, *about, self.problems, self.facts, self.memory, self.published, *source)
        self._page = page
        self.show_page(page)

    def fits(self, page: object) -> bool:
        """Whether it is the same network, described in the same words."""
        return isinstance(page, NetworkPage) and DESCRIBED(page) == DESCRIBED(self._page)

    def show_page(self, page: NetworkPage) -> None:
        """Show the newest facts and problems."""
        self._page = page
        self.problems.show_problems(page.problems)
        self.facts.show_rows(page.facts)
        self.memory.show_rows(page.memory)
        self.published.show_rows(page.published)
