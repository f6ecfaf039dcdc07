"""The weights dialog: the source, the progress, and a row for each tensor before anything is loaded."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.dialogs.file_dialogs import ask_to_open
from workbench.gui.experiment.document import Document
from workbench.gui.forms.elided_line import PathLine
from workbench.gui.job.view import JobDialog, complete, form, muted, with_button
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.settings.presenter import with_training
from workbench.gui.weights.presenter import COLUMNS, TAKEN, WeightsPresenter, as_text, pretrained_of
from workbench.gui.widgets import theme
from workbench.gui.widgets.message_bar import MessageBar
from workbench.gui.widgets.panel import EmptyState, fill, named, restyle, spaced, stacked, styled
from workbench.gui.widgets.tables import Table
from workbench.session.exchange import arrivals
from workbench.session.exchange.weights import SUFFIXES, TORCHVISION, WeightsJob
from workbench.spec.experiment import StartWeights

SIZE = (1040, 640)
FILTER = f"Weights ({' '.join(f'*{suffix}' for suffix in SUFFIXES)})"
HINT = (
    "A safetensors file, a state dict in torch's format (.pt, .pth), a run's folder, or torchvision:NAME. Nothing in a "
    "file is executed."
)
NOTHING_YET = ("Nothing matched yet", "Choose a file above: matching tensors are shown here before anything is loaded.")


class WeightsDialog(JobDialog):
    """Matches weights with the document's network, and makes its runs start from them."""

    presenter: WeightsPresenter
    verb, again = "Match", "Use these weights"

    def __init__(self, parent: QWidget, document: Document, pump: EventPump, messages: MessageBar, source: str) -> None:
        super().__init__(parent, pump, f"Weights for {document.experiment.architecture.name}", WeightsPresenter())
        self._document = document
        self._messages = messages
        example = "weights.safetensors, weights.pth or torchvision:resnet18"
        self.source = named(PathLine(source, placeholder=example), "Weights to load")
        self.source.textChanged.connect(self._forget)
        self.choose = QPushButton("Choose…")
        self.choose.clicked.connect(self._choose)
        self.pretrained = QPushButton()
        self.pretrained.clicked.connect(self._match_pretrained)
        self.fields = (self.source, self.choose, self.pretrained)
        prompt = "Filter by name or shape"
        self.filter = named(QLineEdit(placeholderText=prompt, clearButtonEnabled=True), prompt)
        self.misfits_alone = QCheckBox("Only what does not match")
        self.copy = QPushButton("Copy table")
        self.table = _table()
        self.empty = EmptyState("layers", *NOTHING_YET)
        self.filter.textChanged.connect(self._show_matching)
        self.misfits_alone.toggled.connect(self._show_matching)
        self.copy.clicked.connect(self._copy)
        theme.changed.connect(self._fill)
        self.lay_out(self._asked(), self._report(), self.copy)
        self.resize(*SIZE)
        self._name_pretrained("")
        self.show_state()

    def _asked(self) -> QFormLayout:
        hint = styled(QLabel(HINT, wordWrap=True), "small")
        below = fill(QHBoxLayout(), (hint, 1), self.pretrained)
        fields = form()
        fields.addRow(muted("Weights"), with_button(self.source, self.choose))
        fields.addRow("", below)
        return fields

    def _report(self) -> QVBoxLayout:
        tools = fill(spaced(QHBoxLayout(), theme.SPACE_M), (self.filter, 1), self.misfits_alone)
        self._body = stacked(self.empty, self.table)
        return fill(spaced(QVBoxLayout(), theme.SPACE_S), tools, (self._body, 1))

    # Source

    def offer_names(self, names: Sequence[str]) -> None:
        """Offer torchvision's models as completions, and the one with the network's name on a button."""
        models = [name for name in names if name.startswith(TORCHVISION)]
        complete(self.source, models)
        self._name_pretrained(pretrained_of(self._document.experiment.architecture.name, models))

    def _name_pretrained(self, model: str) -> None:
        self._model = model
        self.pretrained.setText(f"torchvision's {model.removeprefix(TORCHVISION)}")
        self.pretrained.setToolTip(
            f"torchvision's pretrained weights for {model.removeprefix(TORCHVISION)}, downloaded"
        )
        self.pretrained.setVisible(bool(model))

    def _match_pretrained(self) -> None:
        self.source.setText(self._model)
        self.begin()

    def _choose(self) -> None:
        path = ask_to_open(self, "Load weights", self.source.text(), FILTER)
        if path is not None:
            self.source.setText(str(path))
            self.begin()

    def _forget(self) -> None:
        self.end()
        self.presenter.forget()
        self.show_state()

    # Work

    def act(self) -> None:
        """Match, cancel the matching, or load what fits."""
        if self.presenter.phase == "done":
            self._take()
        else:
            super().act()

    def make_job(self) -> Callable[[], WeightsJob]:
        return partial(WeightsJob, self._document.experiment, self.source.text().strip())

    def _take(self) -> None:
        assert self.job is not None and self.presenter.report is not None
        assert isinstance(self.job, WeightsJob)
        source = self.source.text().strip()
        name = source.removeprefix(TORCHVISION) if source.startswith(TORCHVISION) else Path(source).stem
        keep = partial(arrivals.keep, self.job.file, name, self.presenter.report["sha256"])
        self.in_background("keep weights", keep, self._taken)

    def _taken(self, weights: StartWeights) -> None:
        self._document.apply("load weights", with_training(self._document.experiment, weights=weights))
        self._messages.say("ok", f"Runs start from these weights: {self.presenter.sentence}")
        self.close()

    # Display

    def show_phase(self) -> None:
        phase = self.presenter.phase
        done = phase == "done"
        if done:
            self._fill()
            restyle(self.action, "primary")
        self.action.setEnabled(phase == "running" or bool(self.source.text().strip()))
        for tool in (self.filter, self.misfits_alone, self.copy):
            tool.setVisible(done)
        self._body.setCurrentWidget(self.table if done else self.empty)

    def _fill(self) -> None:
        rows, tokens = self.presenter.rows, theme.current()
        self.table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, words in enumerate(row.cells):
                cell = QTableWidgetItem(words)
                cell.setToolTip(words)
                if column == 0:
                    cell.setForeground(theme.colour(tokens.text_muted if row.verdict in TAKEN else tokens.warning))
                self.table.setItem(number, column, cell)
        self.table.resizeColumnsToContents()
        self._show_matching()

    def _show_matching(self) -> None:
        shown = self.presenter.shown(self.filter.text(), misfits_alone=self.misfits_alone.isChecked())
        for number, visible in enumerate(shown):
            self.table.setRowHidden(number, not visible)

    def _copy(self) -> None:
        """Copy the visible rows for a spreadsheet."""
        rows = self.presenter.rows
        visible = [row for number, row in enumerate(rows) if not self.table.isRowHidden(number)]
        QGuiApplication.clipboard().setText(as_text(visible))


def _table() -> QTableWidget:
    table = Table(COLUMNS, "Tensors of the network and of the file")
    table.setTabKeyNavigation(False)
    table.horizontalHeader().setStretchLastSection(True)
    return table
