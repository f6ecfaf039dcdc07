"""A choice from a catalogue: a list of types, the help of the chosen one, and its form."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.gui.forms.form import Form
from workbench.gui.forms.wheel_guard import deafen
from workbench.gui.settings.presenter import component_error, new_component, with_parameter, without_parameter
from workbench.gui.settings.section import LABEL_WIDTH, aligned, labelled
from workbench.gui.widgets import theme
from workbench.gui.widgets.elided_box import ElidedBox
from workbench.gui.widgets.panel import named, spaced, styled
from workbench.spec.catalogue import Catalogue, Declared
from workbench.spec.component import Component
from workbench.spec.forms import parameters_of
from workbench.spec.record import Value

MOST_VISIBLE = 20
"""Entries of the list that are visible without scrolling."""


class ComponentPicker(QWidget):
    """Shows a component and emits what it should become; it stores none itself. With ``fixed_type`` there is no list.

    ``name`` is the list's name for screen readers. The list is sorted alphabetically, so that a known type is easy to
    find and new ones need no order. ``titles`` by type, in their own order, replace the catalogue's; ``label`` stands
    beside the list if no heading says what is chosen. ``nothing`` is the text for no component, if it is optional.
    ``below`` makes what stands below the field of a parameter, whichever type has it.
    """

    chosen = Signal(object)
    """Emitted when another type is chosen, with the new ``Component`` or None."""

    edited = Signal(object, str)
    """Emitted when a parameter has changed, with the new ``Component`` and the parameter's name."""

    confirmed = Signal(str)
    """Emitted with the parameter's name when its value is typed once more and entered."""

    def __init__(
        self,
        catalogue: Catalogue[Any],
        name: str,
        *,
        fixed_type: bool = False,
        titles: Mapping[str, str] | None = None,
        nothing: str = "",
        label: str = "",
        label_width: int = LABEL_WIDTH,
        below: Mapping[str, Callable[[], QWidget]] | None = None,
    ) -> None:
        super().__init__()
        self._label_width = label_width
        self._below = below or {}
        self._catalogue = catalogue
        self._component: Component | None = None
        self._shown: str | None = ""
        """The type whose form is shown, None for no component; empty before anything was shown, and for several."""
        self.form: Form | None = None
        self.types = named(_list_of(catalogue, titles or _by_title(catalogue), nothing), name)
        self.types.activated.connect(lambda: self._choose(self.types.currentData()))
        self.help = styled(QLabel(wordWrap=True), "small")
        self.error = styled(QLabel(wordWrap=True), "danger")
        self._layout = spaced(QVBoxLayout(self), theme.SPACE_S)
        if label:
            self._layout.addLayout(labelled(label, self.types, label_width))
        for widget in (*([] if label else [self.types]), self.help, self.error):
            self._layout.addWidget(widget)
        # Only once it is part of this widget: without a parent it would be shown as a window and take the focus.
        self.types.setVisible(not fixed_type)

    def show_component(self, component: Component | None) -> None:
        self._component = component
        type_name = component.type if component is not None else None
        if type_name != self._shown:
            self._shown = type_name
            self._show_type(type_name)
        if self.form is not None and component is not None:
            self.form.show_values(component.parameters)
        error = component_error(self._catalogue, component) if component is not None else ""
        self.error.setText(error)
        self.error.setVisible(bool(error))

    def show_common(self, components: Sequence[Component | None]) -> None:
        """Show the common component of several things, or that they differ."""
        first = components[0]
        if all(each == first for each in components):
            self.show_component(first)
        else:
            self.show_component(None)
            self.types.setCurrentIndex(-1)
            self._shown = ""  # whatever is chosen next is a change

    def _show_type(self, type_name: str | None) -> None:
        if self.form is not None:
            self._layout.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        self.types.setCurrentIndex(self.types.findData(type_name))
        kind: type[Declared] | None = self._catalogue.table.get(type_name) if type_name is not None else None
        self.help.setText(kind.help() if kind is not None else "")
        self.help.setVisible(kind is not None)
        parameters = [each for each in parameters_of(kind) if not each.elsewhere] if kind is not None else []
        if parameters:
            below = {each.name: self._below[each.name]() for each in parameters if each.name in self._below}
            self.form = aligned(Form(parameters, {}, below=below), self._label_width)
            self.form.edited.connect(self._edit)
            self.form.confirmed.connect(self.confirmed)
            self.form.reset.connect(self._reset)
            self._layout.addWidget(self.form)

    def _choose(self, type_name: str | None) -> None:
        if type_name != self._shown:
            self.chosen.emit(new_component(self._catalogue, type_name) if type_name is not None else None)

    def _edit(self, name: str, value: Value) -> None:
        assert self._component is not None
        self.edited.emit(with_parameter(self._component, name, value), name)

    def _reset(self, name: str) -> None:
        assert self._component is not None
        self.edited.emit(without_parameter(self._component, name), name)


def _list_of(catalogue: Catalogue[Any], titles: Mapping[str, str], nothing: str) -> ElidedBox:
    """Return a list of types by their titles; the first entry is ``nothing``, if that is a choice."""
    types = ElidedBox(8)
    types.setMaxVisibleItems(MOST_VISIBLE)
    deafen(types)
    if nothing:
        types.addItem(nothing, None)
    for name, title in titles.items():
        types.addItem(title, name)
        types.setItemData(types.count() - 1, catalogue[name].help(), Qt.ItemDataRole.ToolTipRole)
    types.setPlaceholderText("several")
    return types


def _by_title(catalogue: Catalogue[Any]) -> dict[str, str]:
    titles = {name: cls.title() for name, cls in catalogue.table.items()}
    return dict(sorted(titles.items(), key=lambda entry: entry[1].casefold()))
