"""The latent-space window: interpolate between two pictures, sample codes, or look at their plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QLabel

from workbench.gui.forms.number_box import NumberBox
from workbench.gui.latent.presenter import VIEWS, LatentPresenter
from workbench.gui.latent.sheet import LatentSheet
from workbench.gui.looking.presenter import layer_rows
from workbench.gui.looking.view import PictureWindow
from workbench.gui.widgets.class_colours import colour_key
from workbench.gui.widgets.panel import choice, column_of, named, offer, styled, switch, text_button

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from workbench.gui.experiment.networks import Networks
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.views.insight import Insight
    from workbench.session.views.questions import Questions

SIZE = (1040, 700)
LETTERS = 22


class LatentWindow(PictureWindow):
    """Asks the network what codes decode to: at once, after each epoch of a run, and at its end."""

    presenter: LatentPresenter

    def __init__(self, parent: QWidget, pump: EventPump, networks: Networks) -> None:
        super().__init__(parent, "Latent space", "latent", LatentPresenter(), pump)
        self.sheet = LatentSheet(self.presenter)
        self._make_tools()
        tools = [self.views, self.pictures, self.last, self.again, self.dots, self.layers]
        self._lay_out(tools, column_of(self.told, (self.sheet, 1), self.key), SIZE, networks)

    def _make_tools(self) -> None:
        self.views = choice("What is decoded", 12, name="View")
        for view, (title, tip) in VIEWS.items():
            self.views.addItem(title, view)
            self.views.setItemData(self.views.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self._let_choose(self.views, self.presenter.choose_view)
        self.layers = choice("The layer whose output is the code: all paths to the picture pass through it", LETTERS)
        self._let_choose(self.layers, self.presenter.choose_layer)
        named(self.pictures, "Number of the first picture")
        self.last = named(NumberBox(0, 0, "The last picture"), "Number of the last picture")
        self.last.valueChanged.connect(lambda number: self._take(self.presenter.choose_last, number))
        self.again = text_button("Draw again", "Decode other drawn codes")
        self.again.clicked.connect(lambda: self._take(self.presenter.draw_again))
        self.dots = switch("Dots", "Draw where the codes of the data's pictures lie")
        self.dots.setChecked(True)
        self.dots.toggled.connect(self.sheet.show_dots)
        self.told = styled(QLabel(wordWrap=True), "small")
        self.key = styled(QLabel(wordWrap=True), "small")

    def _questions(self, insight: Insight) -> Questions[Any, Any]:
        return insight.latent

    def _show_answer(self) -> None:
        presenter = self.presenter
        self.told.setText(presenter.told)
        self.key.setText(colour_key(enumerate(presenter.class_names)))
        self.key.setVisible(bool(presenter.class_names))
        self.sheet.show_pictures()

    def _show_tools(self) -> None:
        presenter, layers = self.presenter, self.presenter.layers
        is_between = bool(layers) and presenter.view == "between"
        self.views.setVisible(bool(layers))
        self.layers.setVisible(len(layers) > 1)
        self.last.setVisible(is_between)
        self.again.setVisible(bool(layers) and presenter.view == "sample")
        self.dots.setVisible(bool(layers) and presenter.view == "map")
        self._offer_pictures(is_shown=is_between)
        if layers:
            offer(self.layers, layer_rows(layers), presenter.path)
        with QSignalBlocker(self.last):
            self.last.setMaximum(self.pictures.maximum())
        self.last.show_number(presenter.last)
