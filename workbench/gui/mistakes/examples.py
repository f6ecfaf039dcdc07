"""The list of the chosen pictures, or rows of a table: they are excluded here, and their labels corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from workbench.gui.experiment.exclusion import action, toggled
from workbench.gui.looking.looks import Looks
from workbench.gui.mistakes.row_list import RowList
from workbench.gui.widgets import theme
from workbench.gui.widgets.gallery import GalleryView
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.panel import ElidedLabel, choice, fill, offer, spaced, styled
from workbench.gui.widgets.pictures import Images, tile_proportions
from workbench.gui.widgets.search_box import SearchBox
from workbench.session.views.predictions import SAID
from workbench.spec.words import several

if TYPE_CHECKING:
    from collections.abc import Collection

    from workbench.gui.experiment.document import Document
    from workbench.gui.mistakes.page_presenter import PagePresenter
    from workbench.gui.mistakes.presenter import MistakesPresenter
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.views.attention import OnePicture

TILE = 56
MOST_SHOWN = (None, 50, 100, 200, 500)
"""The numbers of pictures that one can choose; with None all."""


class Examples(QWidget):
    """Lists what is chosen in a page, in one of its orders. Without pictures and names, it is empty."""

    picture_asked = Signal(int)
    """Emitted with a picture whose neighbours are to be shown."""

    selection_changed = Signal()

    def __init__(self, window: QWidget, presenter: MistakesPresenter, document: Document, pump: EventPump) -> None:
        super().__init__()
        self._window_presenter = presenter
        self._page: PagePresenter[Any] | None = None
        self._document = document
        self._shown_split = ""
        self._attends = False
        self._make_list(pump)
        self._make_tools(window)
        self._lay_out()

    def _make_list(self, pump: EventPump) -> None:
        """Make what shows the pictures of the choice."""
        self.chosen_words = ElidedLabel(Qt.TextElideMode.ElideMiddle)  # the number is at its end
        self.most = choice("Number to show", 7)
        for most in MOST_SHOWN:
            self.most.addItem("All" if most is None else f"First {most}", most)
        self.most.activated.connect(self._choose_most)
        self.order = choice("Order", 13)
        self.order.activated.connect(self._choose_order)
        self.gallery = self._tiles = GalleryView(TILE, margin=0, several=True)
        self._galleries = QStackedWidget()
        self._take_gallery(self._tiles)
        self.rows = RowList()
        self.rows.selection_changed.connect(self._show_selection)
        self.rows.clicked.connect(self._tell_chosen)
        self.images = self._stored = Images(self, pump, longest=2 * TILE)
        self.images.arrived.connect(self._tiles.viewport().update)
        self.picture_words = styled(ElidedLabel(Qt.TextElideMode.ElideMiddle), "small")  # the confidence is at its end

    def _take_gallery(self, gallery: GalleryView) -> None:
        gallery.chosen.connect(self.pick)
        gallery.selection_changed.connect(self._show_selection)
        self._galleries.addWidget(gallery)

    def _make_tools(self, window: QWidget) -> None:
        """Make what looks into the selected picture, excludes pictures and corrects labels, by keys of the window."""
        self.looks = Looks(window, "selected", lambda: self._current)
        self.exclude = QPushButton()
        self.exclude.clicked.connect(self._toggle)
        QShortcut(QKeySequence(Qt.Key.Key_Delete), window).activated.connect(self._toggle)
        self.relabel = QPushButton("Label…")
        self.relabel.clicked.connect(self._offer_labels)
        QShortcut(QKeySequence(Qt.Key.Key_F2), window).activated.connect(self._offer_labels)
        self.labels = SearchBox(window)
        self.labels.closed.connect(self._focus_list)

    def _lay_out(self) -> None:
        tools = Wrapped([self.most, *self.looks.buttons, self.relabel, self.exclude], [])
        column = spaced(QVBoxLayout(self), theme.SPACE_S)
        column.addLayout(fill(spaced(QHBoxLayout(), theme.SPACE_S), (self.chosen_words, 1), self.order))
        fill(column, (self._galleries, 1), (self.rows, 1), self.picture_words)
        column.addLayout(tools)

    def call(self, thing: str) -> None:
        """Say in the tooltips what an example is called."""
        self.exclude.setToolTip(
            f"Exclude the selected {several(thing)} from the experiment's data, or restore them   Del\n"
            "Select several with Shift, Ctrl or Ctrl+A; undo restores them, too"
        )
        self.relabel.setToolTip(f"Correct the label of the selected {several(thing)}, or restore that of the data   F2")
        self.most.setToolTip(f"Number of {several(thing)} to show")
        self.order.setToolTip(f"Order of the {several(thing)}")

    # What is shown

    def forget(self) -> None:
        """Select nothing, and show the pictures of the next answer, since its numbers mean those of another run."""
        self.labels.close_box()
        self._shown_split, self._page = "", None
        self.looks.offer(why=False, attention=False, features=False)
        self.gallery.select(None)
        self._show_selection()

    def show_page(self, page: PagePresenter[Any], listing: tuple[GalleryView, Images] | None, *, attends: bool) -> None:
        """Show the choice of a page, which has a new answer, in its ``listing``, or else as small pictures of the data;
        ``attends`` is whether the network attends to pictures.
        """
        self.gallery, self.images = listing or (self._tiles, self._stored)
        if self._galleries.indexOf(self.gallery) < 0:
            self._take_gallery(self.gallery)
        self._galleries.setCurrentWidget(self.gallery)
        if self._shown_split != page.found.split:
            self._show_split(page.found.split)
        if self._page is not page:
            self._page = self.rows.rows.page = page
            self.gallery.select(None)
        self._attends = attends
        self.show_chosen(keep=True)

    def _show_split(self, split: str) -> None:
        """Show the pictures of another split, where the numbers of those selected mean others."""
        self._shown_split = split
        self.gallery.select(None)
        self.rows.show_rows(None)
        if self._window_presenter.has_looks:
            gallery = self._window_presenter.galleries[split]
            self._stored.show(gallery.picture, gallery.shape)
            self._tiles.shape_tiles(tile_proportions(gallery.shape))

    def show_chosen(self, *, keep: bool = False) -> None:
        """Show the pictures of the choice. ``keep`` the place and the selection where the choice is the same."""
        page, window, bar = self._page, self._window_presenter, self.gallery.verticalScrollBar()
        assert page is not None
        place = bar.value() if keep else 0
        if not keep:
            self.gallery.select(None)
        self.chosen_words.setText(page.chosen_words)
        offer(self.order, list(enumerate(page.orders)), page.order)
        has_pictures, says = window.has_pictures, page.found.column.kind in SAID
        has_names = window.has_looks or window.has_rows
        explained = has_pictures or window.has_rows
        self.looks.offer(why=explained and says, attention=has_pictures and self._attends, features=has_pictures)
        for widget in (self.chosen_words, self.order, self.most, self.picture_words, self.exclude):
            widget.setVisible(has_names)
        self.relabel.setVisible(page.corrects_labels and has_names)
        self._galleries.setVisible(window.has_looks)
        self.rows.setVisible(window.has_rows)
        if not keep or not window.has_rows:
            self.rows.show_rows(None)
        if window.has_rows:
            self.rows.show_rows(page.pictures)
        if window.has_looks:
            self.gallery.show_pictures(page.pictures, self.images, page.picture_tip, window.mark, page.badge)
            bar.setValue(place)
        self._show_selection()

    def show_changes(self) -> None:
        """Show what the open experiment does with the pictures, which has changed."""
        self.gallery.viewport().update()
        self.rows.rows.tell_change()
        self.rows.scheduleDelayedItemsLayout()
        self._show_selection()

    def _choose_most(self) -> None:
        self._window_presenter.most = self.most.currentData()
        if self._page is not None:
            self.show_chosen(keep=True)

    def _choose_order(self, row: int) -> None:
        if self._page is not None:
            self._page.order = row
            self.show_chosen()

    def show_all(self) -> None:
        """Show as many pictures as there are."""
        self.most.setCurrentIndex(0)
        self._window_presenter.most = None

    # What is selected

    @property
    def selection(self) -> Collection[int]:
        """The selected pictures."""
        return self.rows.selection if self._window_presenter.has_rows else self.gallery.selection

    def pick(self, index: int) -> None:
        """Select a clicked picture, and ask for its neighbours, if those are searched for its split."""
        self.gallery.select(index)
        self.gallery.show_selected()
        self.rows.pick(index)
        self._show_selection()
        self._tell_chosen()
        if self._window_presenter.has_looks and self._window_presenter.shows_first_split:
            self.picture_asked.emit(index)

    def _tell_chosen(self) -> None:
        if len(self.selection) == 1 and not self.looks.why.isHidden():
            self.looks.picture_chosen.emit(self._current)

    def _show_selection(self) -> None:
        """Say what is selected, and what the button does with it."""
        selection, page = self.selection, self._page
        words = f"{len(selection):,} selected" if selection else " "
        if len(selection) == 1 and page is not None:
            words = page.picture_tip(next(iter(selection))).replace("\n", " · ")
        self.picture_words.setText(words)
        names = self._window_presenter.names(selection)
        self.exclude.setText(action(self._document.experiment, names))
        self.exclude.setEnabled(bool(names))
        self.relabel.setEnabled(bool(names))
        self.looks.enable(len(selection) == 1)
        self.selection_changed.emit()

    @property
    def _current(self) -> OnePicture:
        (index,) = self.selection
        assert self._page is not None
        return self._page.picture(index)

    def _offer_labels(self) -> None:
        """Offer what the labels of the selected pictures can be changed to, the network's answers first."""
        offered = None if self._page is None else self._page.label_offer(sorted(self.selection))
        if offered is not None:
            self.labels.open_beside(
                self.relabel,
                offered.prompt,
                offered.lines,
                lambda value: self._document.apply(*offered.corrected(self._document.experiment, value)),
            )

    def _focus_list(self) -> None:
        (self.rows if self._window_presenter.has_rows else self.gallery).setFocus()

    def _toggle(self) -> None:
        names = self._window_presenter.names(self.selection)
        if names:
            self._document.apply(*toggled(self._document.experiment, names, self._window_presenter.thing))
