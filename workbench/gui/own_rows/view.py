"""The window for rows of the user's own: a table with the network's answers, then the cells of the file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStackedLayout, QTableView, QVBoxLayout, QWidget

from workbench.gui.dialogs.file_dialogs import ask_to_open, ask_to_save
from workbench.gui.looking.looks import Looks
from workbench.gui.looking.network_window import NetworkWindow
from workbench.gui.own_rows.presenter import NO_NETWORK, OwnRowsPresenter
from workbench.gui.widgets import theme
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.panel import ElidedLabel, EmptyState, fill, icon_button, spaced, styled
from workbench.gui.widgets.selected_rows import selected_places
from workbench.gui.widgets.tables import LEFT, WIDEST, copies_rows, tabbed
from workbench.spec.problems import capitalised
from workbench.spec.words import ended

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

    from workbench.gui.experiment.networks import Networks
    from workbench.gui.runtime.event_pump import EventPump

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()

SIZE = (980, 560)
ROWS_MEASURED = 100
"""The rows whose texts decide how wide a column is."""


class AnswerModel(QAbstractTableModel):
    """The presenter's rows; a cell's text is made when it is seen."""

    def __init__(self, presenter: OwnRowsPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._shape: tuple[int, tuple[str, ...]] = (0, ())

    def show(self) -> None:
        """Show the presenter's answers. Where only these have changed, selection and place stay."""
        answer = self._presenter.answer
        shape = (0 if answer is None else len(answer), self._presenter.headings)
        if shape == self._shape:
            self.dataChanged.emit(self.index(0, 0), self.index(shape[0] - 1, len(shape[1]) - 1))
            return
        self.beginResetModel()
        self._shape = shape
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else self._shape[0]

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shape[1])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, also as its tooltip."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._presenter.cell(index.row(), index.column())
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's heading, or the row's number in the file."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._shape[1][section] if orientation == Qt.Orientation.Horizontal else section + 1


class AnswerTable(QTableView):
    """Shows the rows; those that are selected can be copied."""

    row_chosen = Signal()

    def __init__(self, presenter: OwnRowsPresenter, pump: EventPump) -> None:
        super().__init__()
        self._presenter, self._pump = presenter, pump
        self.rows = AnswerModel(presenter)
        self.setModel(self.rows)
        self.setAccessibleName("Rows with their answers")
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        header = self.horizontalHeader()
        header.setDefaultAlignment(LEFT)
        header.setHighlightSections(False)
        header.setMaximumSectionSize(WIDEST)
        header.setResizeContentsPrecision(ROWS_MEASURED)
        self.rows.modelReset.connect(self.resizeColumnsToContents)
        self.selectionModel().currentRowChanged.connect(self.row_chosen)
        self.rows.modelReset.connect(self.row_chosen)

    @property
    def current(self) -> int | None:
        """The current row."""
        index = self.currentIndex()
        return index.row() if index.isValid() else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not copies_rows(self, event, self._copy):
            super().keyPressEvent(event)

    def _copy(self) -> None:
        """Copy the selected rows, which may be a million, as they are now."""
        answer = self._presenter.answer
        assert answer is not None
        work = partial(tabbed, answer.lines(selected_places(self.selectionModel()).tolist()))
        self._pump.background("copy rows", work, QGuiApplication.clipboard().setText)


class OwnRowsWindow(NetworkWindow):
    """Asks the network about a table: when it is chosen, and after each epoch of a run, at a pause, and at its end."""

    presenter: OwnRowsPresenter

    saving = Signal(object, object)
    """Emitted with the path of a file and what makes its bytes."""

    def __init__(self, parent: QWidget, pump: EventPump, networks: Networks) -> None:
        super().__init__(parent, "Your own rows", pump)
        self.presenter = OwnRowsPresenter()
        self._number = 0
        self.words = styled(ElidedLabel(), "heading")
        self.words.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.looks = Looks(self, "current", lambda: self.presenter.one(self.table.current or 0))
        self.file = icon_button("open", "Table…")
        self.again = QPushButton("Read again")
        self.save = icon_button("save", "Save…")
        self._make_tools()
        self.table = AnswerTable(self.presenter, pump)
        self.table.row_chosen.connect(self._choose)
        self.table.doubleClicked.connect(lambda _: self.looks.why.click())
        self.empty = EmptyState("data", *NO_NETWORK)
        self.note = styled(ElidedLabel(), "small")
        body = QWidget()
        self._pages = QStackedLayout(body)
        for page in (self.empty, self.table):
            self._pages.addWidget(page)
        tools = Wrapped([self.words], [*self.looks.buttons, self.file, self.again, self.save])
        column = spaced(QVBoxLayout(self), theme.SPACE_M, *[theme.SPACE_M] * 4)
        fill(column, tools, (body, 1), self.note)
        self.resize(*SIZE)
        self.setAcceptDrops(True)
        self._show()
        self._follow(networks)

    def _make_tools(self) -> None:
        self.file.setToolTip("Choose a table: CSV, TSV, JSON lines or Parquet   Ctrl+O")
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
        kinds = f"Tables ({' '.join(f'*{suffix}' for suffix in SUFFIXES)})"
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
        """Accept one file."""
        if _local(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask about what is dropped."""
        path = _local(event.mimeData())
        assert path is not None
        self.choose(path)
        event.acceptProposedAction()

    # What is shown

    def _show(self) -> None:
        presenter = self.presenter
        self.words.setText(presenter.words)
        self.table.rows.show()
        self._pages.setCurrentIndex(int(presenter.has_rows))
        note = presenter.note if presenter.has_rows else ""
        self.note.setText(ended(capitalised(note)))
        self.note.setVisible(bool(note))
        self.again.setEnabled(presenter.path is not None)
        self.save.setEnabled(presenter.has_rows)
        self._offer()
        self._show_empty()

    def _offer(self) -> None:
        self.looks.offer(why=self.presenter.has_rows, attention=False, features=False)
        self.looks.enable(self.presenter.can_explain(self.table.current))

    def _choose(self) -> None:
        """Offer to explain the current row, and do where another window explains the one before."""
        self._offer()
        row = self.table.current
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
