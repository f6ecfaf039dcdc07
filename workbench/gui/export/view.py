"""The export dialog: which network, which file, which opset, how far it is, and the proof."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QWidget

from workbench.export.report import DEFAULT_OPSET, OPSETS
from workbench.gui.event_pump import EventPump
from workbench.gui.export.presenter import ExportPresenter
from workbench.gui.file_dialogs import ask_to_save
from workbench.gui.job.view import JobDialog, form, muted, show_rows, with_button
from workbench.session.export import ExportJob
from workbench.spec.experiment import Experiment

WIDTH = 560
FIELD_WIDTH = 420
"""Of words in a field, in pixels."""

Source = tuple[str, Path | Experiment]
"""What a network is called, and the run's folder or the experiment it is in."""


class ExportDialog(JobDialog):
    """Exports a run's checkpoint, or a network before its first step, in a child process."""

    presenter: ExportPresenter
    verb, again = "Export", "Export again"

    def __init__(self, parent: QWidget, pump: EventPump, sources: Sequence[Source], file: Path) -> None:
        super().__init__(parent, pump, "Export ONNX", ExportPresenter())
        self.source = QComboBox()
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for words, source in sources:
            shown = self.source.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, FIELD_WIDTH)
            self.source.addItem(shown, source)
            self.source.setItemData(self.source.count() - 1, words, Qt.ItemDataRole.ToolTipRole)
        self.file = QLineEdit(str(file))
        self.opset = QComboBox()
        for opset in OPSETS:
            self.opset.addItem(f"{opset} (most widely supported)" if opset == DEFAULT_OPSET else str(opset), opset)
        self.opset.setCurrentIndex(self.opset.findData(DEFAULT_OPSET))
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._choose)
        self._fields = {"Network": self.source, "File": self.file, "Opset": self.opset}
        asked, self.proof = form(), form()
        for label, field in self._fields.items():
            field.setAccessibleName(label)
            asked.addRow(muted(label), with_button(self.file, choose) if field is self.file else field)
        self.lay_out(asked, self.proof)
        self.setMinimumWidth(WIDTH)
        self.show_state()

    def _choose(self) -> None:
        path = ask_to_save(self, "Export to", self.file.text(), {".onnx": "ONNX"})
        if path is not None:
            self.file.setText(str(path))

    def make_job(self) -> Callable[[], ExportJob]:
        """The export as the fields say."""
        file = Path(self.file.text()).expanduser()
        return partial(ExportJob, self.source.currentData(), file, self.opset.currentData())

    def show_phase(self) -> None:
        """The proof, once there is one."""
        for field in self._fields.values():
            field.setEnabled(self.presenter.phase != "running")
        show_rows(self.proof, self.presenter.proof)
        self.fit()
