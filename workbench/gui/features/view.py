"""The feature-maps window: all channels of a layer for one picture, one of them large, and what excites it the most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from workbench.gui.features.channel import ChannelView
from workbench.gui.features.channels import ChannelGrid
from workbench.gui.features.painting import ScaleBar
from workbench.gui.features.presenter import FeaturesPresenter
from workbench.gui.features.strongest import TILE, StrongestView
from workbench.gui.looking.presenter import layer_rows
from workbench.gui.looking.view import PictureWindow
from workbench.gui.widgets import theme
from workbench.gui.widgets.narrow import Sides
from workbench.gui.widgets.panel import choice, column_of, fill, offer, spaced, styled, switch
from workbench.gui.widgets.pictures import Images
from workbench.gui.widgets.progress_row import ProgressRow
from workbench.spec.quantities import numeral
from workbench.spec.words import several

if TYPE_CHECKING:
    from workbench.gui.experiment.networks import Networks
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.views.insight import Insight
    from workbench.session.views.neighbours import Gallery
    from workbench.session.views.questions import Questions

SIZE = (1040, 720)
SIDE = 400
LETTERS = 26

LAYER_TIP = "Layer whose maps are shown   Ctrl+PgUp, Ctrl+PgDown"
BY = ("By largest number", "By mean")


class FeaturesWindow(PictureWindow):
    """Asks the network for a layer's maps of a picture: at once, after each epoch of a run, and at its end."""

    presenter: FeaturesPresenter

    def __init__(self, parent: QWidget, pump: EventPump, networks: Networks) -> None:
        super().__init__(parent, "Feature maps", "filters", FeaturesPresenter(), pump)
        self._ranking_number = 0
        self._make_tools()
        self._make_channel()
        self._make_strongest()
        main = column_of(self.facts, (self.grid, 1), self.scale)
        self._lay_out([self.pictures, self.layers, self.one_scale], Sides(main, self._side(), SIDE), SIZE, networks)

    def _make_tools(self) -> None:
        self.layers = choice(LAYER_TIP, LETTERS, name="Layer")
        self._let_choose(self.layers, self.presenter.choose_layer)
        self.one_scale = switch("One scale", "Use one scale of colours for all channels instead of one each")
        self.one_scale.setChecked(self.presenter.one_scale)
        self.one_scale.toggled.connect(self._choose_scale)
        for keys, step in (("Ctrl+PgUp", -1), ("Ctrl+PgDown", 1)):
            QShortcut(QKeySequence(keys), self).activated.connect(lambda step=step: self._step_layer(step))

    def _make_channel(self) -> None:
        self.facts = styled(QLabel(wordWrap=True), "small")
        self.grid = ChannelGrid(self.presenter)
        self.grid.chosen.connect(self._choose_channel)
        self.scale = ScaleBar()
        self.channel = ChannelView(self.presenter)
        self.overlay = switch("Over the picture", "Draw the map over the picture instead of beside it")
        self.overlay.toggled.connect(self.channel.show_overlay)
        self.told = styled(QLabel(wordWrap=True), "small")

    def _make_strongest(self) -> None:
        self.wants_strongest = switch(
            "Strongest pictures",
            "Find the pictures that excite this channel the most, among all that are shown for the run",
        )
        self.wants_strongest.toggled.connect(self._want_strongest)
        self.by = choice("What pictures are compared by", 15)
        self.by.addItems(BY)
        self.by.activated.connect(self._choose_by)
        self.ranking = styled(QLabel(wordWrap=True), "small")
        self.progress = ProgressRow()
        self.progress.cancel.clicked.connect(self._cancel)
        self.images = Images(self, self._pump, longest=2 * TILE)
        self.strongest = StrongestView(self.presenter)
        self.strongest.chosen.connect(self.show_number)
        self.images.arrived.connect(self.strongest.viewport().update)

    def _side(self) -> QWidget:
        """Return the chosen channel, and below it the strongest pictures."""
        over = fill(spaced(QHBoxLayout(), theme.SPACE_S), (self.told, 1), self.overlay)
        found = fill(spaced(QHBoxLayout(), theme.SPACE_S), self.wants_strongest, None, self.by)
        shown = ((self.channel, 3), over, found, self.ranking, self.progress, (self.strongest, 4), None)
        return column_of(*shown)

    # The network

    def _begin(self) -> None:
        self._ranking_number = 0
        super()._begin()

    def _leave(self) -> None:
        super()._leave()
        if self._network is not None:
            self._network.insight.strongest.cancel()

    def _take_gallery(self, gallery: Gallery) -> None:
        if self.presenter.are_pictures:
            self.images.show(gallery.picture, gallery.shape)

    def _questions(self, insight: Insight) -> Questions[Any, Any]:
        return insight.features

    def _ask(self) -> None:
        super()._ask()
        path = None if self._network is None else self.presenter.take_ranking_question()
        if self._network is not None and path is not None:
            self.presenter.asked_ranking(self._network.insight.strongest.ask(path))

    def _look(self) -> None:
        super()._look()
        if self._network is None:
            return
        insight, presenter = self._network.insight, self.presenter
        ranking = insight.strongest.answers.newest(self._ranking_number)
        if ranking is not None:
            self._ranking_number = ranking[0]
            if presenter.take_ranking(*ranking):
                self._show_strongest()
        if presenter.awaits_ranking and insight.strongest.progress[1:] != presenter.ranked:
            presenter.ranked = insight.strongest.progress[1:]
            self._show_progress()

    # Choices

    def choose_layer(self, path: str) -> None:
        """Show the maps of this layer, or of the last within the block of this path."""
        self._take(self.presenter.choose_layer, path)

    def _step_layer(self, by: int) -> None:
        row = self.layers.currentIndex() + by
        if 0 <= row < self.layers.count():
            self.layers.setCurrentIndex(row)
            self.choose_layer(self.layers.currentData())

    def _choose_channel(self, channel: int) -> None:
        self.presenter.choose_channel(channel)
        self.grid.viewport().update()
        self._show_channel()

    def _choose_scale(self, one_scale: bool) -> None:
        self.presenter.one_scale = one_scale
        self._show()

    def _want_strongest(self, wants: bool) -> None:
        if not wants and self._network is not None:
            self._network.insight.strongest.cancel()
        self.presenter.show_strongest(wants)
        self._ask()
        self._show_strongest()

    def _choose_by(self, row: int) -> None:
        self.presenter.by_mean = row == 1
        self._show_strongest()

    def _cancel(self) -> None:
        self.wants_strongest.setChecked(False)

    # Showing

    def _show_tools(self) -> None:
        for widget in (self.layers, self.one_scale):
            widget.setVisible(self.presenter.is_shown)
        self._offer_pictures(is_shown=self.presenter.is_shown)

    def _show_answer(self) -> None:
        presenter = self.presenter
        offer(self.layers, layer_rows(presenter.layers), presenter.path)
        self.layers.setToolTip(f"{LAYER_TIP}\n{presenter.path}")
        self.facts.setText(presenter.facts)
        self.grid.show_channels()
        self._show_channel()

    def _show_channel(self) -> None:
        presenter = self.presenter
        largest = numeral(presenter.largest(presenter.number))
        self.scale.show_scale(f"−{largest}", largest)
        self.told.setText(presenter.told)
        self.overlay.setVisible(presenter.are_pictures and not presenter.is_vector)
        self.channel.setVisible(presenter.are_pictures or not presenter.is_vector)
        self.wants_strongest.setVisible(presenter.gallery is not None and presenter.gallery.count > 0)
        self.wants_strongest.setText(f"Strongest {several(presenter.thing)}")
        self.channel.show_channel()
        self._show_strongest()

    def _show_strongest(self) -> None:
        presenter = self.presenter
        self.by.setVisible(presenter.shows_strongest and presenter.is_shown and not presenter.is_vector)
        self.ranking.setText(presenter.ranking_words)
        self.ranking.setVisible(presenter.shows_strongest)
        self.strongest.setVisible(presenter.shows_strongest and presenter.are_pictures)
        if presenter.is_shown:
            self.strongest.show_strongest(self.images)
        self._show_progress()

    def _show_progress(self) -> None:
        done, total = self.presenter.ranked
        self.progress.setVisible(self.presenter.awaits_ranking)
        self.progress.show_progress("Comparing pictures", done, total)
