"""The latent-space window: interpolate between two pictures, sample codes, or look at their plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QLabel, QStackedLayout, QVBoxLayout, QWidget

from workbench.gui.forms.number_box import NumberBox
from workbench.gui.latent.presenter import VIEWS, LatentPresenter
from workbench.gui.latent.sheet import LatentSheet
from workbench.gui.looking.view import PictureWindow
from workbench.gui.widgets import theme
from workbench.gui.widgets.class_colours import colour_key
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.panel import (
    EmptyState,
    choice,
    fill,
    named,
    offer,
    spaced,
    styled,
    switch,
    text_button,
)
from workbench.layers.base import describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.gui.experiment.networks import Networks
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.slot import LatestSlot
    from workbench.session.views.insight import Insight

SIZE = (1040, 700)
LETTERS = 22


class LatentWindow(PictureWindow):
    """Asks the network what codes decode to: at once, after each epoch of a run, and at its end."""

    presenter: LatentPresenter

    def __init__(self, parent: QWidget, pump: EventPump, networks: Networks) -> None:
        super().__init__(parent, "Latent space", pump)
        self.presenter = LatentPresenter()
        self.sheet = LatentSheet(self.presenter)
        self._make_tools()
        self.empty = EmptyState("spot", *self.presenter.empty_words)
        self._lay_out()
        self._show()
        self._follow(networks)

    def _make_tools(self) -> None:
        self.views = choice("What is decoded", 12, name="View")
        for view, (title, tip) in VIEWS.items():
            self.views.addItem(title, view)
            self.views.setItemData(self.views.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.views.activated.connect(self._choose_view)
        self.layers = choice("The layer whose output is the code: all paths to the picture pass through it", LETTERS)
        self.layers.activated.connect(lambda: self._ask_after(self.presenter.choose_layer, self.layers.currentData()))
        named(self.pictures, "Number of the first picture")
        self.last = named(NumberBox(0, 0, "The last picture"), "Number of the last picture")
        self.last.valueChanged.connect(lambda number: self._ask_after(self.presenter.choose_last, number))
        self.again = text_button("Draw again", "Decode other drawn codes")
        self.again.clicked.connect(lambda: self._ask_after(self.presenter.draw_again))
        self.dots = switch("Dots", "Draw where the codes of the data's pictures lie")
        self.dots.setChecked(True)
        self.dots.toggled.connect(self.sheet.show_dots)
        self.told = styled(QLabel(wordWrap=True), "small")
        self.key = styled(QLabel(wordWrap=True), "small")

    def _lay_out(self) -> None:
        tools = [self.views, self.pictures, self.last, self.again, self.dots, self.layers]
        top = Wrapped([self.words], tools)
        top.setContentsMargins(0, 0, 0, 0)
        content, body = QWidget(), QWidget()
        fill(spaced(QVBoxLayout(content), theme.SPACE_S), self.told, (self.sheet, 1), self.key)
        self._pages = QStackedLayout(body)
        for page in (self.empty, content):
            self._pages.addWidget(page)
        fill(spaced(QVBoxLayout(self), theme.SPACE_S, *[theme.SPACE_M] * 4), top, (body, 1))
        self.resize(*SIZE)

    # The network

    def _leave(self) -> None:
        if self._network is not None:
            self._network.insight.cancel_latent()

    def _channel(self, insight: Insight) -> tuple[Callable[[Any], int], LatestSlot[Any]]:
        return insight.ask_latent, insight.latent

    # Choices

    def _ask_after(self, choose: Callable[..., None], *chosen: object) -> None:
        choose(*chosen)
        self._ask()

    def _choose_view(self) -> None:
        self._ask_after(self.presenter.choose_view, self.views.currentData())
        self._show_tools()

    # Showing

    def _show(self) -> None:
        presenter = self.presenter
        self._pages.setCurrentIndex(1 if presenter.is_shown else 0)
        self.empty.say(*presenter.empty_words)
        self.words.setText(presenter.words)
        self._show_tools()
        if not presenter.is_shown:
            return
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
            rows = [(each.path, f"{each.path} · {each.type} {describe(each.shape)}") for each in layers]
            offer(self.layers, rows, presenter.path)
        with QSignalBlocker(self.last):
            self.last.setMaximum(self.pictures.maximum())
        self.last.show_number(presenter.last)
