"""The data window: pictures in a grid or rows in a table, their issues, and a button that excludes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from workbench.data.progress import Cancelled
from workbench.data.source import Loaded
from workbench.gui.browse_data.facts import FactColumn
from workbench.gui.browse_data.found import Found, marked, same_data
from workbench.gui.browse_data.picture_card import CARD, PictureCard
from workbench.gui.browse_data.presenter import DataPresenter
from workbench.gui.browse_data.scanning import Scanning
from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.experiment.document import Document
from workbench.gui.experiment.exclusion import action, toggled
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.settings.samples import Samples, look_at
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.gallery import GalleryView
from workbench.gui.widgets.narrow import Scrolled, Sides, Wrapped
from workbench.gui.widgets.panel import EmptyState, choice, fill, heading, spaced, stacked, styled
from workbench.gui.widgets.pictures import Images, tile_proportions
from workbench.gui.widgets.progress_row import ProgressRow
from workbench.gui.widgets.row_table import RowTable
from workbench.gui.widgets.search_box import SearchBox
from workbench.session.editing.survey import is_surveyed
from workbench.session.left_out import folder_of
from workbench.spec.words import plural, several

if TYPE_CHECKING:
    from workbench.session.editing.data_facts import Twins
    from workbench.spec.experiment import Experiment

SIZE, LEAST_SIZE = (1080, 720), (360, 420)
COLUMN_WIDTH = 340
TILE = 48


class DataWindow(Dialog):
    """Follows the document: other data is scanned, exclusions are marked at once."""

    found = Signal()
    """Emitted when data has been found, perhaps downloaded, and whenever more is known of it."""

    def __init__(self, parent: QWidget | None, document: Document, pump: EventPump) -> None:
        super().__init__(parent, "Data")
        self._document = document
        self._pump = pump
        self._scanning = Scanning(self, pump)
        self._trouble = ""
        """Why the scan did not finish."""
        self._images = Images(self, pump, longest=2 * TILE)
        self._closeups = Images(self, pump, longest=2 * CARD)
        self.presenter = DataPresenter()
        self.title = heading()
        self.caption = styled(QLabel(), "small")
        self.splits, self.classes, self.choices = (choice(tip) for tip in CHOICE_TIPS)
        self.warning = styled(QLabel(wordWrap=True), "danger")
        self.show_leaks = QPushButton("Show")
        self.exclude_copies = QPushButton("Exclude copies")
        self.restore_strays = QPushButton("Restore these labels")
        self.empty = EmptyState("data", "Checking…", "")
        self.gallery = GalleryView(TILE, margin=0, several=True)
        self.points = Samples()
        self.rows = RowTable(self.presenter, pump)
        self.facts = FactColumn(self.presenter)
        self.card = PictureCard()
        self.labels = SearchBox(self)
        self.progress = ProgressRow()
        self._lay_out()
        self._stop_listening = document.listen(self._follow)
        self._connect()
        self._begin()

    def _connect(self) -> None:
        self.splits.currentIndexChanged.connect(self._choose_split)
        self.classes.currentIndexChanged.connect(self._choose_class)
        self.choices.currentIndexChanged.connect(self._choose_what)
        self.show_leaks.clicked.connect(lambda: self.choices.setCurrentIndex(self.choices.findData("leaks")))
        self.exclude_copies.clicked.connect(self._exclude_copies)
        self.restore_strays.clicked.connect(self._restore_strays)
        self.gallery.chosen.connect(self.select)
        self.gallery.selection_changed.connect(self._follow_selection)
        self.rows.selection_changed.connect(self._follow_rows)
        self.rows.copying.connect(lambda words: self.caption.setText(f"{self.presenter.caption()} · {words}"))
        self.gallery.verticalScrollBar().valueChanged.connect(self._scanning.rest)
        self._images.arrived.connect(self.gallery.viewport().update)
        self._closeups.arrived.connect(self._show_card)
        self.facts.twins_chosen.connect(self._show_twins)
        self.facts.balance.chosen.connect(lambda label: self.classes.setCurrentIndex(label + 1))
        self.facts.take_back.clicked.connect(self._take_all_back)
        self.facts.restore_labels.clicked.connect(self._restore_labels)
        self.card.leave_out.clicked.connect(self.toggle)
        self.card.relabel.clicked.connect(self._offer_labels)
        self.labels.closed.connect(self._focus_examples)
        QShortcut(QKeySequence(Qt.Key.Key_F2), self).activated.connect(self._offer_labels)
        QShortcut(QKeySequence(Qt.Key.Key_Delete), self).activated.connect(self.toggle)
        self.progress.cancel.clicked.connect(self._scanning.cancel)
        self._scanning.found.connect(self._show_found)
        self._scanning.found.connect(lambda _: self.found.emit())
        self._scanning.failed.connect(self._fail)
        self.finished.connect(self.stop)
        self._pump.ticked.connect(self._follow_scan)

    def _lay_out(self) -> None:
        top = Wrapped([self.title, self.caption], [self.splits, self.classes, self.choices])
        self._body = stacked(self.empty, self.gallery, self.points, self.rows)
        self.points.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.side = QWidget()
        fill(spaced(QVBoxLayout(self.side), 0), self.card, (self.facts, 1))
        self.side.setMinimumWidth(COLUMN_WIDTH - 60)
        warned = fill(QHBoxLayout(), (self.warning, 1), self.show_leaks, self.exclude_copies, self.restore_strays)
        layout = spaced(QVBoxLayout(self), theme.SPACE_S, *[theme.SPACE_M] * 4)
        fill(layout, top, warned, (Scrolled(Sides(self._body, self.side, COLUMN_WIDTH)), 1), self.progress)
        self.setMinimumSize(*LEAST_SIZE)
        self.resize(*SIZE)

    # The scan

    def _begin(self) -> None:
        """Scan the document's data, dropping an earlier scan."""
        self.labels.close_box()
        self.rows.rows.clear()  # its texts are the presenter's, which forgets them next
        self.presenter.begin(folder_of(self._document.experiment.data.source))
        self.gallery.select(None)
        self._trouble = ""
        self.empty.say("Checking the data…", "What it holds appears first, then anything wrong with it.")
        self._show_nothing()
        self.progress.show()
        self._scanning.begin(self._document.experiment)

    def _follow_scan(self) -> None:
        """Show the scan's progress, and its pictures as soon as they are available."""
        if not self.progress.isHidden():
            self.progress.show_progress(*self._scanning.progress)
            self._scanning.look()

    def _show_found(self, found: Found) -> None:
        is_new = self.presenter.inventory is None
        self.presenter.take(found)
        if found.facts.near_is_searched or not found.inventory.has_pictures:
            self.progress.hide()
        if is_new:
            self._show_data()
        else:
            self._show_facts()

    def _fail(self, error: Exception) -> None:
        self.progress.hide()
        if isinstance(error, Cancelled):
            self.empty.say("Data not checked", "The check was cancelled. Open the window again to restart it.")
            return
        words = sentence(error)
        self.empty.say("The data cannot be checked", words)
        self._trouble = f"The data check could not finish. {words}"
        if self.presenter.inventory is not None:
            self._show_facts()

    def _follow(self, before: Experiment, after: Experiment) -> None:
        if not same_data(before, after):
            self._begin()
        elif marked(before) != marked(after):
            self._scanning.follow(after.data)

    # Display

    def _show_nothing(self) -> None:
        self._body.setCurrentWidget(self.empty)
        self.title.setText(self.presenter.title)
        self.caption.clear()
        leaks = (self.warning, self.show_leaks, self.exclude_copies, self.restore_strays)
        for widget in (*leaks, self.side, self.splits, self.classes, self.choices):
            widget.hide()

    def _show_data(self) -> None:
        """Show the pictures when they are available."""
        presenter, inventory = self.presenter, self.presenter.inventory
        assert inventory is not None
        self.title.setText(presenter.title)
        if inventory.has_looks:
            shape = inventory.splits["train"].inputs.shape[1:]
            for images in (self._images, self._closeups):
                images.show(inventory.look, shape)
            self.gallery.shape_tiles(tile_proportions(shape))
            self._body.setCurrentWidget(self.gallery)
        else:
            self._body.setCurrentWidget(self.rows if inventory.features else self.points)
        _fill(self.splits, presenter.split_choices())
        _fill(self.classes, [(None, "All classes"), *enumerate(inventory.class_names)])
        self.splits.show()
        self.classes.setVisible(bool(inventory.class_names))
        self.side.show()
        self.card.setVisible(inventory.has_names)
        self.card.call(presenter.thing)
        self.exclude_copies.setToolTip(
            f"Exclude every training {presenter.thing} that is exactly the same as one in validation or test; "
            "undo restores them"
        )
        self._show_facts()

    def _show_facts(self) -> None:
        """Show new facts and marks."""
        facts = self.presenter.facts
        assert facts is not None and self.presenter.inventory is not None
        strays = self.presenter.strays
        told = [self._trouble, sentence(strays) if strays else "", facts.leak_words() if facts.leaks else ""]
        self.warning.setText(" ".join(filter(None, told)))
        self.warning.setVisible(any(told))
        self.show_leaks.setVisible(bool(facts.leaks))
        self.exclude_copies.setVisible(bool(self.presenter.copies()))
        self.restore_strays.setVisible(strays is not None)
        _fill(self.choices, self.presenter.choices(), self.presenter.choice)
        self.presenter.choice = self.choices.currentData()
        self.choices.setVisible(is_surveyed(self.presenter.inventory))
        self.facts.show_facts()
        self._show_shown(keep_place=True)
        self._show_card()

    def _show_shown(self, *, keep_place: bool = False) -> None:
        presenter, inventory = self.presenter, self.presenter.inventory
        assert inventory is not None
        self.caption.setText(presenter.caption())
        if inventory.has_looks:
            place = self.gallery.verticalScrollBar().value()
            self.gallery.show_pictures(
                presenter.shown, self._images, presenter.describe, presenter.mark, presenter.badge
            )
            if keep_place:
                self.gallery.verticalScrollBar().setValue(place)
        elif inventory.features:
            self.rows.rows.show_rows(presenter.shown)
        else:
            examples = inventory.splits[presenter.split or "train"]
            self.points.show_examples(look_at(Loaded(columns=inventory.columns, train=examples)))

    def _choose_split(self) -> None:
        self.presenter.split, self.presenter.twins = self.splits.currentData(), None
        self._show_shown()

    def _choose_class(self) -> None:
        self.presenter.label, self.presenter.twins = self.classes.currentData(), None
        self._show_shown()

    def _choose_what(self) -> None:
        self.presenter.choice, self.presenter.twins = self.choices.currentData(), None
        self._show_shown()

    def _show_twins(self, twins: Twins) -> None:
        self.presenter.twins = twins
        self._show_shown()
        if self.presenter.inventory is not None and self.presenter.inventory.has_looks:
            self.select(twins.numbers[-1])

    def select(self, number: int) -> None:
        """Show one picture in detail."""
        self.presenter.selected = number
        self.gallery.select(number)
        self._show_card()

    def _follow_selection(self) -> None:
        """Show the card; none once the last picture is deselected, while one that the filters hide stays."""
        selected = self.presenter.selected
        if selected is not None and not self.gallery.selection and selected in self.presenter.shown:
            self.presenter.selected = None
        self._show_card()

    def _follow_rows(self) -> None:
        self.presenter.selected = next(iter(self.rows.selection), None)
        self._show_card()

    def _show_card(self) -> None:
        number, inventory = self.presenter.selected, self.presenter.inventory
        if number is None or inventory is None or not inventory.has_names:
            words = "" if inventory is None else self.presenter.invitation()
            self.card.show_nothing(words, has_picture=inventory is not None and inventory.has_looks)
            return
        if not inventory.has_looks:
            self.card.relabel.setVisible(self.presenter.label_offer([number]) is not None)
            self.card.show_row(self._row_words(number), action(self._document.experiment, self._chosen_names()))
            return
        closeup = self._closeups(number)
        image = self._images(number) if closeup.isNull() else closeup
        presenter = self.presenter
        does = action(self._document.experiment, self._chosen_names())
        self.card.relabel.setVisible(presenter.label_offer([number]) is not None)
        self.card.show_picture(QPixmap.fromImage(image), presenter.describe(number), does, presenter.points(number))

    def _row_words(self, number: int) -> str:
        """Return the description of the first selected row, and how many are selected with it."""
        num_others = len(self.rows.selection) - 1
        more = f"\nand {plural(num_others, 'row')} more" if num_others > 0 else ""
        return f"{self.presenter.describe(number)}{more}"

    # Edits

    def toggle(self) -> None:
        """Exclude the selected pictures, or restore them if all of them are."""
        if self.presenter.inventory is not None and (names := self._chosen_names()):
            self._document.apply(*toggled(self._document.experiment, names, self.presenter.thing))

    def _chosen_names(self) -> list[str]:
        return self.presenter.names(self._chosen_numbers())

    @property
    def _examples(self) -> GalleryView | RowTable:
        """The shown widget in which examples are selected; the empty gallery for points."""
        return self.rows if self._body.currentWidget() is self.rows else self.gallery

    def _focus_examples(self) -> None:
        self._examples.setFocus()

    def _chosen_numbers(self) -> list[int]:
        """Return the selected pictures, or the enlarged one if the gallery does not show it; or the selected rows."""
        selected = self.presenter.selected
        return sorted(self._examples.selection) or ([] if selected is None else [selected])

    def _offer_labels(self) -> None:
        """Offer what the labels of the selected pictures can be changed to."""
        if self.presenter.inventory is None:
            return
        offer = self.presenter.label_offer(self._chosen_numbers())
        if offer is not None:
            self.labels.open_beside(
                self.card.relabel,
                offer.prompt,
                offer.lines,
                lambda value: self._document.apply(*offer.corrected(self._document.experiment, value)),
            )

    def _restore_strays(self) -> None:
        self._document.apply("restore labels", self.presenter.without_strays(self._document.experiment))

    def _restore_labels(self) -> None:
        self._document.apply("restore all labels", self.presenter.with_own_labels(self._document.experiment))

    def _exclude_copies(self) -> None:
        self._document.apply("exclude copies", self.presenter.without_copies(self._document.experiment))

    def _take_all_back(self) -> None:
        self._document.apply(
            f"restore all {several(self.presenter.thing)}", self.presenter.with_all_back(self._document.experiment)
        )

    def stop(self) -> None:
        """Cancel the scan and stop listening."""
        self._scanning.stop()
        self._stop_listening()
        self._pump.ticked.disconnect(self._follow_scan)


CHOICE_TIPS = ("Filter by split", "Filter by class", "Filter by issue")


def _fill(box: QComboBox, entries: list[tuple[Any, str]], chosen: object = None) -> None:
    """Replace the entries of a box, selecting ``chosen`` if it is among them."""
    with QSignalBlocker(box):
        box.clear()
        for data, words in entries:
            box.addItem(words, data)
        box.setCurrentIndex(max(box.findData(chosen), 0))
