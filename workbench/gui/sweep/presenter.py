"""The rows of a sweep, how many runs they make or what is wrong with them, and the answer of the checks. No Qt."""

from collections.abc import Sequence
from math import prod

from workbench.gui.experiment.selected import Selected
from workbench.gui.sweep import values
from workbench.gui.sweep.settings import Setting, settings_of
from workbench.gui.widgets.error_sentence import sentence
from workbench.session.editing.sweeping import Checked, Sweep
from workbench.spec.experiment import Experiment
from workbench.spec.folds import FOLD_PATH, folds_like
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, replace
from workbench.spec.sweep import Axis, check_axes, separated
from workbench.spec.words import plural
from workbench.training.changing.changes import RATE


class Row(Record):
    """A setting by its path, and its values as typed."""

    path: str
    text: str


def cross_validation(experiment: Experiment) -> tuple[Row, ...]:
    """Return the row that sweeps over all folds of the data."""
    return (Row(path=FOLD_PATH, text=", ".join(folds_like(experiment.data.fold))),)


class SweepPresenter:
    """The rows over an experiment. ``rows`` are those of an earlier sweep."""

    def __init__(self, experiment: Experiment, selected: Selected, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)
        self.show_experiment(experiment, selected)

    def show_experiment(self, experiment: Experiment, selected: Selected) -> None:
        """Sweep this experiment, without the rows whose setting it does not have; with none, begin with a first one."""
        self.experiment = experiment
        self.settings = {setting.path: setting for setting in settings_of(experiment, selected)}
        self._set(tuple(row for row in self.rows if row.path in self.settings))
        if not self.rows:
            self.add()

    def _set(self, rows: tuple[Row, ...]) -> None:
        self.rows = rows
        self.asked: Sweep | None = None
        """What is to be checked; None if something is wrong with the rows themselves."""
        self._wrong = ""
        try:
            self.asked = self._sweep()
        except SpecError as error:
            self._wrong = str(error)
        self.checked: Checked | None = None
        """The answer for the rows as they are; None until it has come."""
        self.is_adding = False
        """Whether the runs are to be added as soon as they are checked."""

    def add(self) -> None:
        """Add a row: the learning rate, or else the first setting that has none, with its value now."""
        used = {row.path for row in self.rows}
        order = sorted(self.settings, key=lambda path: path != RATE)
        free = next((path for path in order if path not in used), None)
        if free is not None:
            self._set((*self.rows, self._as_it_is(free)))

    def remove(self, place: int) -> None:
        self._set((*self.rows[:place], *self.rows[place + 1 :]))

    def choose(self, place: int, path: str) -> None:
        """Give a row another setting, with its value now."""
        if path != self.rows[place].path:
            self._replace(place, self._as_it_is(path))

    def type(self, place: int, text: str) -> None:
        """Take the values of a row as typed."""
        self._replace(place, replace(self.rows[place], text=text))

    def suggestion(self, place: int) -> str:
        """Return a few values of a row's setting, as one would type them; empty if none suggest themselves."""
        setting = self.setting(place)
        few = values.suggested(setting.value, setting.parameter)
        return ", ".join(values.show(value, setting.parameter) for value in few)

    def setting(self, place: int) -> Setting:
        return self.settings[self.rows[place].path]

    def _as_it_is(self, path: str) -> Row:
        setting = self.settings[path]
        return Row(path=path, text=values.show(setting.value, setting.parameter))

    def _replace(self, place: int, row: Row) -> None:
        self._set((*self.rows[:place], row, *self.rows[place + 1 :]))

    @property
    def num_runs(self) -> int:
        """The number of runs; 0 if something is wrong, or there is no row."""
        return 0 if self.asked is None or self.refusal else prod(self._sizes)

    @property
    def _sizes(self) -> tuple[int, ...]:
        return () if self.asked is None else tuple(len(axis.values) for axis in self.asked.axes)

    @property
    def refusal(self) -> str:
        """What is wrong, as far as it is known yet; empty if nothing is."""
        return self._wrong or (self.checked.refusal if self.checked is not None else "")

    def _sweep(self) -> Sweep:
        """Return the sweep of the rows. Raises SpecError if a value is missing, invalid or there twice, or if there are
        too many.
        """
        said = tuple(
            Axis(path=row.path, values=separated(row.text), title=self.settings[row.path].title) for row in self.rows
        )
        check_axes(said)
        axes = (
            replace(axis, values=tuple(_written(self.settings[axis.path], text) for text in axis.values))
            for axis in said
        )
        return Sweep(experiment=self.experiment, axes=tuple(axes), said=said)

    def words(self) -> tuple[str, str]:
        """Return the line below the rows, and its role: ``3 × 2 = 6 runs``, or what is wrong."""
        if self.refusal:
            return sentence(SpecError(self.refusal)), "danger"
        sizes = " × ".join(map(str, self._sizes))
        runs = plural(self.num_runs, "run")
        counted = f"{sizes} = {runs}" if len(self.rows) > 1 else runs
        return (f"{counted}, being checked…" if self.is_adding else counted), "muted"

    def button(self) -> str:
        """Return the words of the button that adds the runs."""
        return f"Add {plural(self.num_runs, 'run')}" if self.num_runs else "Add runs"


def _written(setting: Setting, text: str) -> str:
    try:
        return setting.written(values.read(text, setting.parameter))
    except SpecError as error:
        raise SpecError(f"{setting.title} {text}: {str(error).removeprefix('it: ')}") from None
