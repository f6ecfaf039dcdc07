"""The page of heads that predict a class for each pixel, or a picture: the selected one large, and a list of all."""

from collections.abc import Collection

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout

from workbench.gui.mistakes.dense.class_table import ClassTable
from workbench.gui.mistakes.dense.large import LargePrediction
from workbench.gui.mistakes.dense.presenter import DensePresenter
from workbench.gui.mistakes.dense.strips import StripList
from workbench.gui.mistakes.page import Page
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.class_colours import pixel_shades
from workbench.gui.widgets.panel import ElidedLabel, fill, spaced, styled
from workbench.session.views.mistakes.drawn import CAPTIONS


class DensePage(Page):
    """A class of pixels is chosen, or all pictures. The selected picture is shown large, or else the first one."""

    presenter: DensePresenter

    def __init__(self, window: MistakesPresenter, pump: EventPump) -> None:
        super().__init__()
        self.presenter = DensePresenter(window)
        self.name = styled(ElidedLabel(Qt.TextElideMode.ElideMiddle), "heading")
        self.key = styled(QLabel(wordWrap=True), "small")
        self.large = LargePrediction(pump)
        self.large.stepped.connect(self._step)
        self.strips = StripList(self.presenter, pump)
        self.listing = (self.strips, self.strips.images)
        self.aside = self.classes = ClassTable(self.presenter)
        self.classes.chosen.connect(self._choose)
        self._selected: int | None = None
        self._shown: tuple[str, str] | None = None
        """The split and head whose pictures are shown; None before there are any, and for another run."""
        fill(spaced(QVBoxLayout(self), theme.SPACE_S, right=theme.SPACE_M), self.name, (self.large, 1), self.key)

    def forget(self) -> None:
        """Show no pictures of earlier answers any more."""
        super().forget()
        self._shown = None

    def show_answer(self) -> None:
        """Show the newest answer: what is in sight stays until it has been computed anew."""
        found = self.presenter.found
        answers, shows = self.presenter.strip(pixel_shades()), (found.split, found.title)
        height, width = found.column.shape[-2:]
        for images in (self.large.images, self.strips.images):
            if shows == self._shown:
                images.renew(answers)
            else:
                images.show(answers, (3, height, len(CAPTIONS) * width))
        self._shown = shows
        self.classes.setVisible(bool(self.presenter.classes))
        self.classes.show_classes()
        self.key.setText(self.presenter.errors_key)
        self.strips.viewport().update()
        self.show_choice()

    def show_choice(self) -> None:
        """Mark the chosen class, and show the selected picture or the first one."""
        self.classes.mark()
        pictures = self.presenter.pictures
        index = self._selected if self._selected in pictures else next(iter(pictures.tolist()), None)
        self.large.show_picture(index)
        self.name.setText("" if index is None else self.presenter.name(index))

    def show_selection(self, selection: Collection[int]) -> None:
        self._selected = next(iter(selection)) if len(selection) == 1 else None
        self.show_choice()

    def _choose(self, label: int) -> None:
        self.presenter.choose_class(label)
        self.choice_changed.emit()

    def _step(self, step: int) -> None:
        pictures = self.presenter.pictures.tolist()
        if self.large.index in pictures:
            place = pictures.index(self.large.index) + step
            self.picked.emit(pictures[min(max(place, 0), len(pictures) - 1)])
