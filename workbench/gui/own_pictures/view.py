"""The window for the user's own pictures, with a network's answers; of many, those that one asks for."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.dialogs.file_dialogs import ask_for_files, ask_for_folder
from workbench.gui.forms.output_choice import OutputChoice
from workbench.gui.looking.looks import Looks
from workbench.gui.looking.network_window import NetworkWindow
from workbench.gui.own_pictures.grid import SMALL_TILE, TILE, AnswerGrid, SmallTiles
from workbench.gui.own_pictures.presenter import ALL, NO_NETWORK, TRAINING, OwnPicturesPresenter
from workbench.gui.own_pictures.tools import Tools
from workbench.gui.widgets import theme
from workbench.gui.widgets.class_colours import pixel_shades
from workbench.gui.widgets.gallery import GalleryView
from workbench.gui.widgets.narrow import Scrolled, Sides
from workbench.gui.widgets.panel import ElidedLabel, EmptyState, column_of, fill, offer, spaced, stacked, styled
from workbench.gui.widgets.pictures import Images
from workbench.gui.widgets.progress_row import ProgressRow
from workbench.session.time_left import TimeLeft
from workbench.session.views.attention import OnePicture, attends
from workbench.spec.problems import capitalised
from workbench.spec.words import ended

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from PySide6.QtCore import QMimeData

    from workbench.gui.experiment.networks import Networks
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.views.own_pictures import OwnPictures

SIZE = (980, 640)
SIDE = 400
MOST_DRAWN = 8
"""Masks and pictures that arrive at a time: the network runs for each."""

FEW = 64
"""The progress with no more pictures is not shown: it would only flicker."""


class OwnPicturesWindow(NetworkWindow):
    """Asks the network about pictures: when they come, and after each epoch of a run, at a pause, and at its end."""

    presenter: OwnPicturesPresenter

    def __init__(self, parent: QWidget, pump: EventPump, networks: Networks, is_starting: Callable[[], bool]) -> None:
        """``is_starting`` tells whether a run is in progress or about to start."""
        super().__init__(parent, "Your own pictures", pump)
        self.presenter = OwnPicturesPresenter()
        self._is_starting = is_starting
        self._time_left = TimeLeft()
        self.looks = Looks(self, "chosen", lambda: self._current)
        heads = OutputChoice("Output to show answers of", self.presenter.choose_head, self._show)
        self.tools = Tools(self, heads, self.looks.buttons)
        self._connect_tools()
        self._make_pictures()
        self.empty = EmptyState("search", *NO_NETWORK)
        self.note = styled(ElidedLabel(), "small")
        self.progress = ProgressRow()
        self.progress.cancel.clicked.connect(self.presenter.cancel)
        self._lay_out()
        self.setAcceptDrops(True)
        self._forget()
        self._follow(networks)

    def _connect_tools(self) -> None:
        tools = self.tools
        tools.wanted.activated.connect(self._want_row)
        tools.similar.clicked.connect(lambda: self._want_row(1))
        tools.files.clicked.connect(self._ask_for_files)
        tools.folder.clicked.connect(self._ask_for_folder)
        tools.again.clicked.connect(self._read_again)
        tools.remove.clicked.connect(self._remove_all)
        QShortcut(QKeySequence("Del"), self).activated.connect(self._remove)

    def _make_pictures(self) -> None:
        self.images = Images(self, self._pump, longest=2 * TILE)
        self.training_images = Images(self, self._pump, longest=2 * SMALL_TILE)
        self.answers = Images(self, self._pump, longest=4 * TILE, most_read=MOST_DRAWN)
        self.grid, self.card = AnswerGrid(self.presenter.card), AnswerGrid(self.presenter.card)
        self.tiles = SmallTiles()
        for view in (self.grid, self.card, self.tiles):
            for images in (self.images, self.training_images, self.answers):
                images.arrived.connect(view.viewport().update)
        for grid in (self.grid, self.card):
            grid.why_asked.connect(lambda _: self.looks.why.click())
        self.grid.chosen.connect(self._choose)
        self.tiles.chosen.connect(self._choose)

    def _lay_out(self) -> None:
        self._sides = Scrolled(Sides(self.tiles, column_of((self.card, 1)), SIDE))
        self._pages = stacked(self.empty, self.grid, self._sides)
        column = spaced(QVBoxLayout(self), theme.SPACE_M, *[theme.SPACE_M] * 4)
        fill(column, self.tools.row(), (self._pages, 1), self.note, self.progress)
        self.resize(*SIZE)

    # The network

    def _begin(self) -> None:
        self.presenter.begin("" if self._network is None else self._network.insight.weights)
        self._forget()

    def _ask(self) -> None:
        if self._network is None:
            return
        anew = self.presenter.take_question()
        if anew is not None:
            asked = self._network.insight.pictures
            (asked.ask if anew else asked.ask_again)(self.presenter.pictures)

    def _look(self) -> None:
        presenter = self.presenter
        presenter.pictures.visible = self._gallery.in_view() if presenter.wanted != TRAINING else []
        if self._network is not None and presenter.take_answer():
            self._show()
        elif not self._pages.currentIndex():
            self._show_empty()
        what, done, total = presenter.pictures.progress
        is_busy = bool(what) and max(done, total) > FEW
        self.progress.setVisible(is_busy)
        if is_busy:
            self.progress.show_progress(self._time_left.say(what, done, total), done, total)

    # Pictures

    def _ask_for_files(self) -> None:
        from workbench.data.decoding.pictures import SUFFIXES

        kinds = f"Pictures ({' '.join(f'*{suffix}' for suffix in SUFFIXES)});;All files (*)"
        self.add(ask_for_files(self, "Choose pictures", kinds))

    def _ask_for_folder(self) -> None:
        folder = ask_for_folder(self, "Choose a folder of pictures")
        self.add(() if folder is None else (folder,))

    def add(self, paths: Sequence[Path]) -> None:
        """Ask about these files and folders, too."""
        if paths:
            self.presenter.add(paths)
            self._ask()
            self._show()

    def _read_again(self) -> None:
        self._leave()
        self.presenter.look_again()
        self._ask()
        self._forget()

    @property
    def _current(self) -> OnePicture:
        number, presenter = self._own_selected, self.presenter
        assert number is not None
        read = partial(_read, presenter.pictures, number)
        return OnePicture(name=presenter.name(number), read=read, head=presenter.head_title)

    def _remove(self) -> None:
        """Remove the chosen picture, and choose the next one."""
        shown, number = self.presenter.shown, self._gallery.selected
        if self.presenter.wanted == TRAINING or number is None or number not in shown:
            return
        place = int(np.flatnonzero(shown == number)[0])
        self.presenter.remove(number)
        if not self.presenter.paths:
            self._leave()
            self._forget()
            return
        rest = self.presenter.shown
        self._show()
        if len(rest):
            self._choose(int(rest[min(place, len(rest) - 1)]))

    def _remove_all(self) -> None:
        self._leave()
        self.presenter.remove_all()
        self._forget()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _local(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.add(_local(event.mimeData()))
        event.acceptProposedAction()

    # What is shown

    @property
    def _gallery(self) -> GalleryView:
        return self.grid if self.presenter.shows_cards else self.tiles

    def _want_row(self, row: int) -> None:
        """Show what the box has in this row, or nothing else if there is no picture to find similar ones of."""
        presenter = self.presenter
        wanted = presenter.choices[row][0]
        number = self._own_selected
        if not presenter.want(wanted, number):
            self._show()
            return
        self._ask()
        self.tiles.select(None)  # the first will be
        if wanted == ALL:
            self.grid.select(number)
        self._show()
        self._gallery.verticalScrollBar().setValue(0)

    @property
    def _own_selected(self) -> int | None:
        """The chosen picture of the user's own."""
        if self.presenter.wanted == TRAINING:
            return self.card.selected
        return self._gallery.selected

    def _choose(self, number: int) -> None:
        self._gallery.select(number)
        self.presenter.forget_refusal()
        self._show_note()
        if self.presenter.wanted != TRAINING:
            self._show_card(number)
            if self.presenter.can_be_query(number):
                self.looks.picture_chosen.emit(self._current)

    def _forget(self) -> None:
        """Show the pictures of other files, or of another network, where the numbers mean others."""
        pictures = self.presenter.pictures
        self.images.show(lambda number: _read(pictures, number), (1, 1, 1))
        self._training_shown = False
        self._drawn: tuple[str, int] | None = None
        for view in (self.grid, self.tiles, self.card):
            view.select(None)
        self._show()

    def _image(self, number: int) -> QImage:
        """Return a picture beside what the network answers, if that is drawn."""
        images = self.answers if self.presenter.draws else self.images
        return images(number) if self.presenter.can_be_query(number) else QImage()

    def _arrange_cards(self) -> None:
        """Have what is drawn computed anew if the network or the head is another; it stays until it is."""
        presenter, answer = self.presenter, self.presenter.answer
        for grid in (self.grid, self.card):
            grid.arrange(1 + presenter.draws, has_bars=not presenter.draws or bool(presenter.names))
        self.tiles.arrange(1 + (presenter.draws and presenter.wanted != TRAINING))
        if not presenter.draws or answer is None or self._drawn == (presenter.head_title, answer.step):
            return
        strip = presenter.strip(pixel_shades())
        if self._drawn is not None and self._drawn[0] == presenter.head_title:
            self.answers.renew(strip)
        else:
            self.answers.show(strip, (1, 1, 1))
        self._drawn = presenter.head_title, answer.step

    def _show(self) -> None:
        presenter, tools = self.presenter, self.tools
        for button in (tools.again, tools.remove):
            button.setEnabled(bool(presenter.paths))
        tools.words.setText(presenter.words)
        tools.heads.offer(presenter.head_titles, presenter.head)
        offer(tools.wanted, presenter.choices, presenter.wanted)
        has_pictures = presenter.answer is not None and len(presenter.answer) > 0
        self._show_note()
        tools.similar.setVisible(has_pictures)
        can_attend = has_pictures and self._network is not None and attends(self._network.experiment.architecture)
        self.looks.offer(why=has_pictures and presenter.explains, attention=can_attend, features=has_pictures)
        tools.wanted.setVisible(has_pictures)
        if not has_pictures:
            self.looks.enable(False)
            self._pages.setCurrentIndex(0)
            self._show_empty()
            return
        self._pages.setCurrentWidget(self.grid if presenter.shows_cards else self._sides)
        self._show_pictures()

    def _show_note(self) -> None:
        note, answer = self.presenter.note, self.presenter.answer
        self.note.setText(ended(capitalised(note)))
        self.note.setVisible(bool(note) and answer is not None and len(answer) > 0)

    def _show_empty(self) -> None:
        presenter, insight = self.presenter, None if self._network is None else self._network.insight
        heads, why_not = ((), "") if insight is None else (insight.heads, insight.why_not or insight.problem)
        is_starting = self._is_starting() and (insight is None or insight.gallery.newest() is None)
        heading, sentence = presenter.empty_words(
            heads, why_not, has_network=insight is not None, is_starting=is_starting
        )
        sentence = f"{ended(capitalised(sentence))} {self._doing}".rstrip()
        if (heading, sentence) != self.empty.said:
            self.empty.say(heading, sentence)

    def _show_pictures(self) -> None:
        """Show the pictures, at the place where the user is."""
        presenter, view = self.presenter, self._gallery
        bar = view.verticalScrollBar()
        place = bar.value()
        shown = presenter.shown
        self._arrange_cards()
        image = self._training_image if presenter.wanted == TRAINING else self._image
        view.show_pictures(shown, image, presenter.tip, badge=presenter.badge)
        bar.setValue(place)
        query = presenter.pictures.query
        if presenter.wanted == TRAINING:
            self._show_card(None if query is None else query.number)
        elif len(shown):
            is_shown = view.selected is not None and view.selected in shown
            view.select(view.selected if is_shown else int(shown[0]))
            self._show_card(view.selected)
        else:
            view.select(None)
            self._show_card(None)

    def _show_card(self, number: int | None) -> None:
        """Show a picture with its answers beside the small ones."""
        is_readable = self.presenter.can_be_query(number)
        self.tools.similar.setEnabled(is_readable)
        self.looks.enable(is_readable)
        numbers = np.array([] if number is None else [number], np.int64)
        self.card.show_pictures(numbers, self._image, self.presenter.tip)
        self.card.select(number)

    def _training_image(self, number: int) -> QImage:
        answer = self.presenter.answer
        assert answer is not None and answer.training is not None
        if not self._training_shown:
            self._training_shown = True
            self.training_images.show(answer.training.picture, answer.training.shape)
        return self.training_images(number)

    def _leave(self) -> None:
        if self._network is not None:
            self._network.insight.pictures.cancel()
        self.presenter.cancel()


def _read(pictures: OwnPictures, number: int) -> NDArray[np.uint8]:
    """Return a picture as the network sees it, uint8 [C, H, W]; it may wait for the disk."""
    newest = pictures.latest.newest()
    assert newest is not None
    return newest[1].picture(number)


def _local(dragged: QMimeData) -> tuple[Path, ...]:
    """Return the files and folders that are dragged."""
    return tuple(Path(url.toLocalFile()) for url in dragged.urls() if url.isLocalFile())
