"""The field on a card for renaming a node or setting its number of repeats."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from workbench.gui.forms.editors import mark_invalid
from workbench.gui.forms.line import Line
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView


class NameEditor(Line):
    """Stands on a card and accepts its text with Enter. A refused text stays to be corrected; leaving discards it."""

    def __init__(
        self,
        view: CanvasView,
        key: str,
        text: str,
        rename: Callable[[str], None],
        *,
        title: str,
        offset: QPointF,
        width: int,
    ) -> None:
        """``offset`` is the distance from the card's corner, also when the view moves, ``width`` that at 100 %."""
        super().__init__(text, view.viewport())
        self._view, self._key, self._offset = view, key, offset
        self._rename = rename
        self.setObjectName("renameEditor")
        self.setAccessibleName(title)
        self.selectAll()
        self.textEdited.connect(lambda: mark_invalid(self, ""))
        self.returnPressed.connect(self._enter)
        self.editingFinished.connect(self._finish)
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(self._follow)
            bar.rangeChanged.connect(self._follow)
        self._follow()
        self.resize(max(round(width * 0.875), round(width * view.zoom())), self.sizeHint().height())
        self.show()
        self.setFocus()

    def _follow(self) -> None:
        card = self._view.canvas_scene.cards.get(self._key)
        if card is not None:
            self.move(self._view.mapFromScene(card.pos() + self._offset))

    def _enter(self) -> None:
        text = self.text().strip()
        try:
            self._rename(text)
        except SpecError as error:
            mark_invalid(self, str(error))
            offer = ""
            if " " in text:
                self.setText(text.replace(" ", "_"))
                offer = f". Press Enter for {self.text()}"
            self._view.say(f"{error}{offer}")
        else:
            self._view.setFocus()

    def _finish(self) -> None:
        if not (self.property("invalid") and self.hasFocus()):
            self.deleteLater()


def rename_selected(view: CanvasView) -> None:
    """Edit the name of the selected node."""
    key = view.presenter.only_card()
    if key is not None:
        name, rename = view.presenter.cards[key].name, partial(view.presenter.rename, key)
        NameEditor(view, key, name, rename, title=f"New name of {name}", offset=QPointF(46, 4), width=160)


def repeat_selected(view: CanvasView) -> None:
    """Edit how often the selected node is repeated."""
    key = view.presenter.only_card()
    if key is None:
        view.say("Select one node to repeat it")
        return
    times, repeat = str(view.presenter.node(key).repeat), partial(view.presenter.repeat, key)
    title, left = f"Repeats of {view.presenter.cards[key].name}", view.canvas_scene.cards[key].words.pill.left()
    NameEditor(view, key, times, repeat, title=title, offset=QPointF(left, 4), width=56)
