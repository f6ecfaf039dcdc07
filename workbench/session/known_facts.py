"""What is known of a data source, kept for whoever asks at every edit."""

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
        """What is known of the source; SpecError where its data cannot be had."""
        if self._known is None or self._known[0] != source:
            self._known = None
            self._known = source, facts(source)
        return self._known[1]

    def num_classes(self, experiment: Experiment) -> int | None:
        """Of the data that the experiment learns from, for the code of its network; None where nothing is known of it,
        which the analysis tells of: the code does as well with the network's own number.
        """
        try:
            columns = self.of(experiment.data.source).columns
        except SpecError:
            return None
        return num_classes(experiment, columns or ())
