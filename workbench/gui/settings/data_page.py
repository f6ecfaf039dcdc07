"""The data tab: where the pictures come from, and how they are split, augmented, mixed and corrupted."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from workbench.data import CORRUPTIONS, MIXINGS, SOURCES, source_from_text
from workbench.data.source import TakenFor
from workbench.gui.canvas.mending import mend
from workbench.gui.dialogs.file_dialogs import ask_for_folder, ask_to_open
from workbench.gui.experiment.document import Document
from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.gui.settings.augmentation_list import AugmentationList
from workbench.gui.settings.declared import SplitSettings
from workbench.gui.settings.fact_list import FactList
from workbench.gui.settings.picker import ComponentPicker
from workbench.gui.settings.presenter import with_data
from workbench.gui.settings.preview import AugmentationPreview
from workbench.gui.settings.section import Page, settings_form
from workbench.gui.settings.source_facts import KIND_TITLES, shape_words, source_titles, with_kind
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, icon_button, spaced
from workbench.gui.widgets.shared_keys import BROWSE_DATA, with_keys
from workbench.spec.catalogue import Catalogue
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment
from workbench.spec.remedy import SetParameters


class DataPage(Page):
    """Edits the document's data recipe; facts about the source are determined in the background."""

    chosen_again = Signal()
    """Emitted when the same folder or file has been chosen once more, as its contents may have changed."""

    def __init__(
        self, document: Document, pump: EventPump, preset_titles: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """``preset_titles``: titles of the presets by name, by group, once they are read."""
        super().__init__("Data")
        self._document = document
        self._preset_titles = {} if preset_titles is None else preset_titles
        self._choices = Newest(pump)
        """Folders and files chosen; of several being examined, only the last one is used."""
        self.source = ComponentPicker(SOURCES, "Data source", titles=source_titles())
        self.source.chosen.connect(lambda component: self._apply("change data source", None, source=component))
        self.source.edited.connect(
            lambda component, name: self._apply(f"change {name}", f"source.{name}", source=component)
        )
        self.look = icon_button("search", "Browse data…")
        self.look.setToolTip(with_keys("All pictures, class balance and duplicates", BROWSE_DATA))
        self.facts = FactList(pump)
        self.split = settings_form(SplitSettings, self._edit_split)
        self.mixing = self._optional("mixing", MIXINGS, "None: pictures are not mixed")
        self.corruption = self._optional("corruption", CORRUPTIONS, "None: the input is the picture itself")
        self.augmentation = AugmentationList(document)
        self.preview = AugmentationPreview(document, pump)
        self.facts.loaded.connect(self.preview.show_some_of)
        self.augmentation.alone_wanted.connect(self.preview.show_alone)
        self.facts.kind_chosen.connect(self._take_column)
        self.facts.remedied.connect(partial(mend, document))
        self.facts.shape_wanted.connect(self._fit_input)
        self.add_section("Source", self.source, self._own_data(), self.facts, self.look)
        self.add_section("Split", self.split)
        self.add_section("Augmentation", self.preview, self.augmentation, self.augmentation.add)
        self.add_section("Mixing", self.mixing)
        self.keep_in_view(self.preview, self.mixing)
        self.add_section("Corruption", self.corruption)
        document.listen(lambda before, after: self._show(after))
        self._show(document.experiment)

    def _own_data(self) -> QWidget:
        """Return the buttons that choose the user's own data."""
        folder = icon_button("folder", "Use a folder…")
        folder.setToolTip("A folder with one subfolder of pictures per class, or IDX files like MNIST's")
        folder.clicked.connect(self._choose_folder)
        file = icon_button("data", "Use a file…")
        file.setToolTip("A table with one row per example (CSV, JSON lines, Parquet), or NumPy arrays (.npz)")
        file.clicked.connect(self._choose_file)
        buttons = QWidget()
        fill(spaced(QHBoxLayout(buttons), theme.SPACE_S), (folder, 1), (file, 1))
        return buttons

    def _show(self, experiment: Experiment) -> None:
        recipe = experiment.data
        self.source.show_component(recipe.source)
        self.facts.show_data(experiment)
        self.split.show_record(recipe)
        self.augmentation.show_steps(recipe.augmentation)
        self.preview.follow(experiment)
        self.mixing.show_component(recipe.mixing)
        self.corruption.show_component(recipe.corruption)

    def _optional(self, field: str, catalogue: Catalogue[Any], nothing: str) -> ComponentPicker:
        """Return a picker for an optional component, a field of the recipe."""
        picker = ComponentPicker(catalogue, field.capitalize(), nothing=nothing)
        picker.chosen.connect(lambda chosen: self._apply(f"change {field}", None, **{field: chosen}))
        picker.edited.connect(lambda chosen, name: self._apply(f"change {name}", f"{field}.{name}", **{field: chosen}))
        return picker

    def _edit_split(self, name: str, value: object) -> None:
        self._apply(f"change {name.replace('_', ' ')}", f"data.{name}", **{name: value})

    def _take_column(self, column: TakenFor, kind: str, columns: tuple[TakenFor, ...]) -> None:
        source = with_kind(self._document.experiment.data.source, column, kind, columns)
        self._apply(f"take {column.name} for {KIND_TITLES[kind]}", None, source=source)

    def _fit_input(self, shape: tuple[int, ...]) -> None:
        (taken, *_) = self._document.experiment.architecture.graph.inputs
        words = f"Make {taken.name} {shape_words(shape)}"
        mend(self._document, SetParameters(words=words, path=taken.name, values={"shape": list(shape)}))

    def _choose_folder(self) -> None:
        folder = ask_for_folder(self, "Choose a folder with one subfolder per class")
        if folder is not None:
            self.choose("choose a folder", folder)

    def _choose_file(self) -> None:
        kinds = "Tables and arrays (*.csv *.tsv *.jsonl *.ndjson *.parquet *.npz *-idx* *.idx*)"
        file = ask_to_open(self, "Choose a table of pictures, or arrays", "", kinds)
        if file is not None:
            self.choose("choose a file", file)

    def choose(self, label: str, path: Path) -> None:
        """Use a path as the source, of the kind found on disk, unless another is chosen or shown in the meantime."""
        before = self._document.experiment.data.source

        def take(source: Component) -> None:
            if self._document.experiment.data.source is not before:
                return
            if source.type == before.type and source.parameters.items() <= before.parameters.items():
                # The same path: what has been said of its columns and its splits still counts.
                self.facts.read_again()
                self.chosen_again.emit()
            else:
                self._apply(label, None, source=source)

        def fail(error: Exception) -> None:
            if self._document.experiment.data.source is before:
                self.facts.fail(error)

        self._choices.background("tell a source", partial(source_from_text, str(path)), take, fail)

    def _apply(self, label: str, merge: str | None, **changes: object) -> None:
        titles = {title for group in self._preset_titles.values() for title in group.values()}
        self._document.apply(label, with_data(self._document.experiment, titles, **changes), merge=merge)
