"""The window of mistakes: the confusion matrix, the pairs most often confused, and the pictures of the choice.

Wrong labels are corrected here, or their pictures excluded from the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.experiment.exclusion import action, toggled
from workbench.gui.forms.output_choice import OutputChoice
from workbench.gui.mistakes.matrix import MatrixView
from workbench.gui.mistakes.pair_list import PairList
from workbench.gui.mistakes.presenter import Chosen, MistakesPresenter
from workbench.gui.mistakes.row_list import RowList
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import ended
from workbench.gui.widgets.gallery import GalleryView
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.panel import ElidedLabel, EmptyState, choice, fill, fill_window, spaced
from workbench.gui.widgets.pictures import Images
from workbench.gui.widgets.progress_row import ProgressRow
from workbench.gui.widgets.search_box import SearchBox
from workbench.gui.widgets.shared_keys import ATTENTION, with_keys
from workbench.session.views.attention import attends

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from workbench.events import AnyEvent
    from workbench.gui.experiment.document import Document
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.running.run import Run
    from workbench.spec.experiment import Experiment

SIZE = (1060, 680)
SIDE = 400
TILE = 56
MOST_SHOWN = (None, 50, 100, 200, 500)
"""The numbers of pictures that one can choose; with None all."""

NOTHING = (
    "No mistakes yet",
    "Train the network or open an earlier run to see its predictions on the test pictures.",
)


class MistakesWindow(Dialog):
    """Asks the run for its predictions: when the window opens, after each epoch, at a pause, and at the end.

    Pictures are excluded from the data of the document, and labels corrected; the next run takes both.
    """

    picture_asked = Signal(int)
    """Emitted with a picture whose neighbours are to be shown."""

    attention_asked = Signal(object)
    """Emitted with ``OnePicture``, whose attention is to be shown."""

    def __init__(self, parent: QWidget, document: Document, pump: EventPump) -> None:
        super().__init__(parent, "Mistakes")
        self._document = document
        self.presenter = MistakesPresenter()
        self.presenter.take_experiment(document.experiment)
        self._run: Run | None = None
        self._galleries_number = self._answer_number = 0
        self._shown_split = ""
        self._make_choices()
        self._make_pictures(pump)
        self.note = ElidedLabel()
        self.note.setProperty("role", "small")
        self.progress = ProgressRow()
        self.progress.cancel.clicked.connect(self._cancel)
        self.empty = EmptyState("matrix", *NOTHING)
        self._lay_out()
        self._show()
        self._stop_listening = document.listen(self._follow)
        self.finished.connect(self.stop)
        self._pump = pump
        pump.add(self, until=self.finished)
        pump.ticked.connect(self._look)

    def _make_choices(self) -> None:
        """Make what chooses among the predictions: the split, the output, the matrix, the pairs."""
        self.words = ElidedLabel()
        self.words.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.words.setProperty("role", "heading")
        self.splits = choice("Split to evaluate", 14)
        self.splits.activated.connect(self._choose_split)
        self.heads = OutputChoice("Output to show mistakes of", self.presenter.choose_head, self._show)
        self.everything = QPushButton("All mistakes")
        self.everything.clicked.connect(lambda: self._choose(Chosen()))
        self.matrix = MatrixView(self.presenter)
        self.matrix.chosen.connect(self._choose)
        self.pairs = PairList(self.presenter)
        self.pairs.chosen.connect(self._choose)

    def _make_pictures(self, pump: EventPump) -> None:
        """Make what shows the pictures of the choice, excludes them and corrects their labels."""
        self.chosen_words = ElidedLabel(Qt.TextElideMode.ElideMiddle)  # the number is at its end
        self.most = choice("Number to show", 7)
        for most in MOST_SHOWN:
            self.most.addItem("All" if most is None else f"First {most}", most)
        self.most.activated.connect(self._choose_most)
        self.order = choice("Order", 13)
        self.order.addItems(self.presenter.orders)
        self.order.activated.connect(self._choose_order)
        self.gallery = GalleryView(TILE, margin=0, several=True)
        self.gallery.chosen.connect(self._ask)
        self.gallery.selection_changed.connect(self._show_selection)
        self.rows = RowList(self.presenter)
        self.rows.selection_changed.connect(self._show_selection)
        self.images = Images(self, pump, longest=2 * TILE)
        self.images.arrived.connect(self.gallery.viewport().update)
        self.picture_words = ElidedLabel(Qt.TextElideMode.ElideMiddle)  # the confidence is at its end
        self.picture_words.setProperty("role", "small")
        self.exclude = QPushButton()
        self.exclude.clicked.connect(self._toggle)
        QShortcut(QKeySequence(Qt.Key.Key_Delete), self).activated.connect(self._toggle)

        self.attention = QPushButton("Attention…")
        self.attention.setToolTip(with_keys("Show what the network attends to in the selected picture", ATTENTION))
        self.attention.clicked.connect(self._ask_for_attention)
        QShortcut(QKeySequence(ATTENTION), self).activated.connect(self.attention.click)
        self.relabel = QPushButton("Label…")
        self.relabel.clicked.connect(self._offer_labels)
        QShortcut(QKeySequence(Qt.Key.Key_F2), self).activated.connect(self._offer_labels)
        self.labels = SearchBox(self)
        self.labels.closed.connect(self._focus_examples)

    def _lay_out(self) -> None:
        top = Wrapped([self.words], [self.splits, self.heads, self.everything])
        top.setContentsMargins(0, 0, 0, 0)
        tools = QHBoxLayout()
        tools.addWidget(self.most)
        tools.addStretch()
        tools.addWidget(self.attention)
        tools.addWidget(self.relabel)
        tools.addWidget(self.exclude)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(theme.SPACE_M, 0, 0, 0)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.pairs, 2)
        column.addLayout(fill(spaced(QHBoxLayout(), theme.SPACE_S), (self.chosen_words, 1), self.order))
        column.addWidget(self.gallery, 5)
        column.addWidget(self.rows, 5)
        column.addWidget(self.picture_words)
        column.addLayout(tools)
        self.resize(*SIZE)
        self._pages = fill_window(self, top, self.empty, self.matrix, side, SIDE)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.note)
        layout.addWidget(self.progress)

    def begin(self, run: Run) -> None:
        """Follow another run."""
        self._run, self._galleries_number, self._answer_number = run, 0, 0
        self.presenter.begin(run.experiment.data)
        self.empty.say("No predictions yet", "The network is evaluated once its data is ready.")
        self._forget_pictures()
        self._show()

    def clear(self) -> None:
        """Stop following the run."""
        self._run = None
        self.presenter.begin()
        self.empty.say(*NOTHING)
        self._forget_pictures()
        self._show()

    def _forget_pictures(self) -> None:
        """Select nothing, and show the pictures of the next answer, since its numbers mean those of another run."""
        self.labels.close_box()
        self._shown_split = ""
        self.gallery.select(None)

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Ask again when it is due."""
        self.presenter.feed(events, state)
        self._ask_run()

    def _ask_run(self) -> None:
        if self._run is not None and self.presenter.take_question():
            self.presenter.asked(self._run.insight.ask_mistakes(self.presenter.split))
            self.empty.say("Evaluating the network…", "Its predictions appear here in a moment.")

    def _look(self) -> None:
        """At each tick: take the newest answer, for whoever opened the window waits for nobody's turn."""
        if self._run is None:
            return
        insight, presenter = self._run.insight, self.presenter
        galleries = insight.galleries.newest(self._galleries_number)
        if galleries is not None:
            self._galleries_number, presenter.galleries = galleries
        answer = insight.mistakes.newest(self._answer_number)
        if answer is not None:
            self._answer_number = answer[0]
            if presenter.take_answer(*answer):
                self._show()
        if presenter.is_waiting:
            self._show_foot()

    def _choose_split(self) -> None:
        self.presenter.choose_split(self.splits.currentData())
        self._ask_run()
        self._show_foot()

    def _cancel(self) -> None:
        assert self._run is not None
        self._run.insight.cancel_mistakes()
        self.presenter.cancel()
        self._show()

    def _show(self) -> None:
        found = self.presenter.mistakes
        if found is not None and self._shown_split != found.split:
            self._show_split(found.split)
        if found is None and self.presenter.problem:
            self.empty.say("No confusion matrix", ended(self.presenter.problem))
        self._pages.setCurrentIndex(0 if found is None else 1)
        self.words.setText(self.presenter.words)
        self._call(self.presenter.thing)
        self._offer_splits()
        self.heads.offer(self.presenter.head_titles, self.presenter.head)
        self.everything.setEnabled(found is not None)
        self.matrix.show_matrix()
        self.pairs.show_pairs()
        self._show_chosen(keep=True)
        self._show_foot()

    def _call(self, thing: str) -> None:
        """Say in the tooltips what an example is called."""
        self.everything.setToolTip(f"Show every misclassified {thing}   Home")
        self.exclude.setToolTip(
            f"Exclude the selected {thing}s from the experiment's data, or restore them   Del\n"
            "Select several with Shift, Ctrl or Ctrl+A; undo restores them, too"
        )
        self.relabel.setToolTip(f"Correct the label of the selected {thing}s, or restore that of the data   F2")
        self.splits.setToolTip(f"{thing.capitalize()}s to evaluate")
        self.most.setToolTip(f"Number of {thing}s to show")
        self.order.setToolTip(f"Order of the {thing}s")

    def _show_split(self, split: str) -> None:
        """Show the pictures of another split, where the numbers of those selected mean others."""
        self._shown_split = split
        self.gallery.select(None)
        self.rows.show_rows(None)
        if self.presenter.has_pictures:
            gallery = self.presenter.galleries[split]
            self.images.show(gallery.picture, gallery.shape)

    def _offer_splits(self) -> None:
        choices = self.presenter.split_choices
        self.splits.setVisible(self.presenter.mistakes is not None)
        if [self.splits.itemText(row) for row in range(self.splits.count())] != [title for _, title in choices]:
            self.splits.clear()
            for split, title in choices:
                self.splits.addItem(title, split)
        self.splits.setCurrentIndex(max(self.splits.findData(self.presenter.split), 0))

    def _show_foot(self) -> None:
        """Show the progress, or what is excluded; nothing if there is neither."""
        presenter, note = self.presenter, ended(self.presenter.note)
        self.note.setText(note)
        self.note.setVisible(bool(note) and not presenter.is_waiting)
        self.progress.setVisible(presenter.is_waiting)
        if presenter.is_waiting:
            assert self._run is not None
            self.progress.show_progress(presenter.asked_words, *presenter.progress(*self._run.insight.evaluated))

    def _choose(self, chosen: Chosen) -> None:
        self.presenter.chosen = chosen
        self.matrix.viewport().update()
        self._show_chosen()

    def _choose_most(self) -> None:
        self.presenter.most = self.most.currentData()
        self._show_chosen(keep=True)

    def _choose_order(self, row: int) -> None:
        self.presenter.surest_first = bool(row)
        self._show_chosen()

    def _show_chosen(self, *, keep: bool = False) -> None:
        """Show the pictures of the choice, and select its pair in the list. ``keep`` the place and the selection where
        the choice is the same.
        """
        presenter, bar = self.presenter, self.gallery.verticalScrollBar()
        self.chosen_words.setText(presenter.chosen_words)
        self.pairs.mark()
        place = bar.value() if keep else 0
        if not keep:
            self.gallery.select(None)
        buttons = (self.relabel, self.exclude)
        can_attend = self._run is not None and attends(self._run.experiment.architecture)
        self.attention.setVisible(can_attend and presenter.has_pictures)
        self.order.setItemText(0, presenter.orders[0])
        for widget in (self.chosen_words, self.order, self.most, self.picture_words, *buttons):
            widget.setVisible(presenter.has_pictures or presenter.has_rows)
        self.gallery.setVisible(presenter.has_pictures)
        self.rows.setVisible(presenter.has_rows)
        if not keep or not presenter.has_rows:
            self.rows.show_rows(None)
        if presenter.has_rows:
            self.rows.show_rows(presenter.pictures)
        if presenter.mistakes is not None and presenter.has_pictures:
            self.gallery.show_pictures(
                presenter.pictures, self.images, presenter.picture_tip, presenter.mark, presenter.badge
            )
            bar.setValue(place)
        self._show_selection()

    def _ask(self, index: int) -> None:
        """Show a clicked picture's prediction, and its neighbours in the main window, if those are searched for it."""
        self.gallery.select(index)
        self._show_selection()
        if self.presenter.shows_first_split:
            self.picture_asked.emit(index)

    def _ask_for_attention(self) -> None:
        (index,) = self._selection
        self.attention_asked.emit(self.presenter.picture(index))

    # Exclusion and correction

    @property
    def _selection(self) -> Collection[int]:
        return self.rows.selection if self.presenter.has_rows else self.gallery.selection

    def _show_selection(self) -> None:
        """Say what is selected, and what the button does with it."""
        selection = self._selection
        words = f"{len(selection):,} selected" if selection else " "
        if len(selection) == 1:
            words = self.presenter.picture_tip(next(iter(selection))).replace("\n", " · ")
        self.picture_words.setText(words)
        names = self.presenter.names(selection)
        self.exclude.setText(action(self._document.experiment, names))
        self.exclude.setEnabled(bool(names))
        self.relabel.setEnabled(bool(names))
        self.attention.setEnabled(len(selection) == 1 and not self.attention.isHidden())

    def _offer_labels(self) -> None:
        """Offer what the labels of the selected pictures can be changed to, the network's answers first."""
        offer = self.presenter.label_offer(sorted(self._selection))
        if offer is not None:
            self.labels.open(
                self.relabel.mapTo(self, self.relabel.rect().bottomLeft()),
                offer.prompt,
                offer.lines,
                lambda value: self._document.apply(*offer.corrected(self._document.experiment, value)),
            )

    def _focus_examples(self) -> None:
        (self.rows if self.presenter.has_rows else self.gallery).setFocus()

    def _toggle(self) -> None:
        names = self.presenter.names(self._selection)
        if names:
            self._document.apply(*toggled(self._document.experiment, names, self.presenter.thing))

    def _follow(self, before: Experiment, after: Experiment) -> None:
        if before.data != after.data:
            self.presenter.take_experiment(after)
            self.gallery.viewport().update()
            self.rows.rows.tell_change()
            self.rows.scheduleDelayedItemsLayout()
            self._show_selection()
            self._show_foot()

    def stop(self) -> None:
        """Cancel what is being computed, and stop listening."""
        if self._run is not None:
            self._run.insight.cancel_mistakes()
            self._run = None
        self._stop_listening()
        self._pump.ticked.disconnect(self._look)
