"""The window for rows of the user's own: a table with the network's answers, then the cells of the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from workbench.gui.dialogs.file_dialogs import ask_to_open, ask_to_save
from workbench.gui.looking.looks import Looks
from workbench.gui.looking.network_window import NetworkWindow
from workbench.gui.own_rows.presenter import NO_NETWORK, OwnRowsPresenter
from workbench.gui.widgets import theme
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.panel import ElidedLabel, EmptyState, fill, heading, icon_button, spaced, stacked, styled
from workbench.gui.widgets.row_table import RowTable
from workbench.spec.problems import capitalised
from workbench.spec.words import ended

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

    from workbench.gui.experiment.networks import Networks
    from workbench.gui.runtime.event_pump import EventPump

SIZE = (980, 560)


class OwnRowsWindow(NetworkWindow):
    """Asks the network about a table: when it is chosen, and after each epoch of a run, at a pause, and at its end."""

    presenter: OwnRowsPresenter

    saving = Signal(object, object)
    """Emitted with the path of a file and what makes its bytes."""

    def __init__(self, parent: QWidget, pump: EventPump, networks: Networks) -> None:
        super().__init__(parent, "Your own rows", pump)
        self.presenter = OwnRowsPresenter()
        self._number = 0
        self.words = heading()
        self.looks = Looks(self, "chosen", lambda: self.presenter.one(self.table.selection[0]))
        self.file = icon_button("open", "Table…")
        self.again = QPushButton("Read again")
        self.save = icon_button("save", "Save…")
        self._make_tools()
        self.table = RowTable(self.presenter, pump)
        self.table.selection_changed.connect(self._choose)
        self.table.copying.connect(self._say)
        self.table.doubleClicked.connect(lambda _: self.looks.why.click())
        self.empty = EmptyState("data", *NO_NETWORK)
        self.note = styled(ElidedLabel(), "small")
        self._pages = stacked(self.empty, self.table)
        tools = Wrapped([self.words], [*self.looks.buttons, self.file, self.again, self.save])
        column = spaced(QVBoxLayout(self), theme.SPACE_M, *[theme.SPACE_M] * 4)
        fill(column, tools, (self._pages, 1), self.note)
        self.resize(*SIZE)
        self.setAcceptDrops(True)
        self._show()
        self._follow(networks)

    def _make_tools(self) -> None:
        self.file.setToolTip("Choose a table: CSV, TSV, JSON lines or Parquet; or series: .npz   Ctrl+O")
        self.again.setToolTip("Read the file again, after you have changed it   F5")
        self.save.setToolTip("Save all rows with their answers as a CSV file   Ctrl+S")
        self.file.clicked.connect(self._ask_for_file)
        self.again.clicked.connect(self._read_again)
        self.save.clicked.connect(self._save)
        for keys, button in (("Ctrl+O", self.file), ("F5", self.again), ("Ctrl+S", self.save)):
            QShortcut(QKeySequence(keys), self).activated.connect(button.click)

    # The network

    def _begin(self) -> None:
        self._number = 0
        self.presenter.begin("" if self._network is None else self._network.insight.weights)
        self._show()

    def _leave(self) -> None:
        if self._network is not None:
            self._network.insight.rows.cancel()

    def _ask(self) -> None:
        question = None if self._network is None else self.presenter.take_question()
        if self._network is not None and question is not None:
            self.presenter.asked(self._network.insight.rows.ask(question))

    def _look(self) -> None:
        newest = None if self._network is None else self._network.insight.rows.answers.newest(self._number)
        if newest is not None:
            self._number = newest[0]
        if newest is not None and self.presenter.take_answer(*newest):
            self._show()
        elif not self._pages.currentIndex():
            self._show_empty()

    # The table

    def _ask_for_file(self) -> None:
        from workbench.data.tables.rows import SUFFIXES

        start = "" if self.presenter.path is None else self.presenter.path.parent
        kinds = f"Tables and series ({' '.join(f'*{suffix}' for suffix in (*SUFFIXES, '.npz'))})"
        path = ask_to_open(self, "Choose a table", start, kinds)
        if path is not None:
            self.choose(path)

    def choose(self, path: Path) -> None:
        """Ask about the rows of this file."""
        self.presenter.choose(path)
        self._ask()
        self._show()

    def _read_again(self) -> None:
        self.presenter.read_again()
        self._ask()
        self._show()

    def _save(self) -> None:
        answer, path = self.presenter.answer, self.presenter.path
        assert answer is not None and path is not None
        chosen = ask_to_save(self, "Save the answers", path.with_name(f"{path.stem}-answers.csv"), {".csv": "CSV"})
        if chosen is not None:
            self.saving.emit(chosen, answer.as_csv)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _local(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _local(event.mimeData())
        assert path is not None
        self.choose(path)
        event.acceptProposedAction()

    # What is shown

    def _show(self) -> None:
        presenter = self.presenter
        self.words.setText(presenter.words)
        if presenter.answer is not None and presenter.has_rows:
            self.table.rows.show_rows(np.arange(len(presenter.answer)))
        else:
            self.table.rows.clear()
        self._pages.setCurrentIndex(int(presenter.has_rows))
        self._say(presenter.note if presenter.has_rows else "")
        self.again.setEnabled(presenter.path is not None)
        self.save.setEnabled(presenter.has_rows)
        self._offer()
        self._show_empty()

    def _say(self, note: str) -> None:
        self.note.setText(ended(capitalised(note)))
        self.note.setVisible(bool(note))

    def _offer(self) -> None:
        self.looks.offer(why=self.presenter.has_rows, attention=False, features=False)
        self.looks.enable(self.presenter.can_explain(next(iter(self.table.selection), None)))

    def _choose(self) -> None:
        """Offer to explain the chosen row, and do where another window explains the one before."""
        self._offer()
        row = next(iter(self.table.selection), None)
        if row is not None and self.presenter.can_explain(row):
            self.looks.picture_chosen.emit(self.presenter.one(row))

    def _show_empty(self) -> None:
        insight = None if self._network is None else self._network.insight
        why_not = "" if insight is None else insight.why_no_rows or insight.problem
        heading, sentence = self.presenter.empty_words(why_not, has_network=insight is not None)
        sentence = f"{ended(capitalised(sentence))} {self._doing}".rstrip()
        if (heading, sentence) != self.empty.said:
            self.empty.say(heading, sentence)


def _local(dragged: QMimeData) -> Path | None:
    """Return the file that is dragged, if it is one."""
    paths = [url.toLocalFile() for url in dragged.urls() if url.isLocalFile()]
    return Path(paths[0]) if len(paths) == 1 else None
