"""One choice from a catalogue: a list of what there is, its line of help, and the form of the chosen one."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.forms import Form
from workbench.gui.settings.presenter import component_error, new_component, with_parameter, without_parameter
from workbench.gui.settings.section import aligned
from workbench.gui.wheel_guard import deafen
from workbench.spec.catalogue import Catalogue
from workbench.spec.component import Component
from workbench.spec.forms import parameters_of
from workbench.spec.record import Value

MOST_VISIBLE = 20
"""Entries of a list that stand there without scrolling."""


class ComponentPicker(QWidget):
    """Shows a component and says what it is to become; it keeps none of its own. With one type there is no list.

    ``name`` is what screen readers call the list. It is in alphabetical order: who looks for one knows its name, and a new
    one finds its place by itself. ``titles`` by type name, in their own order, stand in it instead of the catalogue's;
    ``naming`` says what it is that they are. ``nothing`` are the words for no component at all, where there need be none.
    """

    chosen = Signal(object)
    """Another type: the new ``Component``, or None."""

    edited = Signal(object, str)
    """One parameter changed: the new ``Component``, and the parameter's name."""

    def __init__(
        self,
        catalogue: Catalogue[Any],
        name: str,
        *,
        fixed_type: bool = False,
        titles: Mapping[str, str] | None = None,
        nothing: str = "",
        naming: str = "{}",
    ) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._component: Component | None = None
        self._shown: str | None = ""
        """The type whose form is there, None for no component; empty before anything was shown, and for several."""
        self.form: Form | None = None
        self.types = QComboBox(maxVisibleItems=MOST_VISIBLE)
        self.types.setAccessibleName(name)
        deafen(self.types)
        if nothing:
            self.types.addItem(nothing, None)
        for name, title in (titles or _by_title(catalogue)).items():
            self.types.addItem(naming.format(title), name)
            self.types.setItemData(self.types.count() - 1, catalogue[name].help(), Qt.ItemDataRole.ToolTipRole)
        self.types.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.types.setMinimumContentsLength(12)
        self.types.setPlaceholderText(naming.format("several"))
        self.types.activated.connect(lambda: self._choose(self.types.currentData()))
        self.help = QLabel(wordWrap=True)
        self.help.setProperty("role", "small")
        self.error = QLabel(wordWrap=True)
        self.error.setProperty("role", "danger")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.SPACE_S)
        for widget in (self.types, self.help, self.error):
            self._layout.addWidget(widget)
        # Now that it is part of this: what has no parent yet would be shown as a window, and take the keys.
        self.types.setVisible(not fixed_type)

    def show_component(self, component: Component | None) -> None:
        """Display this one, or that there is none."""
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
        """Display what several have; that they differ, where they do."""
        first = components[0]
        if all(each == first for each in components):
            self.show_component(first)
        else:
            self.show_component(None)
            self.types.setCurrentIndex(-1)
            self._shown = ""  # whatever is chosen next is another

    def _show_type(self, type_name: str | None) -> None:
        if self.form is not None:
            self._layout.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        self.types.setCurrentIndex(self.types.findData(type_name))
        kind = self._catalogue.table.get(type_name) if type_name is not None else None
        self.help.setText(kind.help() if kind is not None else "")
        self.help.setVisible(kind is not None)
        parameters = [each for each in parameters_of(kind) if not each.elsewhere] if kind is not None else []
        if parameters:
            self.form = aligned(Form(parameters, {}))
            self.form.edited.connect(self._edit)
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


def _by_title(catalogue: Catalogue[Any]) -> dict[str, str]:
    titles = {name: cls.title() for name, cls in catalogue.table.items()}
    return dict(sorted(titles.items(), key=lambda entry: entry[1].casefold()))
