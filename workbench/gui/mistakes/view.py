"""The window of mistakes: the confusion matrix, the pairs most often confused, and the pictures of the choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.forms.output_choice import OutputChoice
from workbench.gui.mistakes.matrix import MatrixView
from workbench.gui.mistakes.presenter import Chosen, MistakesPresenter
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import ended
from workbench.gui.widgets.gallery import GalleryView
from workbench.gui.widgets.panel import ElidedLabel, EmptyState, fill_window
from workbench.gui.widgets.pictures import Images
from workbench.gui.widgets.tables import RIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.events import AnyEvent
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.run import Run

SIZE = (1060, 680)
SIDE = 400
TILE = 56
LISTED = 200

NOTHING = (
    "No mistakes yet",
    "Train the network or open an earlier run to see its predictions on the test pictures.",
)


class MistakesWindow(Dialog):
    """Asks the run for its predictions: when the window opens, after each epoch, at a pause, and at the end."""

    picture_asked = Signal(int)
    """Emitted with a picture whose neighbours are to be shown."""

    def __init__(self, parent: QWidget, pump: EventPump) -> None:
        super().__init__(parent, "Mistakes")
        self.presenter = MistakesPresenter()
        self._run: Run | None = None
        self._gallery_number = self._answer_number = 0
        self.words = ElidedLabel()
        self.words.setProperty("role", "heading")
        self.heads = OutputChoice("Output to show mistakes of", self.presenter.choose_head, self._show)
        self.everything = QPushButton("All mistakes")
        self.everything.setToolTip("Show every misclassified picture   Home")
        self.everything.clicked.connect(lambda: self._choose(Chosen()))
        self.matrix = MatrixView(self.presenter)
        self.matrix.chosen.connect(self._choose)
        self.pairs = _pairs_list()
        self.pairs.currentItemChanged.connect(self._choose_pair)
        self.chosen_words = ElidedLabel()
        self.gallery = GalleryView(TILE, margin=0)
        self.gallery.chosen.connect(self._ask)
        self.images = Images(self, pump, longest=2 * TILE)
        self.images.arrived.connect(self.gallery.viewport().update)
        self.picture_words = ElidedLabel(Qt.TextElideMode.ElideMiddle)  # the confidence is at its end
        self.picture_words.setProperty("role", "small")
        self.empty = EmptyState("matrix", *NOTHING)
        self._lay_out()
        self._show()
        pump.add(self, until=self.finished)
        pump.ticked.connect(self._look)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.words, 1)
        top.addWidget(self.heads)
        top.addWidget(self.everything)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(theme.SPACE_M, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.pairs, 2)
        column.addWidget(self.chosen_words)
        column.addWidget(self.gallery, 5)
        column.addWidget(self.picture_words)
        self.resize(*SIZE)
        self._pages = fill_window(self, top, self.empty, self.matrix, side, SIDE)

    def begin(self, run: Run) -> None:
        """Follow another run."""
        self._run, self._gallery_number, self._answer_number = run, 0, 0
        self.presenter.begin()
        self.empty.say("No predictions yet", "The network is evaluated once its data is ready.")
        self._show()

    def clear(self) -> None:
        """Stop following the run."""
        self._run = None
        self.presenter.begin()
        self.empty.say(*NOTHING)
        self._show()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the gallery, and ask again when it is due."""
        assert self._run is not None
        insight = self._run.insight
        gallery = insight.gallery.newest(self._gallery_number)
        if gallery is not None:
            self._gallery_number, self.presenter.gallery = gallery
            if self.presenter.has_pictures:
                self.images.show(gallery[1].picture, gallery[1].shape)
        self.presenter.feed(events, state)
        if self.presenter.take_question():
            insight.ask_mistakes()
            self.empty.say("Evaluating the network…", "Its predictions on the test pictures appear here in a moment.")

    def _look(self) -> None:
        """At each tick: take the newest answer, for whoever opened the window waits for nobody's turn."""
        if self._run is None:
            return
        answer = self._run.insight.mistakes.newest(self._answer_number)
        if answer is not None:
            self._answer_number = answer[0]
            self.presenter.take_answer(answer[1])
            self._show()

    def _show(self) -> None:
        found = self.presenter.mistakes
        if found is None and self.presenter.problem:
            self.empty.say("No confusion matrix", ended(self.presenter.problem))
        self._pages.setCurrentIndex(0 if found is None else 1)
        self.words.setText(self.presenter.words)
        self.heads.offer(self.presenter.head_titles, self.presenter.head)
        self.everything.setEnabled(found is not None)
        self.matrix.show_matrix()
        self._show_pairs()
        self._show_chosen()

    def _show_pairs(self) -> None:
        found, tree = self.presenter.mistakes, self.pairs
        with QSignalBlocker(tree):
            tree.clear()
            for each in () if found is None else found.confusions[:LISTED]:
                item = QTreeWidgetItem([self.presenter.confusion_words(each), f"{each.count:,}"])
                item.setData(0, Qt.ItemDataRole.UserRole, Chosen(label=each.label, predicted=each.predicted))
                item.setTextAlignment(1, RIGHT)
                item.setToolTip(0, self.presenter.cell_tip(each.label, each.predicted))
                tree.addTopLevelItem(item)

    def _choose_pair(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self._choose(item.data(0, Qt.ItemDataRole.UserRole))

    def _choose(self, chosen: Chosen) -> None:
        self.presenter.chosen = chosen
        self.matrix.viewport().update()
        self._show_chosen()

    def _show_chosen(self) -> None:
        """Show the pictures of the choice, and select its pair in the list."""
        self.chosen_words.setText(self.presenter.chosen_words)
        self.picture_words.setText(" ")
        self._mark_pair()
        self.gallery.select(None)
        for widget in (self.chosen_words, self.gallery):
            widget.setVisible(self.presenter.has_pictures)
        if self.presenter.mistakes is not None and self.presenter.has_pictures:
            self.gallery.show_pictures(self.presenter.pictures, self.images, self.presenter.picture_tip)

    def _mark_pair(self) -> None:
        items = (self.pairs.topLevelItem(row) for row in range(self.pairs.topLevelItemCount()))
        chosen = self.presenter.chosen
        same = next((item for item in items if item and item.data(0, Qt.ItemDataRole.UserRole) == chosen), None)
        with QSignalBlocker(self.pairs):
            if same is not None:
                self.pairs.setCurrentItem(same)
            else:
                self.pairs.clearSelection()

    def _ask(self, index: int) -> None:
        """Show a clicked picture's prediction, and its neighbours in the main window."""
        self.gallery.select(index)
        self.picture_words.setText(self.presenter.picture_tip(index).replace("\n", " · "))
        self.picture_asked.emit(index)


def _pairs_list() -> QTreeWidget:
    tree = QTreeWidget()
    tree.setColumnCount(2)
    tree.setProperty("role", "table")
    tree.setHeaderLabels(["Confused most often", "Count"])
    tree.headerItem().setTextAlignment(1, RIGHT)
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    tree.setAccessibleName("Classes confused most often")
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(0, header.ResizeMode.Stretch)
    header.setSectionResizeMode(1, header.ResizeMode.ResizeToContents)
    tree.setIconSize(QSize(0, 0))
    return tree
