"""The window that compares runs: a legend, the loss and a measure side by side or results against cost, and a row for
each group.
"""

import html
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, Qt, Signal
from PySide6.QtGui import QCursor, QGuiApplication, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QPushButton,
    QSplitter,
    QTableWidgetItem,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.compare_runs.chart import GroupChart, colour_of, mark_of, patch_of
from workbench.gui.compare_runs.presenter import OF_STEPS, ComparedRuns, Curve, Split, reach, read_step_curves
from workbench.gui.compare_runs.tradeoff_page import TradeoffPage
from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.dialogs.file_dialogs import ask_to_save
from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.narrow import Beside, Scrolled
from workbench.gui.widgets.panel import EmptyState, fill, named, on_surface, spaced, stacked, styled
from workbench.gui.widgets.tables import LEFT, RIGHT, Table, lay_out
from workbench.gui.widgets.widget_picture import PICTURES, rendered
from workbench.runs.store import open_runs
from workbench.session.editing.comparing import macs_of
from workbench.spec.words import upper_first
from workbench.training.results.measured import by_head, called, title_of, titled
from workbench.training.results.repeats import Group

SIZE = (1080, 640)
LARGEST_TABLE = 0.4
"""Largest share of the height that the table has at first."""

FEW = 3
"""For more groups than these, the legend names the settings that differ once, and not with each value."""

MOST_SETTINGS = 3
"""If more settings than these differ, the legend names the groups as briefly as bubbles are; the table has them all."""

MOST_UNBROKEN = 40
"""The longest name of a group that is never broken into two lines."""

ACCURACY = "top1"
SHOWN: dict[str, tuple[Split, ...]] = {
    "Validation": ("val",),
    "Training, smoothed": ("train",),
    "Training and validation": ("val", "train"),
}
"""The splits of each choice; curves of the second are thin."""

IN_WORDS: dict[tuple[Split, ...], str] = {
    ("val",): "validation",
    ("train",): "training, smoothed",
    ("val", "train"): "validation (thick) and training",
}


class CompareRunsWindow(Dialog):
    """Compares the runs in some folders, which are read in the background."""

    saving = Signal(object, object)
    """Emitted with a path and a function, to be called in the background, that returns the bytes to write."""

    report_wanted = Signal(object)
    """Emitted with the folders of the runs to write a report of."""

    def __init__(self, parent: QWidget | None, pump: EventPump, folders: Sequence[Path]) -> None:
        super().__init__(parent, "Runs compared")
        self.presenter: ComparedRuns | None = None
        self._runs = list(folders)
        self._folder = Path.home()
        self._drawn: list[dict[str, dict[int, Curve]]] = []
        """For each shown split: the curves of each group, by measure."""
        self.empty = EmptyState("chart", "Reading the runs…", "")
        self._make_picture()
        self._make_tools()
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.addWidget(Scrolled(self.picture))
        self._split.setChildrenCollapsible(False)
        self._body = stacked(self.empty, self._split)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        self.report = QPushButton("Report…")
        self.report.setToolTip("Write a report of these runs, as one file to hand in, send or print")
        self.report.clicked.connect(lambda: self.report_wanted.emit(self._runs))
        tools = [self.shown, self.split, self.measure, self.against_cost.result, self.against_cost.cost]
        lay_out(self, self._body, tools, [close, self.report, self.save])
        self._choose_shown()
        self.resize(*SIZE)
        theme.changed.connect(self._draw)
        self._reads = Newest(pump)
        self._read()

    def _read(self) -> None:
        self._reads.background("read runs", partial(_read, self._runs), self._show, self._fail)

    def _make_picture(self) -> None:
        """Create what a saved picture shows: the legend above the charts."""
        self.legend = QLabel(textFormat=Qt.TextFormat.RichText, wordWrap=True)
        self.against_cost = TradeoffPage()
        self.against_cost.changed.connect(self._draw)
        self.against_cost.chart.chosen.connect(self._choose_row)
        self.against_cost.chart.pointed.connect(self._mark)
        self.charts = GroupChart(), GroupChart()
        self.charts[1].plot.setXLink(self.charts[0].plot)
        for place, chart in enumerate(self.charts):
            chart.pointed.connect(partial(self._point_at, place))
        self._curves_page = Beside(self.charts)
        self._pages = stacked(self._curves_page, self.against_cost)
        self.picture = on_surface(QWidget())
        margins = (theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_S)
        fill(spaced(QVBoxLayout(self.picture), theme.SPACE_M, *margins), self.legend, (self._pages, 1))

    def _make_tools(self) -> None:
        self.shown = named(QComboBox(), "What is shown")
        self.shown.addItem("Curves", self._curves_page)
        self.shown.addItem("Result against cost", self.against_cost)
        self.shown.activated.connect(self._choose_shown)
        self.split = named(QComboBox(), "Split")
        for words in SHOWN:
            self.split.addItem(words)
        self.measure = named(QComboBox(), "Measure beside the loss")
        self.measure.setToolTip("The measure plotted beside the loss")
        self.measure.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)  # it is filled once shown
        for choice in (self.split, self.measure):
            choice.activated.connect(self._draw)
        self.save = styled(QPushButton("Save…"), "primary")
        self.save.setToolTip(
            "Legend and charts as PNG or SVG, in the colours and the shape that they have here; or their points as CSV"
        )
        self.save.setEnabled(False)
        self.save.clicked.connect(self._save)

    def _show(self, presenter: ComparedRuns) -> None:
        self.presenter = presenter
        for name in presenter.measures:
            self.measure.addItem(called(name), name.partition("/")[2])
        self.against_cost.offer(presenter)
        self._split.addWidget(self._make_table(presenter))
        self._split.setStretchFactor(0, 1)
        self.save.setEnabled(True)
        self._body.setCurrentWidget(self._split)
        self._share_height()
        self._choose_shown()

    def follow_renamed(self, old: Path, new: Path) -> None:
        """Name a run as it is named now."""
        self._runs = [new if folder == old else folder for folder in self._runs]
        if self.presenter is None:
            self._read()
        else:
            self.presenter = self.presenter.renamed(old, new)
            self._name_rows(self.presenter)
            if self.shown.currentData() is self.against_cost:
                self._draw()  # it names the runs that it cannot show

    def _fail(self, error: Exception) -> None:
        self.empty.say("The runs cannot be compared", sentence(error))

    def _make_table(self, presenter: ComparedRuns) -> QWidget:
        columns, rows = presenter.columns(), presenter.rows()
        numbers = presenter.numbers
        self.table = Table(columns, "Runs compared", numbers)
        self.table.setRowCount(len(rows))
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.tell_apart(0)
        for number, row in enumerate(rows):
            for place, words in enumerate(row):
                cell = QTableWidgetItem(words)
                cell.setTextAlignment(RIGHT if place in numbers else LEFT)
                cell.setToolTip(words)
                self.table.setItem(number, place, cell)
        self._name_rows(presenter)
        self.table.fit_columns()
        self.table.itemSelectionChanged.connect(self._bring_out)
        self.table.setMouseTracking(True)
        self.table.cellEntered.connect(lambda row, _: self._mark(row))
        self.table.viewport().installEventFilter(self)
        return self.table

    def _name_rows(self, presenter: ComparedRuns) -> None:
        for number, group in enumerate(presenter.groups):
            cell = self.table.item(number, 0)
            assert cell is not None
            cell.setText(group.name())
            cell.setToolTip(_told(group))

    def _share_height(self) -> None:
        """Give the table the height of its rows, up to a share, and the charts the rest."""
        rows = sum(self.table.rowHeight(row) for row in range(self.table.rowCount()))
        bars = (self.table.horizontalHeader(), self.table.horizontalScrollBar())
        around = sum(bar.sizeHint().height() for bar in bars) + 2 * self.table.frameWidth()
        height = min(rows + around, int(LARGEST_TABLE * self._split.height()))
        self._split.setSizes([self._split.height() - height, height])

    def _choose_shown(self) -> None:
        """Show the curves or the results against cost, with their choices."""
        page = self.shown.currentData()
        self._pages.setCurrentWidget(page)
        self.legend.setVisible(page is self._curves_page)  # bubbles have their names beside them
        several = self.presenter is None or len(self.presenter.measures) > 1
        for box, there in ((self.split, True), (self.measure, several)):
            box.setVisible(page is self._curves_page and there)
        for box in (self.against_cost.result, self.against_cost.cost):
            box.setVisible(page is self.against_cost)
        self._draw()

    def _draw(self) -> None:
        presenter = self.presenter
        if presenter is None:
            return
        if self.shown.currentData() is self.against_cost:
            self.against_cost.draw(presenter)
        else:
            self._draw_curves(presenter)
        self._bring_out()
        for number in range(len(presenter.groups)):
            cell = self.table.item(number, 0)
            assert cell is not None
            cell.setIcon(QIcon(patch_of(number, self.devicePixelRatioF())))
        self._write_legend()

    def _draw_curves(self, presenter: ComparedRuns) -> None:
        splits = self._splits()
        # Of the training, only the accuracy is known, and the losses of several heads.
        self.measure.setEnabled("val" in splits or bool(presenter.head_losses))
        chosen = self.measure.currentData()
        metric = chosen if chosen and ("val" in splits or f"val/{chosen}" in presenter.head_losses) else ACCURACY
        self._drawn = [{name: self._curves(name, split) for name in ("loss", metric)} for split in splits]
        # The charts move together, so both have room for all.
        epochs = reach([curve for drawn in self._drawn for each in drawn.values() for curve in each.values()])
        for chart, name in zip(self.charts, ("loss", metric), strict=True):
            shown, words = title_of(name), called(f"val/{name}")
            of = IN_WORDS[splits] if name in OF_STEPS else IN_WORDS[splits].partition(",")[0]
            curves, *thin = (drawn[name] for drawn in self._drawn)
            title = f"{upper_first(words)}{', %' if shown.is_share else ''}, {of}"
            beside = thin[0] if thin else {}
            chart.draw(title, curves, beside, epochs=epochs, is_share=shown.is_share)

    def _bring_out(self) -> None:
        for chart in (*self.charts, self.against_cost.chart):
            chart.bring_out(self._faint)

    def _choose_row(self, number: int | None, extend: bool) -> None:
        """Select the row of a bubble, or none; an additional one is deselected if it was selected."""
        if number is None:
            self.table.clearSelection()
            return
        index, flags = self.table.model().index(number, 0), QItemSelectionModel.SelectionFlag
        if extend:
            self.table.selectionModel().select(index, flags.Toggle | flags.Rows)
        else:
            self.table.selectRow(number)
        self.table.scrollTo(index)

    def _mark(self, number: int | None) -> None:
        """Point out a group's bubble and row."""
        self.against_cost.chart.mark(number)
        self.table.point_out(number)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Point at no row when the pointer leaves the table."""
        if event.type() == QEvent.Type.Leave:
            self._mark(None)
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the selected rows of the table, or all, wherever the focus is."""
        if event.matches(QKeySequence.StandardKey.Copy) and self.presenter is not None:
            rows = sorted({index.row() for index in self.table.selectedIndexes()}) or range(self.table.rowCount())
            QGuiApplication.clipboard().setText(self.table.text_of(rows))
        else:
            super().keyPressEvent(event)

    @property
    def _faint(self) -> set[int]:
        """The groups that are not selected in the table, if any is."""
        chosen = {index.row() for index in self.table.selectedIndexes()}
        return set(range(self.table.rowCount())) - chosen if chosen else set()

    def _splits(self) -> tuple[Split, ...]:
        return SHOWN[self.split.currentText()]

    def _curves(self, metric: str, split: Split) -> dict[int, Curve]:
        assert self.presenter is not None
        found = ((n, self.presenter.curve(group, split, metric)) for n, group in enumerate(self.presenter.groups))
        return {number: curve for number, curve in found if curve is not None}

    def _write_legend(self) -> None:
        """Write each group after its mark."""
        assert self.presenter is not None
        groups, settings = self.presenter.groups, " · ".join(self.presenter.settings)
        parts = [f"{_mark(number)}&nbsp;{_unbroken(self._named(number))}" for number in range(len(groups))]
        if len(groups) > FEW and len(self.presenter.settings) <= MOST_SETTINGS:
            parts.insert(0, f"<span style='color:{theme.current().text_muted}'>{html.escape(settings)}</span>")
        self.legend.setText("&nbsp;&nbsp;&nbsp; ".join(parts))

    def _named(self, number: int) -> str:
        """Return what distinguishes a group, in short if there are many, or much that does."""
        assert self.presenter is not None
        group = self.presenter.groups[number]
        label = group.label if len(self.presenter.groups) <= FEW else " · ".join(group.settings)
        if len(self.presenter.settings) > MOST_SETTINGS:
            label = self.presenter.names[number]
        return label + (f" ({group.count()})" if len(group.runs) > 1 else "")

    def values_at(self, place: int, epoch: float) -> str:
        """Return the values of all curves at the points nearest to an epoch, as a table in HTML, the group whose curve
        is highest in the chart at this ``place`` first.
        """
        assert self.presenter is not None
        columns = [(split, name) for split, drawn in zip(self._splits(), self._drawn, strict=True) for name in drawn]
        curves = [curves for drawn in self._drawn for curves in drawn.values()]
        order = sorted(curves[place], key=lambda number: -curves[place][number].at(epoch))
        rest = [number for number in range(len(self.presenter.groups)) if number not in order]
        several = len(self._drawn) > 1
        heads = [
            f"{IN_WORDS[(split,)].partition(',')[0]} " * several + titled(f"val/{name}") for split, name in columns
        ]
        rows = [[f"epoch {max(round(epoch), 0)}", *map(html.escape, heads)]]
        for number in (*order, *rest):
            values = [
                title_of(name).said(drawn[number].at(epoch)) if number in drawn else "–"
                for drawn, (_, name) in zip(curves, columns, strict=True)
            ]
            rows.append([f"{_mark(number)} {html.escape(self._named(number))}", *values])
        cells = (
            "".join(f"<td style='padding-right:12px; white-space:pre'>{cell}</td>" for cell in row) for row in rows
        )
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"

    def _point_at(self, place: int, epoch: float | None) -> None:
        for chart in self.charts:
            chart.point_at(epoch)
        if epoch is None or self.presenter is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(QCursor.pos(), self.values_at(place, epoch), self.charts[place])

    def _save(self) -> None:
        kinds = {**PICTURES, ".csv": "All points as CSV"}
        path, presenter = ask_to_save(self, "Save the comparison", self._folder / "runs.png", kinds), self.presenter
        if path is None or presenter is None:
            return
        self._folder = path.parent
        if path.suffix in PICTURES:
            picture = rendered(self.picture, path.suffix)
            self.saving.emit(path, lambda: picture)
        else:
            write = presenter.csv
            if self.shown.currentData() is self.against_cost:
                write = partial(presenter.tradeoff_csv, *self.against_cost.axes)
            self.saving.emit(path, lambda: write().encode())


def _unbroken(name: str) -> str:
    """Return a name as HTML that is broken only if it is long."""
    escaped = html.escape(name)
    return escaped.replace(" ", "&nbsp;") if len(name) <= MOST_UNBROKEN else escaped


def _mark(number: int) -> str:
    """Return a group's mark, in HTML."""
    mark = mark_of(number).replace(" ", "&nbsp;")
    return f"<b style='color:{colour_of(number)}'>{mark}</b>"


def _read(folders: Sequence[Path]) -> ComparedRuns:
    runs = open_runs(folders)
    return ComparedRuns(runs, macs_of(runs), read_step_curves(runs))


def _told(group: Group) -> str:
    """Return the names of a group's runs, each with its note, and the results of several heads."""
    runs = (words for run in group.runs for words in (run.folder.name, run.notes.note))
    return "\n".join(filter(None, (*runs, by_head(group.headlines("val"), group.headlines("test")))))
