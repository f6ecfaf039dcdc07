"""What the run at work could take over from the document, in words. No Qt."""

from workbench.spec.experiment import Experiment
from workbench.spec.record import Value
from workbench.training.changes import differences, sentence


class SteeringPresenter:
    """Compares the document with the run, as often as one of them is another than before."""

    def __init__(self) -> None:
        self.offer: dict[str, tuple[Value, Value]] = {}
        """Path -> (what the run has, what the document has)."""
        self._compared: tuple[Experiment, Experiment] | None = None
        self._asked: dict[str, Value] = {}

    def compare(self, run: Experiment | None, document: Experiment) -> None:
        """Look at a run's experiment and the document's; None where no run of this document is at work."""
        if run is None:
            self.offer, self._compared, self._asked = {}, None, {}
        elif self._compared is None or self._compared[0] is not run or self._compared[1] is not document:
            self._compared = run, document
            self.offer = differences(run, document)
            self._asked = {path: value for path, value in self._asked.items() if self._wants(path, value)}

    def _wants(self, path: str, value: Value) -> bool:
        return path in self.offer and self.offer[path][1] == value

    def take(self) -> dict[str, Value]:
        """What is to be asked of the run now; it is under way from then on."""
        wanted = {path: after for path, (_, after) in self.offer.items() if path not in self._asked}
        self._asked |= wanted
        return wanted

    @property
    def is_asked(self) -> bool:
        """Whether all that is offered was asked for, and the run has yet to come to it."""
        return bool(self.offer) and self.offer.keys() <= self._asked.keys()

    @property
    def words(self) -> str:
        """What is offered, or under way; empty where nothing is."""
        if not self.offer:
            return ""
        changes = ", ".join(sentence(path, *values) for path, values in self.offer.items())
        return f"Applied with the next step: {changes}" if self.is_asked else f"Can apply to the running run: {changes}"
