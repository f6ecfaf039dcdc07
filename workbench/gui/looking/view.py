"""A window that shows a network one picture: of the data by its number, or one that another window asks about."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeySequence, QShortcut

from workbench.gui.forms.number_box import NumberBox
from workbench.gui.looking.network_window import NetworkWindow
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.panel import EmptyState, fill_window, heading, named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QComboBox, QWidget

    from workbench.events import AnyEvent
    from workbench.gui.experiment.networks import Networks
    from workbench.gui.looking.presenter import PicturePresenter
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.views.attention import OnePicture
    from workbench.session.views.insight import Insight
    from workbench.session.views.neighbours import Gallery
    from workbench.session.views.questions import Questions


class PictureWindow(NetworkWindow):
    """Its ``words`` say which picture is shown, ``pictures`` chooses one of the data; ``empty`` is there until there is
    an answer. Subclasses call ``_lay_out``.
    """

    presenter: PicturePresenter[Any]

    def __init__(
        self, parent: QWidget, title: str, icon: str, presenter: PicturePresenter[Any], pump: EventPump
    ) -> None:
        super().__init__(parent, title, pump)
        self.presenter = presenter
        self._gallery_number = self._number = 0
        self.words = heading(Qt.TextElideMode.ElideMiddle)  # the step is at its end
        self.pictures = named(NumberBox(0, 0, "The picture"), "Number of the picture")
        self.pictures.setToolTip("Number of the picture: step, or type one   Alt+Left, Alt+Right")
        self.pictures.valueChanged.connect(self.show_number)
        for keys, step in (("Alt+Left", -1), ("Alt+Right", 1)):
            QShortcut(QKeySequence(keys), self).activated.connect(lambda step=step: self._step_picture(step))
        self.empty = EmptyState(icon, *presenter.empty_words)

    def _lay_out(self, tools: Sequence[QWidget], content: QWidget, size: tuple[int, int], networks: Networks) -> None:
        """Lay out the tools and the content, and begin to follow."""
        self._pages = fill_window(self, Wrapped([self.words], tools), self.empty, content)
        self.resize(*size)
        self._show()
        self._follow(networks)

    # The network

    @abstractmethod
    def _questions(self, insight: Insight) -> Questions[Any, Any]:
        """Return what this window asks."""

    def _begin(self) -> None:
        self._gallery_number = self._number = 0
        self.presenter.begin(None if self._network is None else self._network.insight.weights)
        self._show()

    def _leave(self) -> None:
        if self._network is not None:
            self._questions(self._network.insight).cancel()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the pictures, and ask again when it is due."""
        assert self._network is not None
        insight = self._network.insight
        gallery = insight.gallery.newest(self._gallery_number)
        if gallery is not None:
            self._gallery_number = gallery[0]
            self.presenter.show_gallery(gallery[1])
            self._take_gallery(gallery[1])
        if gallery is not None or (insight.problem, self._doing) != (self.presenter.problem, self.presenter.doing):
            self.presenter.problem, self.presenter.doing = insight.problem, self._doing
            self._show()
        super().feed(events, state)

    def _take_gallery(self, gallery: Gallery) -> None:
        """Take the pictures of the data."""

    def _ask(self) -> None:
        question = None if self._network is None else self.presenter.take_question()
        if self._network is not None and question is not None:
            self.presenter.asked(self._questions(self._network.insight).ask(question))

    def _look(self) -> None:
        if self._network is None:
            return
        answer = self._questions(self._network.insight).answers.newest(self._number)
        if answer is not None:
            self._number = answer[0]
            if self.presenter.take_answer(*answer):
                self._changed()  # there may be more to ask once this is known

    # Choices

    def _changed(self) -> None:
        """Ask about and show what is chosen now."""
        self._ask()
        self._show()

    def _take(self, choose: Callable[..., None], *chosen: object) -> None:
        """Choose something, then ask about it and show it."""
        choose(*chosen)
        self._changed()

    def _let_choose(self, box: QComboBox, choose: Callable[[Any], None]) -> None:
        """Let the data of a box's rows be chosen."""
        box.activated.connect(lambda: self._take(choose, box.currentData()))

    def show_picture(self, picture: OnePicture) -> None:
        self._take(self.presenter.show_picture, picture)

    def show_number(self, number: int) -> None:
        """Show a picture of the data to the network, by its number."""
        if self.presenter.gallery is not None:
            self._take(self.presenter.show_number, number)

    def _step_picture(self, by: int) -> None:
        if self.pictures.isVisible():
            self.pictures.setValue(self.pictures.value() + by)

    # Showing

    def _show(self) -> None:
        """Show the presenter's answer, or what takes its place."""
        presenter = self.presenter
        self._pages.setCurrentIndex(1 if presenter.is_shown else 0)
        self.words.setText(presenter.words)
        self.empty.say(*presenter.empty_words)
        self._show_tools()
        if presenter.is_shown:
            self._show_answer()

    @abstractmethod
    def _show_tools(self) -> None:
        """Show what can be chosen."""

    @abstractmethod
    def _show_answer(self) -> None:
        """Show an answer."""

    def _offer_pictures(self, *, is_shown: bool) -> None:
        """Let a picture of the data be chosen, if there are any."""
        gallery, picture = self.presenter.gallery, self.presenter.picture
        self.pictures.setVisible(is_shown and gallery is not None and gallery.count > 0)
        if gallery is not None and gallery.count and picture is not None:
            is_numbered = picture.read is None and picture.split == gallery.split
            with QSignalBlocker(self.pictures):
                self.pictures.setRange(0 if is_numbered else -1, gallery.count - 1)
                self.pictures.setSpecialValueText("" if is_numbered else "–")
            self.pictures.show_number(picture.number if is_numbered else -1)
