"""The latent-space window: interpolate between two pictures, sample codes, or look at their plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from workbench.gui.forms.number_box import NumberBox
from workbench.gui.latent.presenter import VIEWS, LatentPresenter
from workbench.gui.latent.sheet import LatentSheet
from workbench.gui.looking.network_window import NetworkWindow
from workbench.gui.widgets import theme
from workbench.gui.widgets.class_colours import colour_key
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.panel import (
    ElidedLabel,
    EmptyState,
    choice,
    fill,
    named,
    spaced,
    styled,
    switch,
    text_button,
)
from workbench.layers.base import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.events import AnyEvent
    from workbench.gui.experiment.networks import Networks
    from workbench.gui.runtime.event_pump import EventPump

SIZE = (1040, 700)
LETTERS = 22


class LatentWindow(NetworkWindow):
    """Asks the network what codes decode to: at once, after each epoch of a run, and at its end."""

    presenter: LatentPresenter

    def __init__(self, parent: QWidget, pump: EventPump, networks: Networks) -> None:
        super().__init__(parent, "Latent space", pump)
        self.presenter = LatentPresenter()
        self._gallery_number = self._number = 0
        self.sheet = LatentSheet(self.presenter)
        self._make_tools()
        self.empty = EmptyState("spot", *self.presenter.empty_words)
        self._lay_out()
        self._show()
        self._follow(networks)

    def _make_tools(self) -> None:
        self.heading = styled(ElidedLabel(Qt.TextElideMode.ElideMiddle), "heading")
        self.heading.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.views = choice("What is decoded", 12, name="View")
        for view, (title, tip) in VIEWS.items():
            self.views.addItem(title, view)
            self.views.setItemData(self.views.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.views.activated.connect(self._choose_view)
        self.layers = choice("The layer whose output is the code: all paths to the picture pass through it", LETTERS)
        self.layers.activated.connect(lambda: self._ask_after(self.presenter.choose_layer, self.layers.currentData()))
        self.first, self.last = (
            named(NumberBox(0, 0, f"The {which} picture"), f"Number of the {which} picture")
            for which in ("first", "last")
        )
        for box in (self.first, self.last):
            box.valueChanged.connect(self._choose_ends)
        self.again = text_button("Draw again", "Decode other drawn codes")
        self.again.clicked.connect(lambda: self._ask_after(self.presenter.draw_again))
        self.dots = switch("Dots", "Draw where the codes of the data's pictures lie")
        self.dots.setChecked(True)
        self.dots.toggled.connect(self.sheet.show_dots)
        self.words = styled(QLabel(wordWrap=True), "small")
        self.key = styled(QLabel(wordWrap=True), "small")

    def _lay_out(self) -> None:
        tools = [self.views, self.first, self.last, self.again, self.dots, self.layers]
        top = Wrapped([self.heading], tools)
        top.setContentsMargins(0, 0, 0, 0)
        content, body = QWidget(), QWidget()
        fill(spaced(QVBoxLayout(content), theme.SPACE_S), self.words, (self.sheet, 1), self.key)
        self._pages = QStackedLayout(body)
        for page in (self.empty, content):
            self._pages.addWidget(page)
        fill(spaced(QVBoxLayout(self), theme.SPACE_S, *[theme.SPACE_M] * 4), top, (body, 1))
        self.resize(*SIZE)

    # The network

    def _begin(self) -> None:
        self._gallery_number = self._number = 0
        self.presenter.begin(None if self._network is None else self._network.insight.weights)
        self._show()

    def _leave(self) -> None:
        if self._network is not None:
            self._network.insight.cancel_latent()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the pictures, and ask again when it is due."""
        assert self._network is not None
        insight = self._network.insight
        gallery = insight.gallery.newest(self._gallery_number)
        if gallery is not None:
            self._gallery_number = gallery[0]
            self.presenter.show_gallery(gallery[1])
        if gallery is not None or insight.problem != self.presenter.problem:
            self.presenter.problem = insight.problem
            self._show()
        super().feed(events, state)

    def _ask(self) -> None:
        if self._network is None:
            return
        question = self.presenter.take_question()
        if question is not None:
            self.presenter.asked(self._network.insight.ask_latent(question))

    def _look(self) -> None:
        answer = None if self._network is None else self._network.insight.latent.newest(self._number)
        if answer is not None:
            self._number = answer[0]
            if self.presenter.take_answer(*answer):
                self._show()

    # Choices

    def _ask_after(self, choose: Callable[..., None], *chosen: object) -> None:
        choose(*chosen)
        self._ask()

    def _choose_view(self) -> None:
        self._ask_after(self.presenter.choose_view, self.views.currentData())
        self._show_tools()

    def _choose_ends(self) -> None:
        self._ask_after(self.presenter.choose_ends, self.first.value(), self.last.value())

    # Showing

    def _show(self) -> None:
        presenter = self.presenter
        self._pages.setCurrentIndex(1 if presenter.is_shown else 0)
        self.empty.say(*presenter.empty_words)
        self.heading.setText(presenter.heading)
        self._show_tools()
        if not presenter.is_shown:
            return
        self._offer_layers()
        self.words.setText(presenter.words)
        self.key.setText(colour_key(enumerate(presenter.class_names)))
        self.key.setVisible(bool(presenter.class_names))
        self.sheet.show_pictures()

    def _show_tools(self) -> None:
        presenter, gallery = self.presenter, self.presenter.gallery
        shown = {
            self.views: True,
            self.layers: len(presenter.layers) > 1,
            self.first: presenter.view == "between",
            self.last: presenter.view == "between",
            self.again: presenter.view == "sample",
            self.dots: presenter.view == "map",
        }
        for widget, is_shown in shown.items():
            widget.setVisible(is_shown and presenter.is_shown)
        for box, number in zip((self.first, self.last), presenter.ends, strict=True):
            with QSignalBlocker(box):
                box.setMaximum(0 if gallery is None else gallery.count - 1)
            box.show_number(number)

    def _offer_layers(self) -> None:
        layers, shown = self.presenter.layers, self.presenter.layer
        assert shown is not None
        if [self.layers.itemData(row) for row in range(self.layers.count())] != [each.path for each in layers]:
            self.layers.clear()
            for each in layers:
                self.layers.addItem(f"{each.path} · {each.type} {describe(each.shape)}", each.path)
        self.layers.setCurrentIndex(self.layers.findData(shown.path))
