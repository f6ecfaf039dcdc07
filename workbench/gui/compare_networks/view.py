"""The window that compares networks: the choice of the other network, the sums, and a row for each node."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from workbench.gui.compare_networks.presenter import COSTS, MEANINGS, Line, lines_of, sentence_of, totals_of
from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.dialogs.file_dialogs import ask_to_open
from workbench.gui.experiment.document import Document
from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.panel import EmptyState, fill, restyle, stacked, styled
from workbench.gui.widgets.tables import RIGHT
from workbench.session.editing.comparing import compare_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.compiler.diff import Difference, Mark

SIZE = (1320, 680)
CHANGES = 5
"""The column that takes the remaining width."""


class CompareNetworksWindow(Dialog):
    """Compares the document, in its state when another network is chosen, with that network."""

    node_pressed = Signal(object)
    """Emitted with the names that lead to a node of the document, and its own."""

    def __init__(
        self, parent: QWidget, document: Document, pump: EventPump, presets: Mapping[str, Mapping[str, str]]
    ) -> None:
        super().__init__(parent, "Compare")
        self.difference: Difference | None = None
        self._document = document
        self._comparisons = Newest(pump)
        self.choose = styled(QPushButton("Compare with…"), "primary")
        self.choose.setMenu(self._menu(presets))
        self.all_nodes = QCheckBox("Also show what is the same")
        self.all_nodes.toggled.connect(self._show)
        self.words = QLabel(wordWrap=True)
        self.totals = Totals()
        self.tree = styled(QTreeWidget(), "table")
        self.empty = EmptyState("layers", "Nothing to compare with yet", "Choose a preset or file above.")
        self._lay_out()
        theme.changed.connect(self._show)

    def _menu(self, presets: Mapping[str, Mapping[str, str]]) -> QMenu:
        menu = QMenu(self)
        menu.addAction("A file…", self._choose_file)
        menu.addSeparator()
        for group, titles in presets.items():
            submenu = menu.addMenu(group)
            for name, title in titles.items():
                submenu.addAction(title, partial(self.compare, name))
        return menu

    def _lay_out(self) -> None:
        tree = self.tree
        tree.setHeaderLabels(["", "Before", "Output", "After", "Output", "Differences", *COSTS])
        for number in range(CHANGES + 1, tree.columnCount()):
            tree.headerItem().setTextAlignment(number, RIGHT)
        tree.setAccessibleName("Nodes of both networks")
        tree.setRootIsDecorated(False)
        tree.setIndentation(0)
        tree.setUniformRowHeights(True)
        tree.itemActivated.connect(self._press)
        head = fill(QHBoxLayout(), self.choose, (self.words, 1), self.all_nodes)
        self._body = stacked(self.empty, tree)
        fill(self.make_column(), head, self.totals, (self._body, 1))
        self.resize(*SIZE)
        self.all_nodes.setEnabled(False)
        self.totals.hide()

    # Choice

    def _choose_file(self) -> None:
        path = ask_to_open(self, "Compare with", self._document.folder, "Networks (*.json)")
        if path is not None:
            self.compare(path)

    def compare(self, other: str | Path) -> None:
        """Compare the document with this preset or file; only the last request is shown."""
        work = partial(compare_with, other, self._document.experiment.architecture)
        self._comparisons.background("compare", work, self._take, self._fail)

    def _take(self, difference: Difference) -> None:
        self.difference = difference
        self.all_nodes.setEnabled(True)
        self._show()

    def _fail(self, error: Exception) -> None:
        self.difference = None
        self.empty.say("These two cannot be compared", sentence(error))
        self._show()

    # Display

    def _show(self) -> None:
        difference = self.difference
        self._body.setCurrentWidget(self.empty if difference is None else self.tree)
        self.totals.setVisible(difference is not None)
        self.tree.clear()
        self.words.clear()
        if difference is None:
            return
        self.words.setText(sentence_of(difference))
        restyle(self.words, "warning" if any(difference.problems) else "muted")
        self.totals.show_difference(difference)
        for line in lines_of(difference, all_nodes=self.all_nodes.isChecked()):
            self.tree.addTopLevelItem(_item(line))
        for column in range(self.tree.columnCount()):
            self.tree.resizeColumnToContents(column)
            self.tree.setColumnWidth(column, self.tree.columnWidth(column) + theme.SPACE_M)
        self.tree.header().setSectionResizeMode(CHANGES, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setStretchLastSection(False)

    def _press(self, item: QTreeWidgetItem) -> None:
        line: Line = item.data(0, Qt.ItemDataRole.UserRole)
        if line.mark != "removed" and self.difference is not None:
            self.node_pressed.emit(line.path)


class Totals(QWidget):
    """The costs of both networks, side by side."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SPACE_XL)
        grid.setVerticalSpacing(theme.SPACE_XS)
        self.cells = [[QLabel() for _ in range(4)] for _ in range(1 + len(COSTS))]
        for row, labels in enumerate(self.cells):
            for column, label in enumerate(labels):
                label.setProperty("role", "heading" if not row else "muted" if not column else "")
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                grid.addWidget(label, row, column, RIGHT if column else Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(4, 1)

    def show_difference(self, difference: Difference) -> None:
        """Show the sums of a comparison."""
        heads = ("", f"Before: {difference.names[0]}", f"After: {difference.names[1]}", "Difference")
        rows = [(total.name, total.before, total.after, total.difference) for total in totals_of(difference)]
        for labels, texts in zip(self.cells, [heads, *rows], strict=True):
            for label, text in zip(labels, texts, strict=True):
                label.setText(text)


def _item(line: Line) -> QTreeWidgetItem:
    indent = "     " * line.depth
    names = [indent + name if name else "" for name, _ in (line.before, line.after)]
    item = QTreeWidgetItem([line.sign, names[0], line.before[1], names[1], line.after[1], line.changes, *line.costs])
    item.setData(0, Qt.ItemDataRole.UserRole, line)
    item.setToolTip(0, MEANINGS[line.mark])
    for column in range(1, CHANGES + 1):
        item.setToolTip(column, item.text(column).strip())
    for column in range(CHANGES + 1, item.columnCount()):
        item.setTextAlignment(column, RIGHT)
    item.setForeground(0, theme.colour(_colour(line.mark)))
    item.setFont(0, theme.font(theme.TEXT_HEADING, QFont.Weight.Bold))
    if line.mark in ("same", "affected"):
        for column in range(1, item.columnCount()):
            item.setForeground(column, theme.colour(theme.current().text_muted))
    return item


def _colour(mark: Mark) -> str:
    tokens = theme.current()
    return {"added": tokens.success, "removed": tokens.danger, "changed": tokens.accent}.get(mark, tokens.text_muted)
