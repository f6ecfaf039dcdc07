"""Which edits of the document a run could take over, or a finished run be resumed with. No Qt."""

from collections.abc import Sequence
from functools import reduce

from workbench.events import AnyEvent, RecipeChanged, RunFinished
from workbench.spec.change import with_setting
from workbench.spec.experiment import Experiment
from workbench.spec.record import Value, replace
from workbench.training.changing.changes import RATE, differences, is_one, prolongs, settings
from workbench.training.changing.rate_change import Position, foretold, made_of, next_rate


class SteeringPresenter:
    """Compares the document with the run whenever one of them changes."""

    def __init__(self) -> None:
        self._differences: dict[str, tuple[Value, Value]] = {}
        self._confirmed: dict[str, tuple[Value, Value]] = {}
        """The run's learning rate, twice, while it is to be set once more."""
        self.has_finished = False
        """Whether the run has finished, so that it can only be resumed for more epochs."""
        self._compared: tuple[Experiment, Experiment] | None = None
        self._asked: dict[str, Value] = {}
        self._declined: dict[str, tuple[Value, Value]] = {}
        """An offer that was declined."""
        self._position = Position()
        self._ended_early = False

    def begin(self) -> None:
        """Start on another run."""
        self._position = Position()
        self._ended_early = False
        self._confirmed = {}

    def feed(self, events: Sequence[AnyEvent]) -> None:
        """Note the run's progress and its learning rate."""
        self._position = self._position.after(events)
        for event in events:
            if isinstance(event, RunFinished):
                self._ended_early = event.early
            if isinstance(event, RecipeChanged) and event.path == RATE:
                self._confirmed = {}
                if self._asked.get(RATE) == event.after:
                    del self._asked[RATE]

    def compare(self, run: Experiment | None, document: Experiment, *, has_finished: bool = False) -> None:
        """Compare a run's experiment with the document's; None if no run of the document is running or finished."""
        if run is None:
            self._differences, self.has_finished, self._compared, self._asked, self._declined = {}, False, None, {}, {}
            self._confirmed = {}
        elif self._is_new(run, document, has_finished):
            self._compared, self.has_finished = (run, document), has_finished
            self._renew()

    def _renew(self) -> None:
        """Compare the document with the run, and with what the run will be once it has done all that was requested."""
        assert self._compared is not None
        run, document = self._compared
        goes_on = not self.has_finished or prolongs(run, document, early=self._ended_early)
        self._asked = {path: value for path, value in self._asked.items() if not self._is_made(run, path, value)}
        coming = reduce(lambda edited, asked: with_setting(edited, *asked), self._asked.items(), run)
        self._differences = differences(run, document) | differences(coming, document) if goes_on else {}
        if not goes_on or RATE in self._differences:
            self._confirmed = {}

    @property
    def offer(self) -> dict[str, tuple[Value, Value]]:
        """Path -> (the run's value, or another that was requested; the document's value), without those that the run
        would not change now.
        """
        return self._confirmed | {
            path: (before, after)
            for path, (before, after) in self._differences.items()
            if before != made_of(path, after, self._position)
        }

    def _is_new(self, run: Experiment, document: Experiment, has_finished: bool) -> bool:
        if self._compared is None or self.has_finished != has_finished:
            return True
        return self._compared[0] is not run or self._compared[1] is not document

    def expect(self, asked: dict[str, Value]) -> None:
        """Note changes that a resuming run has already been asked for."""
        self._asked |= {path: value for path, value in asked.items() if path in self.offer}

    def _is_made(self, run: Experiment, path: str, value: Value) -> bool:
        return path not in self._confirmed and settings(run)[path] == made_of(path, value, self._position)

    def _position_at(self, path: str) -> Position:
        """Return the run's position; without its rate if another rate was requested that it has not come to yet."""
        return self._position if path not in self._asked or self._is_asked(path) else replace(self._position, rate=None)

    def _is_asked(self, path: str) -> bool:
        return path in self._asked and self._asked[path] == self.offer[path][1]

    def confirm_rate(self) -> None:
        """Offer the document's learning rate although the run has it too, if a schedule that looks back has reduced it
        since: setting it once more makes it the rate again.
        """
        if self._compared is None or self.has_finished or self._position.rate is None:
            return
        run, document = self._compared
        rate = settings(run)[RATE]
        is_same = run.training.optimizer.type == document.training.optimizer.type and RATE not in self._differences
        if is_same and is_one(run, RATE, rate, rate) and next_rate(run, self._position) != self._position.rate:
            self._confirmed, self._declined = {RATE: (rate, rate)}, {}

    def decline(self) -> None:
        """Stop offering these changes; another edit is offered again."""
        self._declined = self.offer

    def take(self) -> dict[str, Value]:
        """Return what to request from the run now; it counts as requested from then on."""
        wanted = {path: after for path, (_, after) in self.offer.items() if not self._is_asked(path)}
        self._asked |= wanted
        self._renew()
        return wanted

    @property
    def is_asked(self) -> bool:
        """Whether everything offered has been requested, and the run has yet to apply it."""
        return bool(self.offer) and all(map(self._is_asked, self.offer))

    @property
    def words(self) -> str:
        """The text of the offer or of pending changes; empty if there are none."""
        if not self.offer or self.offer == self._declined:
            return ""
        assert self._compared is not None
        _, edited = self._compared
        changes = ", ".join(
            foretold(path, *values, edited, self._position_at(path)) for path, values in self.offer.items()
        )
        if self.has_finished:
            return f"The finished run can be resumed with: {changes}"
        return f"Applied with the next step: {changes}" if self.is_asked else f"Not in the run yet: {changes}"
