"""The export dialog: which file, which opset, how far it is, and the proof. The window stays usable beside it."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench.export.report import DEFAULT_OPSET, OPSETS
from workbench.gui import theme
from workbench.gui.event_pump import EventPump
from workbench.gui.export.presenter import ExportPresenter
from workbench.gui.panel import restyle
from workbench.session.export import ExportJob

WIDTH = 560


class ExportDialog(QDialog):
    """Exports one run's checkpoint in a child process."""

    def __init__(self, parent: QWidget, pump: EventPump, run_folder: Path, source_words: str, file: Path) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export ONNX")
        self.setProperty("level", "surface")
        self.presenter = ExportPresenter()
        self.job: ExportJob | None = None
        self._run_folder = run_folder
        self.source = QLabel(source_words, wordWrap=True)
        self.file = QLineEdit(str(file))
        self.file.setAccessibleName("File")
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._choose)
        self.opset = QComboBox()
        for opset in OPSETS:
            self.opset.addItem(f"{opset} (read by the most programs)" if opset == DEFAULT_OPSET else str(opset), opset)
        self.opset.setCurrentIndex(self.opset.findData(DEFAULT_OPSET))
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.words = QLabel(wordWrap=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.proof = QFormLayout()
        self.proof.setHorizontalSpacing(theme.SPACE_M)
        self.proof.setVerticalSpacing(theme.SPACE_XS)
        self.action = QPushButton("Export")
        self.action.setDefault(True)
        self.action.clicked.connect(self._act)
        self.leave = QPushButton("Close")
        self.leave.clicked.connect(self.close)
        self._lay_out(choose)
        pump.ticked.connect(self._poll)
        self._show()

    def _lay_out(self, choose: QPushButton) -> None:
        file_row = QHBoxLayout()
        file_row.addWidget(self.file, 1)
        file_row.addWidget(choose)
        form = QFormLayout()
        form.setHorizontalSpacing(theme.SPACE_M)
        form.setVerticalSpacing(theme.SPACE_S)
        form.addRow(_label("Network"), self.source)
        form.addRow(_label("File"), file_row)
        form.addRow(_label("Opset"), self.opset)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.leave)
        buttons.addWidget(self.action)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_L, theme.SPACE_L, theme.SPACE_L)
        column.setSpacing(theme.SPACE_M)
        column.addLayout(form)
        column.addWidget(self.progress)
        column.addWidget(self.words)
        column.addLayout(self.proof)
        column.addStretch()
        column.addLayout(buttons)
        self.setMinimumWidth(WIDTH)

    def _choose(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export to", self.file.text(), "ONNX (*.onnx)")
        if name:
            self.file.setText(name)

    def _act(self) -> None:
        if self.presenter.phase == "running":
            assert self.job is not None
            self.job.cancel()
            return
        self.presenter.begin()
        self.job = ExportJob(self._run_folder, Path(self.file.text()).expanduser(), self.opset.currentData())
        self._show()

    def _poll(self) -> None:
        presenter = self.presenter
        if self.job is not None and presenter.phase == "running":
            shown: tuple[str, str] = presenter.phase, presenter.sentence
            presenter.take(self.job.poll())
            if (presenter.phase, presenter.sentence) != shown:
                self._show()

    def _show(self) -> None:
        phase = self.presenter.phase
        running = phase == "running"
        self.action.setText("Cancel" if running else "Export again" if phase == "done" else "Export")
        restyle(self.action, "" if running or phase == "done" else "primary")
        self.progress.setVisible(running)
        self.file.setEnabled(not running)
        self.opset.setEnabled(not running)
        self.words.setText(self.presenter.sentence)
        self.words.setVisible(bool(self.presenter.sentence))
        restyle(self.words, "danger" if phase == "failed" else "")
        while self.proof.rowCount():
            self.proof.removeRow(0)
        for label, words in self.presenter.proof:
            text = QLabel(words, wordWrap=True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.proof.addRow(_label(label), text)
        self.adjustSize()

    def closeEvent(self, event: QCloseEvent) -> None:
        """An export under way ends with its dialog."""
        self.end()
        super().closeEvent(event)

    def end(self) -> None:
        """End the child process, if it still runs."""
        if self.job is not None:
            self.job.close()
            self.job = None


def _label(words: str) -> QLabel:
    label = QLabel(words)
    label.setProperty("role", "muted")
    return label
