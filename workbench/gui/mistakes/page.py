"""A page of the window of mistakes: what shows the answers of one kind of head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Collection

    from workbench.gui.mistakes.page_presenter import PagePresenter
    from workbench.gui.widgets.gallery import GalleryView
    from workbench.gui.widgets.pictures import Images


class Page(QWidget):
    """Shows the presenter's answer; the pictures of its choice are listed beside it, by the window.

    A page is made with the presenter of the window, from which it makes its own, and the pump for what it computes.
    """

    choice_changed = Signal()
    """Emitted when others are chosen."""

    picked = Signal(int)
    """Emitted with a single picture that was clicked: it is selected in the list."""

    presenter: PagePresenter[Any]

    aside: QWidget
    """What is above the list of pictures, unless it is hidden."""

    listing: tuple[GalleryView, Images] | None = None
    """What lists the pictures, and what draws them there; None for small pictures of the data."""

    def forget(self) -> None:
        """Forget earlier answers: the next one is another run's."""
        self.presenter.choose_all()

    def show_answer(self) -> None:
        """Show the newest answer."""
        raise NotImplementedError

    def show_choice(self) -> None:
        """Show what is chosen."""

    def show_selection(self, selection: Collection[int]) -> None:
        """Show which pictures are selected in the list."""
