"""Facts about a data source, cached for code that asks at every edit."""

from workbench.data import facts
from workbench.data.source import SourceFacts
from workbench.spec.component import Component


class KnownFacts:
    """The facts of one source, looked up when it changes, not at every edit: a large folder takes a second to scan."""

    def __init__(self) -> None:
        self._known: tuple[Component, SourceFacts] | None = None

    def __call__(self, source: Component) -> SourceFacts:
        """Return the facts of the source. Raises SpecError if its data is not available."""
        if self._known is None or self._known[0] != source:
            self._known = None
            self._known = source, facts(source)
        return self._known[1]
