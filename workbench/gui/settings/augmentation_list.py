"""The augmentations of the recipe, each with its settings."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from workbench.data import AUGMENTATIONS
from workbench.gui.experiment.document import Document
from workbench.gui.settings.picker import ComponentPicker
from workbench.gui.settings.presenter import new_component, with_augmentation, with_data, without_augmentation
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import clear, fill, icon_button, spaced, styled, tool_button
from workbench.spec.component import Component


class AugmentationList(QWidget):
    """The augmentations in order, each with its form, and a menu to add one."""

    alone_wanted = Signal(object)
    """Emitted with the number of an augmentation that is to be previewed alone; None for all of them."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._types: tuple[str, ...] | None = None
        self.pickers: list[ComponentPicker] = []
        self.eyes: list[QToolButton] = []
        """For each augmentation the button that previews it alone."""
        self._column = spaced(QVBoxLayout(self), theme.SPACE_S)
        self.add = icon_button("plus", "Add an augmentation")
        menu = QMenu(self.add, toolTipsVisible=True)
        for name, cls in AUGMENTATIONS.table.items():
            menu.addAction(cls.title(), partial(self._add, name)).setToolTip(cls.help())
        self.add.setMenu(menu)

    def show_steps(self, steps: tuple[Component, ...]) -> None:
        types = tuple(step.type for step in steps)
        if types != self._types:
            self._types = types
            self._build(types)
        for picker, step in zip(self.pickers, steps, strict=True):
            picker.show_component(step)

    def _build(self, types: tuple[str, ...]) -> None:
        clear(self._column)
        self.pickers, self.eyes = [], []
        self.alone_wanted.emit(None)
        if not types:
            words = styled(QLabel("None: every epoch shows the pictures unchanged.", wordWrap=True), "small")
            self._column.addWidget(words)
        for index, type_name in enumerate(types):
            self._column.addWidget(self._row(index, type_name))

    def _row(self, index: int, type_name: str) -> QWidget:
        picker = ComponentPicker(AUGMENTATIONS, "Augmentation", fixed_type=True)
        picker.edited.connect(lambda component, name: self._edit(index, component, name))
        self.pickers.append(picker)
        title = QLabel(AUGMENTATIONS[type_name].title() if type_name in AUGMENTATIONS else type_name)
        eye = tool_button("eye", f"Preview {title.text()} alone")
        eye.setCheckable(True)
        eye.clicked.connect(lambda alone: self._preview_alone(index if alone else None))
        self.eyes.append(eye)
        remove = tool_button("trash", f"Remove {title.text()}")
        remove.clicked.connect(lambda: self._remove(index))
        row = QWidget()
        fill(spaced(QVBoxLayout(row), theme.SPACE_XS), fill(QHBoxLayout(), (title, 1), eye, remove), picker)
        return row

    def _preview_alone(self, index: int | None) -> None:
        for place, eye in enumerate(self.eyes):
            eye.setChecked(place == index)
        self.alone_wanted.emit(index)

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
