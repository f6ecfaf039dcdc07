"""Facts about a data source, cached for code that asks at every edit."""

from workbench.data import facts
from workbench.data.source import SourceFacts
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError
from workbench.training.aims import num_classes


class KnownFacts:
    """The facts of one source, looked up when it changes, not at every edit: a large folder takes a second to scan."""

    def __init__(self) -> None:
        self._known: tuple[Component, SourceFacts] | None = None

    def of(self, source: Component) -> SourceFacts:
        """Return the facts of the source. Raises SpecError if its data is not available."""
        if self._known is None or self._known[0] != source:
            self._known = None
            self._known = source, facts(source)
        return self._known[1]

    def num_classes(self, experiment: Experiment) -> int | None:
        """Return the number of classes of the experiment's data, for the code of its network.

        None if the data is not available, which the analysis reports: the code then has the network's own number.
        """
        try:
            columns = self.of(experiment.data.source).columns
        except SpecError:
            return None
        return num_classes(experiment, columns or ())
