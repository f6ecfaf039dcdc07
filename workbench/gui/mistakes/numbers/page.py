"""The page of regression heads: three charts, and beside them the figures."""

from collections.abc import Collection

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.gui.forms.output_choice import OutputChoice
from workbench.gui.mistakes.numbers.curves import CumulativeScores, Distribution
from workbench.gui.mistakes.numbers.presenter import NumbersPresenter
from workbench.gui.mistakes.numbers.scatter import Scatter
from workbench.gui.mistakes.page import Page
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.hover_card import PICTURE
from workbench.gui.widgets.panel import fill, spaced, styled
from workbench.gui.widgets.pictures import Images
from workbench.gui.widgets.tables import LEFT, RIGHT


class NumbersPage(Page):
    """A picture is chosen by its dot, and those of one error by their bar; of several numbers one is shown."""

    presenter: NumbersPresenter

    def __init__(self, window: MistakesPresenter, pump: EventPump) -> None:
        super().__init__()
        self.presenter = NumbersPresenter(window)
        self.numbers = OutputChoice("Number to show errors of", self._choose_number, self.choice_changed.emit)
        self.images = Images(self, pump, longest=2 * PICTURE)
        self._shown_split = ""
        self.scatter = Scatter(self.presenter, self.images)
        self.scatter.picked.connect(self.picked)
        self.distribution = Distribution(self.presenter)
        self.distribution.clicked.connect(self._choose_bar)
        self.scores = CumulativeScores(self.presenter)
        self.aside = QWidget()
        self.figures: list[tuple[QLabel, QLabel]] = []
        """The name and the value of each figure."""
        self._grid = QGridLayout(self.aside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.SPACE_XS)
        self._grid.setColumnStretch(0, 1)
        below = fill(spaced(QHBoxLayout(), theme.SPACE_S), (self.distribution, 1), (self.scores, 1))
        fill(spaced(QVBoxLayout(self), theme.SPACE_S), self.numbers, (self.scatter, 3), (below, 2))

    def show_answer(self) -> None:
        """Show the newest errors; those that are selected are told again."""
        self._show_split(self.presenter.found.split)
        self.scatter.show_selection(())
        self.numbers.offer(self.presenter.found.number_names, self.presenter.number)
        self._show_figures()
        self.scatter.draw()
        self.scores.draw()

    def forget(self) -> None:
        """Show the pictures of the next answer, which is another run's."""
        super().forget()
        self._shown_split = ""

    def _show_split(self, split: str) -> None:
        if self.presenter.window.has_looks and split != self._shown_split:
            gallery = self.presenter.window.galleries[split]
            self.images.show(gallery.picture, gallery.shape)
            self._shown_split = split

    def show_choice(self) -> None:
        self.distribution.draw()

    def show_selection(self, selection: Collection[int]) -> None:
        self.scatter.show_selection(selection)

    def _show_figures(self) -> None:
        for row, words in enumerate(self.presenter.rows):
            if row == len(self.figures):
                self.figures.append((styled(QLabel(), "muted"), QLabel()))
                for column, label in enumerate(self.figures[row]):
                    self._grid.addWidget(label, row, column, RIGHT if column else LEFT)
            for label, text in zip(self.figures[row], words, strict=True):
                label.setText(text)

    def _choose_number(self, number: int) -> None:
        self.presenter.choose_number(number)
        self.show_answer()

    def _choose_bar(self, error: float, _: float) -> None:
        if self.presenter.choose_bar(error):
            self.choice_changed.emit()
