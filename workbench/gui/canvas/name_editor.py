"""The field on a card for renaming a node or setting its number of repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from workbench.gui.forms.editors import mark_invalid
from workbench.gui.forms.line import Line
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView


class NameEditor(Line):
    """Accepts the text with Enter. A refused text stays to be corrected; leaving the field discards it."""

    def __init__(
        self,
        parent: QWidget,
        name: str,
        rename: Callable[[str], None],
        say: Callable[[str], None],
        leave: Callable[[], None],
        title: str = "",
    ) -> None:
        super().__init__(name, parent)
        self._rename = rename
        self._say = say
        self._leave = leave
        self.setObjectName("renameEditor")
        self.setAccessibleName(title or f"New name of {name}")
        self.selectAll()
        self.textEdited.connect(lambda: mark_invalid(self, ""))
        self.returnPressed.connect(self._enter)
        self.editingFinished.connect(self._finish)

    def stand_on(self, view: CanvasView, key: str, offset: QPointF) -> None:
        """Stand on a card, this far from its corner, also when the view moves."""
        self._view, self._key, self._offset = view, key, offset
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(self._follow)
            bar.rangeChanged.connect(self._follow)
        self._follow()

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
            self._say(f"{error}{offer}")
        else:
            self._leave()

    def _finish(self) -> None:
        if not (self.property("invalid") and self.hasFocus()):
            self.deleteLater()


def rename_selected(view: CanvasView) -> None:
    """Edit the name of the selected node."""
    key = view.presenter.only_card()
    if key is not None:
        name = view.presenter.cards[key].name
        editor = NameEditor(
            view.viewport(), name, lambda new: view.presenter.rename(key, new), view.say, leave=view.setFocus
        )
        _open(view, editor, key, QPointF(46, 4), width=160)


def repeat_selected(view: CanvasView) -> None:
    """Edit how often the selected node is repeated."""
    key = view.presenter.only_card()
    if key is None:
        view.say("Select one node to repeat it")
        return
    title, times = f"Repeats of {view.presenter.cards[key].name}", str(view.presenter.node(key).repeat)
    editor = NameEditor(
        view.viewport(), times, lambda text: view.presenter.repeat(key, text), view.say, view.setFocus, title
    )
    left = view.canvas_scene.cards[key].words.pill.left()
    _open(view, editor, key, QPointF(left, 4), width=56)


def _open(view: CanvasView, editor: NameEditor, key: str, offset: QPointF, width: int) -> None:
    editor.stand_on(view, key, offset)
    editor.resize(max(round(width * 0.875), round(width * view.zoom())), editor.sizeHint().height())
    editor.show()
    editor.setFocus()
