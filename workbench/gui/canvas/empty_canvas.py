"""What stands on the canvas where nothing is drawn: a hint how to begin, or a page to start with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView
    from workbench.gui.start_page import StartPage

HINT = "Drag a layer here, or press Tab to search for one"


class EmptyCanvas:
    """The hint stands within a block too, and until there is a page; the page where there is no network at all."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self.hint = QLabel(HINT, view)
        self.hint.setProperty("role", "muted")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.page: StartPage | None = None

    def offer(self, page: StartPage) -> None:
        """Have this page from now on."""
        self.page = page
        self.show_change()
        page.place()

    def show_change(self) -> None:
        """Something was drawn or removed, or a block was entered or left."""
        presenter = self._view.presenter
        is_empty = not presenter.cards and not presenter.notes
        starts = is_empty and self.page is not None and not presenter.trail
        self.hint.setVisible(is_empty and not starts)
        if self.page is not None:
            self.page.setVisible(starts)

    def place(self) -> None:
        """The canvas has another size."""
        self.hint.resize(self._view.size())
        if self.page is not None:
            self.page.place()
