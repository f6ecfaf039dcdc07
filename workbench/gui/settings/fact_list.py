"""The facts about the data's source: its columns with their types, which can be changed, its size, some pictures."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from workbench.data import facts
from workbench.data.source import SourceFacts, TakenFor
from workbench.gui.forms.wheel_guard import deafen
from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.gui.settings.samples import Glance, Samples, glance, own_shape
from workbench.gui.settings.section import LABEL_WIDTH
from workbench.gui.settings.source_facts import (
    SKIP,
    PictureShape,
    fact_rows,
    kind_words,
    kinds_for,
    picture_shape,
    shape_words,
)
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.panel import ElidedLabel, breakable, clear
from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError
from workbench.training.aims import used_columns


class FactList(QWidget):
    """The facts about the source, and a glance at its examples; only the answer to the last request is shown."""

    known = Signal(object)
    """Emitted with the source's columns, a tuple; empty if they cannot be determined."""

    loaded = Signal(object)
    """Emitted with the ``Glance`` at the source; None if there is none."""

    kind_chosen = Signal(object, str)
    """Emitted with a column, ``TakenFor``, and the kind that it should have instead."""

    remedied = Signal(object)
    """Emitted with the ``Remedy`` to apply, for a source that cannot be read."""

    shape_known = Signal(object)
    """Emitted with the Input shape that takes the data unchanged, a tuple; None if unknown."""

    shape_wanted = Signal(object)
    """Emitted with the shape that the network's Input should get."""

    def __init__(self, pump: EventPump) -> None:
        super().__init__()
        self._facts = Newest(pump)
        self._glances = Newest(pump)
        self._experiment: Experiment | None = None
        self._shape: PictureShape | None = None
        self._used: tuple[str, ...] = ()
        """The columns that the heads needed at the last glance."""
        self._found: SourceFacts | None = None
        self._seen: Glance | None = None
        self.samples = Samples()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.SPACE_XS, 0, 0)
        column.setSpacing(theme.SPACE_S)
        self.rows: list[tuple[str, QWidget]] = []
        """The shown widgets with their labels."""
        # Not a QFormLayout, which gives wrapping labels the height that they had at another width.
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)  # elided labels count as having no width in a layout
        self._grid.setHorizontalSpacing(theme.SPACE_S)
        self._grid.setVerticalSpacing(theme.SPACE_XS)
        column.addLayout(self._grid)
        column.addWidget(self.samples)

    def show_data(self, experiment: Experiment) -> None:
        """Determine the facts of a new source, or just glance again if only the shape of the network's Input has
        changed, or what its heads predict.
        """
        before, self._experiment = self._experiment, experiment
        shape_before, self._shape = self._shape, picture_shape(experiment)
        source = experiment.data.source
        if before is not None and before.data.source == source:
            if self._found is not None and (self._shape, self._needed()) != (shape_before, self._used):
                self._look()
            return
        self._found, self._seen = None, None
        self.shape_known.emit(None)
        self._glances.drop()
        self._facts.background("facts", partial(facts, source), self._show, self.fail)

    def read_again(self) -> None:
        """Determine the facts of the same source again, since its files may have changed."""
        assert self._experiment is not None
        experiment, self._experiment = self._experiment, None
        self.show_data(experiment)

    def _show(self, found: SourceFacts) -> None:
        self.known.emit(found.columns or ())
        self._found = found
        self._show_rows()
        self._look()

    def _show_rows(self) -> None:
        assert self._found is not None
        self._clear()
        for column in self._found.taken_for:
            self._add_column(column, kind_words(column, self._found.columns or ()))
        seen = None if self._seen is None else self._seen.loaded
        for label, words in fact_rows(self._found, seen, self._shape):
            self._add(label, _words(words, ""))
        own = own_shape(self._found, self._seen)
        self.shape_known.emit(own)
        if self._shape is not None and own is not None and len(own) == len(self._shape) and own != self._shape:
            button = QPushButton(f"Make the Input {shape_words(own)}")
            button.setToolTip("Train on the pictures as they are")
            button.clicked.connect(partial(self.shape_wanted.emit, own))
            self._add(None, button)

    def _look(self) -> None:
        """Glance at some examples; files are decoded to the network's size, pictures in memory are resized to it."""
        if self._found is not None and self._experiment is not None:
            used = self._needed()
            if used != self._used:
                self._used, self._seen = used, None
            work = partial(glance, self._experiment.data.source, self._shape, used, self._seen)
            self._glances.background("glance", work, self._show_seen, self._fail_to_look)

    def _needed(self) -> tuple[str, ...]:
        """Return the columns that training needs: no other may cost an example, or raise an error."""
        assert self._found is not None and self._experiment is not None
        return used_columns(self._experiment, self._found.columns or ())

    def _fail_to_look(self, error: Exception) -> None:
        self._show_seen(None)
        self._add_refusal(error)

    def _show_seen(self, seen: Glance | None) -> None:
        self._seen = seen
        self._show_rows()
        self.samples.show_examples(seen)
        self.loaded.emit(seen)

    def fail(self, error: Exception) -> None:
        """Show why nothing is known."""
        self.known.emit(())
        self.shape_known.emit(None)
        self._clear()
        self.samples.show_examples(None)
        self.loaded.emit(None)
        self._add_refusal(error)

    def _add_refusal(self, error: Exception) -> None:
        self._add(None, _words(sentence(error), "danger"))
        if isinstance(error, SpecError) and error.remedy is not None:
            button = QPushButton(error.remedy.words)
            button.clicked.connect(partial(self.remedied.emit, error.remedy))
            self._add(None, button)

    def _add_column(self, column: TakenFor, words: str) -> None:
        """Add a box to change what a column is used as."""
        choice = QComboBox(sizeAdjustPolicy=QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        choice.setMinimumContentsLength(8)
        deafen(choice)
        for kind, title in kinds_for(column).items():
            choice.addItem(title, kind)
        choice.setCurrentIndex(choice.findData(column.kind or SKIP))
        choice.setAccessibleName(f"Type of the column {column.name}")
        choice.setToolTip("Guessed from its values; choose another type if it is wrong")
        choice.activated.connect(lambda: self.kind_chosen.emit(column, choice.currentData()))
        self._add(column.name, choice)
        if words:
            self._add("", _words(words, "small"))

    def _add(self, label: str | None, field: QWidget) -> None:
        """Add a row; without a label, the field takes all of it."""
        number = len(self.rows)
        self.rows.append((label or "", field))
        if label is None:
            self._grid.addWidget(field, number, 0, 1, 2)
            return
        name = ElidedLabel()
        name.setText(label)
        name.setProperty("role", "muted")
        name.setFixedWidth(LABEL_WIDTH)
        # The label is aligned with the first line of a text, or with the centre of a box.
        place = Qt.AlignmentFlag.AlignTop if isinstance(field, QLabel) else Qt.AlignmentFlag.AlignVCenter
        self._grid.addWidget(name, number, 0, place)
        self._grid.addWidget(field, number, 1)

    def _clear(self) -> None:
        clear(self._grid)
        self.rows = []


def _words(words: str, role: str) -> QLabel:
    label = QLabel(breakable(words), wordWrap=True)
    label.setProperty("role", role)
    return label
