"""The data tab: where the pictures come from, how they are split, how they are varied."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench.data import AUGMENTATIONS, CORRUPTIONS, MIXINGS, SOURCES, facts, source_from_text
from workbench.data.source import SourceFacts, TakenFor
from workbench.gui import icons, theme
from workbench.gui.document import Document
from workbench.gui.event_pump import EventPump
from workbench.gui.file_dialogs import ask_for_folder, ask_to_open
from workbench.gui.forms import Form
from workbench.gui.mending import mend
from workbench.gui.panel import ElidedLabel, breakable, clear, text_button, tool_button
from workbench.gui.settings.declared import SplitSettings
from workbench.gui.settings.picker import ComponentPicker
from workbench.gui.settings.presenter import (
    new_component,
    split_values,
    with_augmentation,
    with_data,
    without_augmentation,
)
from workbench.gui.settings.preview import AugmentationPreview
from workbench.gui.settings.samples import Glance, Samples, glance, own_shape
from workbench.gui.settings.section import LABEL_WIDTH, Page, aligned
from workbench.gui.settings.source_facts import (
    KIND_TITLES,
    SKIP,
    PictureShape,
    fact_rows,
    kind_words,
    kinds_for,
    picture_shape,
    shape_words,
    source_titles,
    with_kind,
)
from workbench.gui.wheel_guard import deafen
from workbench.spec.catalogue import Catalogue
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment
from workbench.spec.forms import parameters_of
from workbench.spec.problems import SpecError
from workbench.spec.remedy import SetParameters

log = logging.getLogger(__name__)


class DataPage(Page):
    """Edits the document's data recipe; facts of the source are looked up in the background."""

    look_wanted = Signal()
    """The pictures are to be looked through."""

    def __init__(self, document: Document, pump: EventPump) -> None:
        super().__init__("Data")
        self._document = document
        self._pump = pump
        self._num_chosen = 0
        """Folders and files chosen so far: of several that are looked at, the last one is taken."""
        self.source = ComponentPicker(SOURCES, "Data source", titles=source_titles())
        self.source.chosen.connect(lambda component: self._apply("change data source", None, source=component))
        self.source.edited.connect(
            lambda component, name: self._apply(f"change {name}", f"source.{name}", source=component)
        )
        folder = QPushButton(icons.icon("folder"), "Use a folder…")
        folder.setToolTip("A folder with one subfolder of pictures per class, or IDX files like MNIST's")
        folder.clicked.connect(self._choose_folder)
        file = QPushButton(icons.icon("data"), "Use a file…")
        file.setToolTip("A table with one row per picture (CSV, JSON lines, Parquet), or NumPy arrays (.npz)")
        file.clicked.connect(self._choose_file)
        own = QWidget()
        row = QHBoxLayout(own)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(folder, 1)
        row.addWidget(file, 1)
        self.look = QPushButton(icons.icon("search"), "Browse data…")
        self.look.setToolTip("All pictures, class balance and duplicates   Ctrl+L")
        self.look.clicked.connect(self.look_wanted)
        self.facts = FactList(pump)
        self.split = aligned(Form(parameters_of(SplitSettings), {}))
        self.split.edited.connect(self._edit_split)
        self.split.reset.connect(lambda name: self._edit_split(name, getattr(SplitSettings(), name)))
        self.mixing = self._optional("mixing", MIXINGS, "None: pictures are not mixed")
        self.corruption = self._optional("corruption", CORRUPTIONS, "None: the input is the picture itself")
        self.augmentation = AugmentationList(document)
        self.preview = AugmentationPreview(document, pump)
        self.facts.loaded.connect(self.preview.show_some_of)
        self.facts.kind_chosen.connect(self._take_column)
        self.facts.remedied.connect(partial(mend, document))
        self.facts.shape_wanted.connect(self._fit_input)
        self.add_section("Source", self.source, own, self.facts, self.look)
        self.add_section("Split", self.split)
        self.add_section("Augmentation", self.preview, self.augmentation, tool=self.augmentation.add)
        self.add_section("Mixing", self.mixing)
        self.add_section("Corruption", self.corruption)
        document.listen(lambda before, after: self._show(after))
        self._show(document.experiment)

    def _show(self, experiment: Experiment) -> None:
        recipe = experiment.data
        self.source.show_component(recipe.source)
        self.facts.show_source(recipe.source, picture_shape(experiment))
        self.split.show_values(split_values(experiment))
        self.augmentation.show_steps(recipe.augmentation)
        self.preview.follow(experiment)
        self.mixing.show_component(recipe.mixing)
        self.corruption.show_component(recipe.corruption)

    def _optional(self, field: str, catalogue: Catalogue[Any], nothing: str) -> ComponentPicker:
        """What chooses a component that need not be there, a field of the recipe."""
        picker = ComponentPicker(catalogue, field.capitalize(), nothing=nothing)
        picker.chosen.connect(lambda chosen: self._apply(f"change {field}", None, **{field: chosen}))
        picker.edited.connect(lambda chosen, name: self._apply(f"change {name}", f"{field}.{name}", **{field: chosen}))
        return picker

    def _edit_split(self, name: str, value: object) -> None:
        self._apply(f"change {name.replace('_', ' ')}", f"data.{name}", **{name: value})

    def _take_column(self, column: TakenFor, kind: str) -> None:
        source = with_kind(self._document.experiment.data.source, column, kind)
        self._apply(f"take {column.name} for {KIND_TITLES[kind]}", None, source=source)

    def _fit_input(self, shape: tuple[int, ...]) -> None:
        (taken, *_) = self._document.experiment.architecture.graph.inputs
        words = f"Make {taken.name} {shape_words(shape)}"
        mend(self._document, SetParameters(words=words, path=taken.name, values={"shape": list(shape)}))

    def _choose_folder(self) -> None:
        folder = ask_for_folder(self, "Choose a folder with one subfolder per class")
        if folder is not None:
            self._choose("choose a folder", folder)

    def _choose_file(self) -> None:
        kinds = "Tables and arrays (*.csv *.tsv *.jsonl *.ndjson *.parquet *.npz)"
        file = ask_to_open(self, "Choose a table of pictures, or arrays", "", kinds)
        if file is not None:
            self._choose("choose a file", file)

    def _choose(self, label: str, path: Path) -> None:
        """Make this the source; the disk says of what kind it is. Nothing, where another is chosen or shown by then."""
        self._num_chosen += 1
        number, before = self._num_chosen, self._document.experiment.data.source

        def is_current() -> bool:
            return number == self._num_chosen and self._document.experiment.data.source is before

        def take(source: Component) -> None:
            if is_current():
                self._apply(label, None, source=source)

        def fail(error: Exception) -> None:
            if is_current():
                self.facts.fail(error)

        self._pump.background("tell a source", partial(source_from_text, str(path)), take, fail)

    def _apply(self, label: str, merge: str | None, **changes: object) -> None:
        self._document.apply(label, with_data(self._document.experiment, **changes), merge=merge)


class FactList(QWidget):
    """What is known of the source, and a look at it; the last question's answer alone is shown."""

    known = Signal(object)
    """The source's columns, a tuple; empty where they cannot be known."""

    loaded = Signal(object)
    """The ``Glance`` at the source; None where it is not looked at."""

    kind_chosen = Signal(object, str)
    """A column, ``TakenFor``, and the kind that it is to be taken for instead."""

    remedied = Signal(object)
    """The ``Remedy`` of what keeps the source from being read is wanted."""

    shape_known = Signal(object)
    """What an Input takes that gets the data as it is, a tuple; None where that is not known."""

    shape_wanted = Signal(object)
    """The network's Input is to take this."""

    def __init__(self, pump: EventPump) -> None:
        super().__init__()
        self._pump = pump
        self._source: Component | None = None
        self._shape: PictureShape | None = None
        self._found: SourceFacts | None = None
        self._seen: Glance | None = None
        self.samples = Samples()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.SPACE_XS, 0, 0)
        column.setSpacing(theme.SPACE_S)
        self.rows: list[tuple[str, QWidget]] = []
        """What is shown, each with its label."""
        # No form: that gives lines which wrap the height that they had at another width.
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)  # names that give way are no wider than nothing to a layout
        self._grid.setHorizontalSpacing(theme.SPACE_S)
        self._grid.setVerticalSpacing(theme.SPACE_XS)
        column.addLayout(self._grid)
        column.addWidget(self.samples)

    def show_source(self, source: Component, shape: PictureShape | None) -> None:
        """Look up the facts of another source; look at it anew where the network takes pictures of another ``shape``."""
        if source == self._source:
            if shape != self._shape:
                self._shape = shape
                self._look()
            return
        self._source, self._shape, self._found, self._seen = source, shape, None, None
        self.shape_known.emit(None)
        self._pump.background(
            "facts", lambda: facts(source), self._answer_for(source, self._show), self._answer_for(source, self.fail)
        )

    def _answer_for(self, source: Component, act: Callable[[Any], None]) -> Callable[[Any], None]:
        """``act``, unless another source has been chosen meanwhile."""
        return lambda answer: act(answer) if source is self._source else None

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
        """At some of it; files are decoded to the network's size, and what is in memory is brought to it."""
        source, shape = self._source, self._shape
        if self._found is None or source is None:
            return

        def show(seen: Glance | None) -> None:
            if source is self._source and shape == self._shape:
                self._show_seen(seen)

        def fail(error: Exception) -> None:
            show(None)
            if source is self._source and shape == self._shape:
                self._add_refusal(error)

        self._pump.background("glance", partial(glance, source, shape, self._seen), show, fail)

    def _show_seen(self, seen: Glance | None) -> None:
        self._seen = seen
        self._show_rows()
        self.samples.show_examples(seen)
        self.loaded.emit(seen)

    def fail(self, error: Exception) -> None:
        """Say why nothing is known."""
        self.known.emit(())
        self.shape_known.emit(None)
        self._clear()
        self.samples.show_examples(None)
        self.loaded.emit(None)
        self._add_refusal(error)

    def _add_refusal(self, error: Exception) -> None:
        if not isinstance(error, SpecError):
            log.error("cannot read this source", exc_info=error)
            self._add(None, _words("This source cannot be described; see the log for details.", "danger"))
            return
        self._add(None, _words(str(error), "danger"))
        if error.remedy is not None:
            button = QPushButton(error.remedy.words)
            button.clicked.connect(partial(self.remedied.emit, error.remedy))
            self._add(None, button)

    def _add_column(self, column: TakenFor, words: str) -> None:
        """What a column is taken for, to be changed."""
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
        """One more row; without a label the field has all of it."""
        number = len(self.rows)
        self.rows.append((label or "", field))
        if label is None:
            self._grid.addWidget(field, number, 0, 1, 2)
            return
        name = ElidedLabel()
        name.setText(label)
        name.setProperty("role", "muted")
        name.setFixedWidth(LABEL_WIDTH)
        # Beside lines that wrap it stands at their first, beside a box in its middle.
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


class AugmentationList(QWidget):
    """The augmentations in their order, each with its form, and a menu to add one."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._types: tuple[str, ...] | None = None
        self.pickers: list[ComponentPicker] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE_S)
        self.add = text_button("Add", "Add an augmentation")
        self.add.setIcon(icons.icon("plus"))
        self.add.setToolButtonStyle(self.add.toolButtonStyle().ToolButtonTextBesideIcon)
        self.add.setPopupMode(self.add.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.add)
        menu.setToolTipsVisible(True)
        for name, cls in AUGMENTATIONS.table.items():
            menu.addAction(cls.title(), partial(self._add, name)).setToolTip(cls.help())
        self.add.setMenu(menu)

    def show_steps(self, steps: tuple[Component, ...]) -> None:
        """Display these."""
        types = tuple(step.type for step in steps)
        if types != self._types:
            self._types = types
            self._build(types)
        for picker, step in zip(self.pickers, steps, strict=True):
            picker.show_component(step)

    def _build(self, types: tuple[str, ...]) -> None:
        clear(self._column)
        self.pickers = []
        if not types:
            words = QLabel("None: every epoch shows the pictures unchanged.", wordWrap=True)
            words.setProperty("role", "small")
            self._column.addWidget(words)
        for index, type_name in enumerate(types):
            self._column.addWidget(self._row(index, type_name))

    def _row(self, index: int, type_name: str) -> QWidget:
        picker = ComponentPicker(AUGMENTATIONS, "Augmentation", fixed_type=True)
        picker.edited.connect(lambda component, name: self._edit(index, component, name))
        self.pickers.append(picker)
        title = QLabel(AUGMENTATIONS[type_name].title() if type_name in AUGMENTATIONS else type_name)
        remove = tool_button("trash", f"Remove {title.text()}")
        remove.clicked.connect(lambda: self._remove(index))
        header = QHBoxLayout()
        header.addWidget(title, 1)
        header.addWidget(remove)
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addLayout(header)
        column.addWidget(picker)
        return row

    def _add(self, type_name: str) -> None:
        experiment = self._document.experiment
        steps = (*experiment.data.augmentation, new_component(AUGMENTATIONS, type_name))
        self._document.apply(f"add {AUGMENTATIONS[type_name].title()}", with_data(experiment, augmentation=steps))

    def _edit(self, index: int, component: Component, name: str) -> None:
        changed = with_augmentation(self._document.experiment, index, component)
        self._document.apply(f"change {component.type}", changed, merge=f"augmentation {index}.{name}")

    def _remove(self, index: int) -> None:
        experiment = self._document.experiment
        self._document.apply(
            f"remove {experiment.data.augmentation[index].type}", without_augmentation(experiment, index)
        )
