"""The window of a sweep: a row for each setting and its values, and the number of runs that they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.experiment.document import Document
from workbench.gui.experiment.selected import Selected
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.sweep.presenter import Row, SweepPresenter
from workbench.gui.sweep.row import SweepRow
from workbench.gui.sweep.settings import found
from workbench.gui.widgets import theme
from workbench.gui.widgets.narrow import Scrolled
from workbench.gui.widgets.panel import clear, fill, icon_button, named, restyle, spaced, styled
from workbench.gui.widgets.search_box import SearchBox
from workbench.session.editing.sweeping import SweepChecker

SIZE = (680, 400)
SHARES = (2, 3)
"""Of the width, which the settings and their values get."""

ABOUT = "One run for each combination of the values, separated by commas. All else stays as it is."


class SweepWindow(Dialog):
    """Sweeps the document as it is now; ``rows`` are those of an earlier sweep."""

    wanted = Signal(object)
    """Emitted with the runs to add to the queue; each of them can run."""

    def __init__(
        self,
        parent: QWidget,
        pump: EventPump,
        document: Document,
        selected: Callable[[], Selected],
        rows: Sequence[Row],
    ) -> None:
        super().__init__(parent, "Add a sweep to the queue")
        self.presenter = SweepPresenter(document.experiment, selected(), rows)
        self.checker = SweepChecker()
        self.rows: list[SweepRow] = []
        self._pump, self._document, self._selected = pump, document, selected
        self.more = icon_button("plus", "Add a setting")
        self.more.clicked.connect(self._add_row)
        self.words = named(QLabel(wordWrap=True), "What is added")
        self.add = styled(QPushButton(default=True), "primary")
        self.add.clicked.connect(self._add)
        self.leave = QPushButton("Close")
        self.leave.clicked.connect(self.close)
        self._lay_out()
        self.search = SearchBox(self)
        self._forget = document.listen(lambda *_: self._follow())
        pump.ticked.connect(self._take)
        self.finished.connect(self._end)
        self._rebuild()
        self._enter(0)

    def _lay_out(self) -> None:
        content = QWidget()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.SPACE_S)
        self._grid.setVerticalSpacing(theme.SPACE_XS)
        for column, share in enumerate(SHARES):
            self._grid.setColumnStretch(column, share)
        more = fill(QHBoxLayout(), self.more, None)
        fill(spaced(QVBoxLayout(content), theme.SPACE_S), self._grid, more, None)
        self._area = Scrolled(content)
        about = styled(QLabel(ABOUT, wordWrap=True), "muted")
        buttons = fill(QHBoxLayout(), None, self.leave, self.add)
        fill(self.make_column(), about, (self._area, 1), self.words, buttons)
        self.resize(*SIZE)

    def _rebuild(self) -> None:
        """Show the rows anew, after one came or went."""
        clear(self._grid)
        self.rows = [self._made(place) for place in range(len(self.presenter.rows))]
        headings = [styled(QLabel(text), "small") for text in ("Setting", "Values")]
        for number, widgets in enumerate([headings, *(row.widgets for row in self.rows)]):
            for column, widget in enumerate(widgets):
                self._grid.addWidget(widget, number, column)
                widget.show()  # now, so that a row just added has a place
        in_order = [widget for row in self.rows for widget in row.widgets] + [self.more, self.add, self.leave]
        for before, after in pairwise(in_order):
            self.setTabOrder(before, after)
        self._show()
        self._ask()

    def _made(self, place: int) -> SweepRow:
        row = SweepRow()
        row.choose.clicked.connect(lambda: self._search(place))
        row.line.textEdited.connect(lambda text: self._type(place, text))
        row.suggest.clicked.connect(lambda: self._suggest(place))
        row.remove.clicked.connect(lambda: self._remove_row(place))
        return row

    def _show(self) -> None:
        for place, row in enumerate(self.rows):
            setting = self.presenter.setting(place)
            row.show_row(setting, self.presenter.rows[place].text, self.presenter.suggestion(place))
            row.remove.setEnabled(len(self.rows) > 1)
        self._show_words()

    def _show_words(self) -> None:
        words, role = self.presenter.words()
        self.words.setText(words)
        restyle(self.words, role)
        self.add.setText(self.presenter.button())
        self.add.setEnabled(not self.presenter.refusal and not self.presenter.is_adding)

    # The rows

    def _add_row(self) -> None:
        self.presenter.add()
        self._rebuild()
        self._search(len(self.rows) - 1)

    def _remove_row(self, place: int) -> None:
        self.presenter.remove(place)
        self._rebuild()
        self._enter(min(place, len(self.rows) - 1))

    def _search(self, place: int) -> None:
        """Let the user choose the setting of a row."""
        self._area.ensureWidgetVisible(self.rows[place].choose)
        find = partial(found, tuple(self.presenter.settings.values()))
        self.search.open_beside(self.rows[place].choose, "Setting", find, lambda path: self._choose(place, path))

    def _choose(self, place: int, path: str) -> None:
        self.presenter.choose(place, path)
        self._show()
        self._ask()
        self._enter(place)

    def _enter(self, place: int) -> None:
        """Let the user type the values of a row."""
        self.rows[place].line.setFocus()
        self.rows[place].line.selectAll()

    def _type(self, place: int, text: str) -> None:
        self.presenter.type(place, text)
        self._show_words()
        self._ask()

    def _suggest(self, place: int) -> None:
        self.presenter.type(place, self.presenter.suggestion(place))
        self._show()
        self._ask()

    def _follow(self) -> None:
        """Sweep the document in its new state."""
        before = self.presenter.rows
        self.presenter.show_experiment(self._document.experiment, self._selected())
        if self.presenter.rows != before:
            self._rebuild()
        else:
            self._show()
            self._ask()

    # The checks

    def _ask(self) -> None:
        """Check the runs, unless it is known already that something is wrong."""
        if self.presenter.asked is not None:
            self.checker.ask(self.presenter.asked)

    def _take(self) -> None:
        """At each tick: show what the checks have found, and add the runs if that is wanted."""
        checked = self.checker.take()
        if checked is None:
            return
        self.presenter.checked = checked
        if self.presenter.is_adding:
            self.presenter.is_adding = False
            self._add()
        self._show_words()

    def _add(self) -> None:
        """Add the runs, or do so once they are checked."""
        checked = self.presenter.checked
        if checked is None:
            self.presenter.is_adding = True
            self._show_words()
        elif checked.runs:
            self.wanted.emit(checked.runs)
            self.close()

    def _end(self) -> None:
        """End the checks, and wait for that in the background."""
        self._forget()
        self._pump.ticked.disconnect(self._take)
        self._pump.background("end the checks of a sweep", self.checker.close, lambda _: None)
