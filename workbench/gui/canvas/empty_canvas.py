"""What an empty canvas shows: a hint on how to begin, or the start page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from workbench.gui.widgets.panel import styled

if TYPE_CHECKING:
    from workbench.gui.canvas.start_page import StartPage
    from workbench.gui.canvas.view import CanvasView

HINT = "Drag a layer here, or press Tab to search for one"


class EmptyCanvas:
    """Shows the start page if the network is empty; the hint in an empty block, or until there is a page."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self.hint = styled(QLabel(HINT, view, alignment=Qt.AlignmentFlag.AlignCenter), "muted")
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.page: StartPage | None = None

    def offer(self, page: StartPage) -> None:
        """Use this start page from now on."""
        self.page = page
        self.show_change()
        self.place()

    def show_change(self) -> None:
        """Update after items were added or removed, or a block was opened or left."""
        presenter = self._view.presenter
        is_empty = not presenter.cards and not presenter.notes
        starts = is_empty and self.page is not None and not presenter.trail
        self.hint.setVisible(is_empty and not starts)
        if self.page is not None:
            self.page.setVisible(starts)

    def place(self) -> None:
        """Adapt to a new size of the canvas, or of the messages over it."""
        self.hint.resize(self._view.size())
        if self.page is not None:
            self.page.place()
