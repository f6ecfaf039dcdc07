"""What each output is trained for: its target column, loss, measures, and the weight of its loss."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.experiment.document import Document
from workbench.gui.forms.form import Form
from workbench.gui.forms.wheel_guard import deafen
from workbench.gui.settings.declared import HeadSettings
from workbench.gui.settings.heads import (
    Aim,
    aims,
    chosen_measures,
    fitting_losses,
    known_columns,
    with_loss,
    with_measure_setting,
    with_measures,
    with_target,
)
from workbench.gui.settings.picker import ComponentPicker
from workbench.gui.settings.presenter import with_head
from workbench.gui.settings.section import labelled, settings_form
from workbench.gui.widgets import theme
from workbench.gui.widgets.choice_button import ChoiceButton
from workbench.gui.widgets.elided_box import ElidedBox
from workbench.gui.widgets.panel import clear, spaced
from workbench.spec.column import PRIOR, Column
from workbench.spec.component import Component
from workbench.spec.forms import parameters_of
from workbench.spec.record import Value
from workbench.training import LOSSES, MEASURES
from workbench.training.aims import embeds, fitting_measures

NOTHING = "nothing"


class HeadList(QWidget):
    """One part for each output of the network, or for each head of the given ``output``."""

    def __init__(self, document: Document, output: str | None = None) -> None:
        super().__init__()
        self.output = output
        self._document = document
        self._known: tuple[Column, ...] = ()
        self._layout_key: object = None
        self.parts: list[HeadPart] = []
        self._column = spaced(QVBoxLayout(self), theme.SPACE_XL)

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Set the data's columns; none if they are unknown."""
        self._known = tuple(columns)
        self.show_aims()

    def show_aims(self) -> None:
        """Show the targets of the document's outputs."""
        columns = known_columns(self._document.experiment, self._known)
        everything = aims(self._document.experiment, columns)
        shown = [aim for aim in everything if self.output in (None, aim.output)]
        several = len(everything) > 1
        key = (columns, several, tuple(map(_made_for, shown)))
        if key != self._layout_key:
            self._layout_key = key
            clear(self._column)
            self.parts = [HeadPart(self._document, aim, columns, several=several) for aim in shown]
            for part in self.parts:
                self._column.addWidget(part)
            if not shown:
                self._column.addWidget(QLabel("The network has no Output yet."))
        for part, aim in zip(self.parts, shown, strict=True):
            part.show_aim(aim)


class HeadPart(QWidget):
    """The target of one output."""

    def __init__(self, document: Document, aim: Aim, columns: tuple[Column, ...], *, several: bool) -> None:
        super().__init__()
        self._document, self._aim, self._columns = document, aim, columns
        column = spaced(QVBoxLayout(self), theme.SPACE_S)
        self.target = ElidedBox(8)
        deafen(self.target)
        self.target.setAccessibleName(f"Target of {aim.output}")
        self.target.setToolTip("The data column this output predicts")
        column.addLayout(labelled(f"{aim.output} →" if several else "target", self.target))
        self._fill_targets(several=several)
        self.loss: ComponentPicker | None = None
        self.weight: Form | None = None
        self.measure_forms: dict[str, Form] = {}
        """The settings of the measures that have any, visible while these are chosen."""
        if aim.head is not None:
            self._make_loss(column)
            if several:
                self._make_weight(column)
            self._make_measures(column)

    def _fill_targets(self, *, several: bool) -> None:
        """Offer the columns, and beside other outputs the prior, which says nothing of the data by itself."""
        head, words = self._aim.head, {column.name: column.words() for column in self._columns}
        if several:
            words.setdefault(PRIOR, Column(name=PRIOR, kind="prior").words())
        if head is not None and head.target not in words:
            words = {head.target: "", **words}
        for place, (name, tip) in enumerate(words.items()):
            self.target.addItem(name, name)
            self.target.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        self.target.addItem(NOTHING, None)
        self.target.setCurrentIndex(self.target.findData(head.target if head is not None else None))
        self.target.activated.connect(self._aim_at)

    def _make_loss(self, column: QVBoxLayout) -> None:
        titles = {name: LOSSES[name].title() for name in fitting_losses(self._aim)}
        self.loss = ComponentPicker(LOSSES, f"Loss of {self._aim.output}", titles=titles, label="loss")
        self.loss.chosen.connect(lambda loss: self._choose_loss(loss, None))
        self.loss.edited.connect(self._choose_loss)
        column.addWidget(self.loss)

    def _make_measures(self, column: QVBoxLayout) -> None:
        self.measures = MeasuresButton()
        menu = QMenu(self.measures, toolTipsVisible=True)
        assert self._aim.head is not None
        fitting = fitting_measures(self._aim.head, self._aim.kind)
        for name in fitting:
            action = menu.addAction(MEASURES[name].title())
            action.setCheckable(True)
            action.setData(name)
            action.setToolTip(MEASURES[name].help())
            action.triggered.connect(self._choose_measures)
        self.measures.setMenu(menu)
        if fitting:
            column.addLayout(labelled("measures", self.measures))
        else:  # without a parent it would be a window of its own
            self.measures.setParent(self)
            self.measures.hide()
        for name in fitting:
            if parameters_of(MEASURES[name]):
                self.measure_forms[name] = settings_form(MEASURES[name], partial(self._set_measure, name))
                column.addWidget(self.measure_forms[name])

    def _make_weight(self, column: QVBoxLayout) -> None:
        self.weight = settings_form(HeadSettings, lambda _, value: self._set_weight(value))
        column.addWidget(self.weight)

    def show_aim(self, aim: Aim) -> None:
        """Show this target."""
        self._aim = aim
        if aim.head is None or self.loss is None:
            return
        self.loss.show_component(aim.head.loss)
        if self.weight is not None:
            self.weight.show_record(aim.head)
        chosen = {measure.type: measure for measure in chosen_measures(aim)}
        for action in self.measures.menu().actions():
            action.setChecked(action.data() in chosen)
        self.measures.show_titles([MEASURES[name].title() for name in chosen if name in MEASURES])
        for name, form in self.measure_forms.items():
            form.setVisible(name in chosen)
            form.show_values(chosen[name].parameters if name in chosen else {})

    def _aim_at(self) -> None:
        changed = with_target(self._document.experiment, self._columns, self._aim, self.target.currentData())
        self._document.apply(f"aim {self._aim.output} at {self.target.currentText()}", changed)

    def _choose_measures(self) -> None:
        names = [action.data() for action in self.measures.menu().actions() if action.isChecked()]
        changed = with_measures(self._document.experiment, self._columns, self._aim, names)
        self._document.apply(f"change measures of {self._aim.output}", changed)

    def _set_measure(self, measure: str, name: str, value: Value) -> None:
        changed = with_measure_setting(self._document.experiment, self._columns, self._aim, measure, name, value)
        merge = f"head {self._aim.index}.{measure}.{name}"
        self._document.apply(f"change measures of {self._aim.output}", changed, merge=merge)

    def _choose_loss(self, loss: Component, name: str | None) -> None:
        changed = with_loss(self._document.experiment, self._columns, self._aim, loss)
        self._document.apply("change loss", changed, merge=None if name is None else f"head {self._aim.index}.{name}")

    def _set_weight(self, weight: Value) -> None:
        assert self._aim.index is not None
        changed = with_head(self._document.experiment, self._aim.index, self._columns, weight=weight)
        self._document.apply("change weight", changed, merge=f"head {self._aim.index}.weight")


def _made_for(aim: Aim) -> tuple[object, ...]:
    """Return what the widgets of a part depend on."""
    return (aim.output, aim.head and aim.head.target, aim.head is not None and embeds(aim.head))


class MeasuresButton(ChoiceButton):
    """A button that names as many measures as fit, and the number of others."""

    def __init__(self) -> None:
        super().__init__()
        self._titles: Sequence[str] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_titles(self, titles: Sequence[str]) -> None:
        self._titles = titles
        self.setToolTip("\n".join(["Measures computed for it after each epoch", *titles]))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        width_of = self.fontMetrics().horizontalAdvance
        room = self.width() - self.sizeHint().width() + width_of(self.text())
        texts = [_beginning(self._titles, count) for count in range(len(self._titles), 0, -1)]
        least = texts[-1] if texts else "defaults"
        self.setText(next((text for text in texts if width_of(text) <= room), least))


def _beginning(titles: Sequence[str], count: int) -> str:
    more = len(titles) - count
    return ", ".join(titles[:count]) + (f" +{more}" if more else "")
