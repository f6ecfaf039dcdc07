"""The facts about the data's source: its columns with their types, which can be changed, its size, some pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from itertools import chain, takewhile
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from workbench.data import SOURCES, facts
from workbench.data.progress import Following, counted, heard_by
from workbench.data.source import SourceFacts, TakenFor
from workbench.gui.dialogs.text_window import TextWindow
from workbench.gui.forms.wheel_guard import deafen
from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.gui.settings.samples import Glance, Samples, glance, own_shape
from workbench.gui.settings.section import LABEL_WIDTH
from workbench.gui.settings.source_facts import (
    MOST_COLUMNS,
    MOST_NOTES,
    SKIP,
    PictureShape,
    columns_called,
    fact_rows,
    kind_words,
    kinds_for,
    notes_beside,
    picture_shape,
    shape_words,
)
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.panel import ElidedLabel, breakable, choice, fill, spaced, styled
from workbench.session.editing.network_facts import FOR_NUMBERS, remedy_of_input, small_network_words
from workbench.session.left_out import folder_of
from workbench.spec.column import Column, named
from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError
from workbench.spec.remedy import Remedy
from workbench.spec.words import plural, several, thing
from workbench.training.aims import heads_of, used_columns

AT_ONCE = 10
"""The number of columns whose boxes are made in one turn of the window's thread; each takes it a millisecond."""


PATIENCE_S = 0.5
"""After this time it is told how far the reading is."""


class _Row(NamedTuple):
    """A row to be shown: its name (None where its field takes all of it), what tells it from others, and its field."""

    label: str | None
    key: Hashable
    make: Callable[[], QWidget]


class FactList(QWidget):
    """The facts about the source, and a glance at its examples; only the answer to the last request is shown."""

    known = Signal(object)
    """Emitted with the source's columns, a tuple; empty if they cannot be determined."""

    loaded = Signal(object)
    """Emitted with the ``Glance`` at the source; None if there is none."""

    kind_chosen = Signal(object, str, object)
    """Emitted with a column, ``TakenFor``, the kind that it should have instead, and a tuple of all columns."""

    remedied = Signal(object)
    """Emitted with the ``Remedy`` to apply, for a source that cannot be read."""

    shape_known = Signal(object)
    """Emitted with the Input shape that takes the data unchanged, a tuple; None if unknown."""

    shape_wanted = Signal(object)
    """Emitted with the shape that the network's Input should get."""

    def __init__(self, pump: EventPump) -> None:
        super().__init__()
        self._pump = pump
        self._facts = Newest(pump)
        self._glances = Newest(pump)
        self._reading = Following()
        """How far the reading of the source is."""
        self._began_s: float | None = None
        """When it began, by the monotonic clock; None if there is nothing to read."""
        self.progress = styled(QLabel(), "small")
        self.progress.hide()
        pump.ticked.connect(self._tell_progress)
        self._experiment: Experiment | None = None
        self._shape: PictureShape | None = None
        self._used: tuple[str, ...] = ()
        """The columns that the heads needed at the last glance."""
        self._found: SourceFacts | None = None
        self._seen: Glance | None = None
        self.samples = Samples()
        self.rows: list[tuple[str, QWidget]] = []
        """The shown widgets with their labels."""
        self._placed: dict[tuple[str | None, Hashable], tuple[QWidget, ...]] = {}
        """The widgets of each row, by its label and key."""
        self._columns: tuple[TakenFor, ...] = ()
        """The columns at the last answer; the boxes of some are shown."""
        self._part = ""
        """The part of the names of the columns that are shown, of a table with many."""
        self._num_shown = AT_ONCE
        """The most columns that are shown by now."""
        self._refused: tuple[_Row, ...] = ()
        """Why the examples cannot be shown."""
        self._choices: dict[str, QComboBox] = {}
        """The boxes with the columns' types."""
        # Not a QFormLayout, which gives wrapping labels the height that they had at another width.
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)  # elided labels count as having no width in a layout
        self._grid.setHorizontalSpacing(theme.SPACE_S)
        self._grid.setVerticalSpacing(theme.SPACE_XS)
        fill(spaced(QVBoxLayout(self), theme.SPACE_S, top=theme.SPACE_XS), self.progress, self._grid, self.samples)

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
        self._reading.stop()
        self._reading = Following()
        self._began_s = time.monotonic()
        work = partial(heard_by, self._reading, partial(facts, source))
        self._facts.background("facts", work, self._show, self.fail)

    def read_again(self) -> None:
        """Determine the facts of the same source again, since its files may have changed."""
        assert self._experiment is not None
        experiment, self._experiment = self._experiment, None
        self.show_data(experiment)

    def leave(self) -> None:
        """Stop reading, for nobody will see it."""
        self._facts.drop()
        self._glances.drop()
        self._reading.stop()

    def _show(self, found: SourceFacts) -> None:
        self._pump.soon(self._tell_columns, found.columns or ())  # whoever follows makes as many boxes again
        if [column.name for column in found.taken_for] != [column.name for column in self._columns]:
            self._part, self._num_shown = "", AT_ONCE  # it was looked for among others
        self._found, self._columns, self._refused = found, found.taken_for, ()
        self._show_rows()
        self._pump.soon(self._show_more, found)
        assert self._experiment is not None
        if self._seen is None and SOURCES[self._experiment.data.source.type].is_own:
            self.samples.show_examples(None)  # those of the old data, until files of the new one are decoded
        self._look()

    def _tell_columns(self, columns: Sequence[Column]) -> None:
        self.known.emit(columns)

    def _show_rows(self) -> None:
        assert self._found is not None
        rows = []
        if (num_columns := len(self._found.taken_for)) > MOST_COLUMNS:
            key = ("find", *(column.name for column in self._found.taken_for))
            rows.append(_Row(label=None, key=key, make=partial(self._finder, num_columns)))
        else:
            self._part = ""
        found = columns_called(self._found, self._part)
        for column in found[: self._num_shown]:
            titles = kinds_for(column)
            of_box = (column.name, *titles.items())
            rows.append(_Row(label=column.name, key=of_box, make=partial(self._choice, column, titles)))
            rows += self._words_on(column)
        num_more = len(found) - MOST_COLUMNS
        if not found and self._part:
            rows.append(_text("", "No column is called so.", "small"))
        if num_more > 0:
            rows.append(_text("", f"and {plural(num_more, 'more column')}", "small"))
        seen = None if self._seen is None else self._seen.loaded
        assert self._experiment is not None
        within = folder_of(self._experiment.data.source)
        said = fact_rows(self._found, seen, self._shape, within)
        rows += (_text(label, words, "" if label else "small") for label, words in said)
        notes = tuple(notes_beside(self._found, seen))
        if len(notes) > MOST_NOTES:
            rows.append(_Row(label=None, key=notes, make=partial(self._all_notes, notes)))
        own = own_shape(self._found, self._seen)
        now = self._experiment.architecture.input_shape
        if now is not None and own is not None and len(own) == len(now) and own != now:
            rows.append(_Row(label=None, key=own, make=partial(self._fitting, own)))
        elif now is not None and own is not None and len(now) != len(own) < 3:
            rows.append(_Row(label=None, key=("network", *own), make=partial(self._for_numbers, self._found)))
        self._place([*rows, *self._refused])
        for column in found[: self._num_shown]:
            box = self._choices[column.name]
            box.setCurrentIndex(box.findData(column.kind or SKIP))
        self.shape_known.emit(own)

    def _show_more(self, found: SourceFacts) -> None:
        if found is self._found and self._num_shown < min(len(self._columns), MOST_COLUMNS):
            self._num_shown += AT_ONCE
            self._show_rows()
            self._pump.soon(self._show_more, found)

    def _look(self) -> None:
        """Glance at some examples; files are decoded to the network's size, pictures in memory are resized to it."""
        if self._found is not None and self._experiment is not None:
            used = self._needed()
            if used != self._used:
                self._used, self._seen = used, None
            work = partial(glance, self._experiment.data.source, self._shape, used, self._seen)
            self._began_s = self._began_s or time.monotonic()
            heard = partial(heard_by, self._reading, work)
            self._glances.background("glance", heard, self._show_seen, self._fail_to_look)

    def _needed(self) -> tuple[str, ...]:
        """Return the columns that training needs: no other may cost an example, or raise an error."""
        assert self._found is not None and self._experiment is not None
        return used_columns(self._experiment, self._found.columns or ())

    def _fail_to_look(self, error: Exception) -> None:
        self._show_seen(None, *self._refusal(error))

    def _show_seen(self, seen: Glance | None, *refused: _Row) -> None:
        self._began_s, self._seen, self._refused = None, seen, refused
        self._show_rows()
        self.samples.show_examples(seen)
        self.loaded.emit(seen)

    def fail(self, error: Exception) -> None:
        """Show why nothing is known."""
        self._began_s = None
        self.known.emit(())
        self.shape_known.emit(None)
        self._place(self._refusal(error))
        self.samples.show_examples(None)
        self.loaded.emit(None)

    def _tell_progress(self) -> None:
        is_long = self._began_s is not None and time.monotonic() - self._began_s > PATIENCE_S
        if is_long and self._reading.last is not None:
            self.progress.setText(f"{counted(*self._reading.last)}…")
        self.progress.setVisible(is_long and self._reading.last is not None)

    def _refusal(self, error: Exception) -> list[_Row]:
        rows = [_text(None, sentence(error), "danger")]
        if isinstance(error, SpecError) and error.remedy is not None:
            rows.append(_Row(label=None, key=error.remedy, make=partial(self._mending, error.remedy)))
        return rows

    def _words_on(self, column: TakenFor) -> list[_Row]:
        assert self._found is not None
        words = " · ".join(
            filter(None, (self._whether_predicted(column), kind_words(column, self._found.columns or ())))
        )
        return [_Row(label="", key=(column.name, words), make=partial(_words, words, "small"))] if words else []

    def _whether_predicted(self, column: TakenFor) -> str:
        """Say whether an output predicts the column; nothing if it is the only one that can be."""
        assert self._found is not None and self._experiment is not None
        columns = self._found.columns or ()
        name = column.column or column.name
        if len(columns) < 2 or named(columns, name) is None:
            return ""
        targets = {head.target for head in heads_of(self._experiment, columns)}
        return "predicted" if name in targets else "not predicted (see Training, Outputs)"

    def _finder(self, num_columns: int) -> QLineEdit:
        """Return a field that finds columns by a part of their names."""
        field = QLineEdit(self._part, placeholderText=f"Find a column among {num_columns:,}", clearButtonEnabled=True)
        field.setAccessibleName("Part of a column's name")
        field.textChanged.connect(self._find)
        return field

    def _find(self, part: str) -> None:
        self._part = part
        if self._found is not None:
            self._show_rows()

    def _choice(self, column: TakenFor, titles: dict[str, str]) -> QComboBox:
        """Return a box to change what a column is used as."""
        tip = "Guessed from its values; choose another type if it is wrong"
        box = choice(tip, 8, name=f"Type of the column {column.name}")
        deafen(box)
        for kind, title in titles.items():
            box.addItem(title, kind)
        box.activated.connect(lambda: self.kind_chosen.emit(column, box.currentData(), self._columns))
        self._choices[column.name] = box
        return box

    def _fitting(self, own: tuple[int, ...]) -> QPushButton:
        """Return a button that makes the Input take the pictures as they are."""
        button = QPushButton(f"Make the Input {shape_words(own)}")
        button.setToolTip(f"Train on the {several(thing(own))} as they are")
        button.clicked.connect(partial(self.shape_wanted.emit, own))
        return button

    def _for_numbers(self, found: SourceFacts) -> QPushButton:
        """Return a button that replaces a network for pictures by a small one that takes rows or series."""
        assert found.numbers_shape is not None
        button = QPushButton(small_network_words(found.numbers_shape))
        name = FOR_NUMBERS[len(found.numbers_shape)][1]
        button.setToolTip(f"{name}: layers for others have no use for {several(thing(found.numbers_shape))}")

        def offer() -> None:
            assert self._experiment is not None
            work = partial(remedy_of_input, self._experiment, found)
            self._pump.background("read a network", work, self.remedied.emit, self.fail)

        button.clicked.connect(offer)
        return button

    def _all_notes(self, notes: Sequence[str]) -> QPushButton:
        """Return a button that shows all notes in a window of their own."""
        button = QPushButton(f"Show all {len(notes)} notes…")
        heading = f"{len(notes)} notes on the data"
        button.clicked.connect(lambda: TextWindow(self, "Notes", heading, notes, heading).show())
        return button

    def _mending(self, remedy: Remedy) -> QPushButton:
        button = QPushButton(remedy.words)
        button.clicked.connect(partial(self.remedied.emit, remedy))
        return button

    def _place(self, rows: Sequence[_Row]) -> None:
        """Show these rows. Widgets that are shown already stay: an open list remains open, a box keeps the focus."""
        before, self._placed = self._placed, {}
        same = takewhile(lambda pair: pair[0] == (pair[1].label, pair[1].key), zip(before, rows, strict=False))
        kept = [key for key, _ in same]
        self._placed |= {key: before.pop(key) for key in kept}
        while self._grid.count() > sum(map(len, self._placed.values())):
            self._grid.takeAt(self._grid.count() - 1)
        for number, row in enumerate(rows[len(kept) :], start=len(kept)):
            widgets = before.pop((row.label, row.key), None) or _made(row)
            self._placed[row.label, row.key] = widgets
            *name, field = widgets
            # The label is aligned with the first line of a text, or with the centre of a box.
            place = Qt.AlignmentFlag.AlignTop if isinstance(field, QLabel) else Qt.AlignmentFlag.AlignVCenter
            for label in name:
                self._grid.addWidget(label, number, 0, place)
            self._grid.addWidget(field, number, len(name), 1, 2 - len(name))
        self.rows = [(label or "", widgets[-1]) for (label, _), widgets in self._placed.items()]
        for widget in chain.from_iterable(before.values()):
            widget.hide()
            widget.deleteLater()


def _made(row: _Row) -> tuple[QWidget, ...]:
    """Return a row's name, if it has one, and its field."""
    if row.label is None:
        return (row.make(),)
    name = styled(ElidedLabel(), "muted")
    name.setText(row.label)
    name.setFixedWidth(LABEL_WIDTH)
    return name, row.make()


def _text(label: str | None, words: str, role: str) -> _Row:
    return _Row(label=label, key=(words, role), make=partial(_words, words, role))


def _words(words: str, role: str) -> QLabel:
    return styled(QLabel(breakable(words), wordWrap=True), role)
