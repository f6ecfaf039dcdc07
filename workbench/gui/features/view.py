"""The feature-maps window: all channels of a layer for one picture, one of them large, and what excites it the most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.features.channel import ChannelView
from workbench.gui.features.channels import ChannelGrid
from workbench.gui.features.painting import ScaleBar
from workbench.gui.features.presenter import FeaturesPresenter, say
from workbench.gui.features.strongest import TILE, StrongestView
from workbench.gui.forms.number_box import NumberBox
from workbench.gui.widgets import theme
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.panel import (
    ElidedLabel,
    EmptyState,
    choice,
    fill,
    fill_window,
    named,
    spaced,
    styled,
    switch,
)
from workbench.gui.widgets.pictures import Images
from workbench.gui.widgets.progress_row import ProgressRow
from workbench.layers.base import describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.events import AnyEvent
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.running.run import Run
    from workbench.session.views.attention import OnePicture

SIZE = (1040, 700)
SIDE = 400
LETTERS = 26

LAYER_TIP = "Layer whose maps are shown   Ctrl+PgUp, Ctrl+PgDown"
BY = ("By largest number", "By mean")


class FeaturesWindow(Dialog):
    """Asks the followed run's network for a layer's maps of a picture: at once, after each epoch, and at the end."""

    def __init__(self, parent: QWidget, pump: EventPump) -> None:
        super().__init__(parent, "Feature maps")
        self.presenter = FeaturesPresenter()
        self._run: Run | None = None
        self._gallery_number = self._number = self._ranking_number = 0
        self._pump = pump
        self._make_tools()
        self._make_channel()
        self._make_strongest()
        self.empty = EmptyState("filters", *self.presenter.empty_words)
        self._lay_out()
        self._show()
        self.finished.connect(self.stop)
        pump.add(self, until=self.finished)
        pump.ticked.connect(self._look)

    def _make_tools(self) -> None:
        self.words = styled(ElidedLabel(Qt.TextElideMode.ElideMiddle), "heading")  # the step is at its end
        self.words.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.pictures = named(NumberBox(0, 0, "The picture"), "Number of the picture")
        self.pictures.setToolTip("Number of the picture: step, or type one   Alt+Left, Alt+Right")
        self.pictures.valueChanged.connect(self._choose_number)
        self.layers = choice(LAYER_TIP, LETTERS, name="Layer")
        self.layers.activated.connect(lambda: self.choose_layer(self.layers.currentData()))
        self.one_scale = switch("One scale", "Use one scale of colours for all channels instead of one each")
        self.one_scale.setChecked(self.presenter.one_scale)
        self.one_scale.toggled.connect(self._choose_scale)
        for keys, step in (("Alt+Left", -1), ("Alt+Right", 1)):
            QShortcut(QKeySequence(keys), self).activated.connect(lambda step=step: self._step_picture(step))
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

    def _lay_out(self) -> None:
        top = Wrapped([self.words], [self.pictures, self.layers, self.one_scale])
        top.setContentsMargins(0, 0, 0, 0)
        main, side = QWidget(), QWidget()
        fill(spaced(QVBoxLayout(main), theme.SPACE_S), self.facts, (self.grid, 1), self.scale)
        over = fill(spaced(QHBoxLayout(), theme.SPACE_S), (self.told, 1), self.overlay)
        found = fill(spaced(QHBoxLayout(), theme.SPACE_S), self.wants_strongest, None, self.by)
        column = spaced(QVBoxLayout(side), theme.SPACE_S, theme.SPACE_M)
        fill(column, (self.channel, 3), over, found, self.ranking, self.progress, (self.strongest, 4), None)
        self.resize(*SIZE)
        self._pages = fill_window(self, top, self.empty, main, side, SIDE)

    # Listener

    def begin(self, run: Run) -> None:
        """Follow another run, which has other pictures."""
        self._run, self._gallery_number, self._number, self._ranking_number = run, 0, 0, 0
        self.presenter.begin()
        self._show()

    def clear(self) -> None:
        """Stop following the run."""
        self._run = None
        self.presenter.begin()
        self._show()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the pictures, and ask again when it is due."""
        assert self._run is not None
        gallery = self._run.insight.gallery.newest(self._gallery_number)
        if gallery is not None:
            self._gallery_number = gallery[0]
            self.presenter.show_gallery(gallery[1])
            if len(gallery[1].shape) == 3:
                self.images.show(gallery[1].picture, gallery[1].shape)
        self.presenter.feed(events, state)
        self._ask()

    def _ask(self) -> None:
        if self._run is None:
            return
        question = self.presenter.take_question()
        if question is not None:
            self.presenter.asked(self._run.insight.ask_features(question))
        path = self.presenter.take_ranking_question()
        if path is not None:
            self.presenter.asked_ranking(self._run.insight.ask_strongest(path))

    def _look(self) -> None:
        """At each tick: take the newest answers, for whoever clicks waits for nobody's turn."""
        if self._run is None:
            return
        insight, presenter = self._run.insight, self.presenter
        answer = insight.features.newest(self._number)
        if answer is not None:
            self._number = answer[0]
            if presenter.take_answer(*answer):
                self._ask()
                self._show()
        ranking = insight.strongest.newest(self._ranking_number)
        if ranking is not None:
            self._ranking_number = ranking[0]
            if presenter.take_ranking(*ranking):
                self._show_strongest()
        if presenter.awaits_ranking and insight.ranked[1:] != presenter.ranked:
            presenter.ranked = insight.ranked[1:]
            self._show_progress()

    # Choices

    def show_picture(self, picture: OnePicture) -> None:
        """Show the maps of a picture of the followed run."""
        self.presenter.show_picture(picture)
        self._ask()
        self._show()

    def show_number(self, number: int) -> None:
        """Show the maps of a picture of those shown for the run, by its number."""
        if self.presenter.gallery is not None:
            self.presenter.show_number(number)
            self._ask()
            self._show()

    def choose_layer(self, path: str) -> None:
        """Show the maps of this layer, or of the last within the block of this path."""
        self.presenter.choose_layer(path)
        self._ask()

    def _choose_number(self, number: int) -> None:
        self.show_number(number)

    def _step_picture(self, by: int) -> None:
        self.pictures.setValue(self.pictures.value() + by)

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
        if self._run is not None and not wants:
            self._run.insight.cancel_strongest()
        self.presenter.show_strongest(wants)
        self._ask()
        self._show_strongest()

    def _choose_by(self, row: int) -> None:
        self.presenter.by_mean = row == 1
        self._show_strongest()

    def _cancel(self) -> None:
        self.wants_strongest.setChecked(False)

    # Showing

    def _show(self) -> None:
        presenter = self.presenter
        self._pages.setCurrentIndex(1 if presenter.is_shown else 0)
        self.words.setText(presenter.words)
        self.empty.say(*presenter.empty_words)
        for widget in (self.layers, self.one_scale):
            widget.setVisible(presenter.is_shown)
        self.pictures.setVisible(presenter.is_shown and presenter.gallery is not None)
        if not presenter.is_shown:
            return
        self._offer_pictures()
        self._offer_layers()
        self.facts.setText(presenter.facts)
        self.grid.show_channels()
        self._show_channel()

    def _offer_pictures(self) -> None:
        gallery, picture = self.presenter.gallery, self.presenter.picture
        if gallery is not None and picture is not None:
            with QSignalBlocker(self.pictures):
                self.pictures.setMaximum(gallery.count - 1)
            if picture.read is None and picture.split == gallery.split:
                self.pictures.show_number(picture.number)

    def _offer_layers(self) -> None:
        layers, shown = self.presenter.layers, self.presenter.layer
        assert shown is not None
        if [self.layers.itemData(row) for row in range(self.layers.count())] != [each.path for each in layers]:
            self.layers.clear()
            for each in layers:
                self.layers.addItem(f"{each.path} · {each.type} {describe(each.shape)}", each.path)
        self.layers.setCurrentIndex(self.layers.findData(shown.path))
        self.layers.setToolTip(f"{LAYER_TIP}\n{shown.path}")

    def _show_channel(self) -> None:
        presenter = self.presenter
        largest = say(presenter.largest(presenter.number))
        self.scale.show_scale(f"−{largest}", largest)
        self.told.setText(presenter.told)
        self.overlay.setVisible(not presenter.is_vector)
        self.channel.setVisible(presenter.are_pictures or not presenter.is_vector)
        self.wants_strongest.setText("Strongest pictures" if presenter.are_pictures else "Strongest rows")
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

    def stop(self) -> None:
        """Cancel what is being computed, and stop listening."""
        if self._run is not None:
            self._run.insight.cancel_strongest()
        self._run = None
        self._pump.ticked.disconnect(self._look)
