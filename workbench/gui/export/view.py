"""The export dialogs: which network, which file, options, progress and result."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QWidget

from workbench.export.report import DEFAULT_OPSET, OPSETS
from workbench.gui.dialogs.file_dialogs import ask_to_save
from workbench.gui.export.presenter import CodePresenter, ExportPresenter, OnnxPresenter
from workbench.gui.forms.elided_line import PathLine
from workbench.gui.job.view import JobDialog, form, muted, show_rows, with_button
from workbench.gui.runtime.event_pump import EventPump
from workbench.session.export import CodeJob, OnnxJob
from workbench.spec.experiment import Experiment

WIDTH = 560
FIELD_WIDTH = 420
"""Width of the text in a field, in pixels."""

Source = tuple[str, Path | Experiment]
"""The title of a network, and the run's folder or the experiment it is in."""


class ExportDialog(JobDialog):
    """Asks for a network, a file and an option (``choice``), and writes the file in a child process."""

    presenter: ExportPresenter
    verb, again = "Export", "Export again"

    def __init__(
        self,
        parent: QWidget,
        pump: EventPump,
        presenter: ExportPresenter,
        sources: Sequence[Source],
        file: Path,
        kind: str,
        choice: tuple[str, QWidget],
    ) -> None:
        super().__init__(parent, pump, f"Export {kind}", presenter)
        self.source = QComboBox()
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for words, source in sources:
            shown = self.source.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, FIELD_WIDTH)
            self.source.addItem(shown, source)
            self.source.setItemData(self.source.count() - 1, words, Qt.ItemDataRole.ToolTipRole)
        self.file = PathLine(str(file))
        self.choose = QPushButton("Choose…")
        self.choose.clicked.connect(lambda: self._choose({file.suffix: kind}))
        self.fields = (self.source, self.file, self.choose, choice[1])
        asked, self.found = form(), form()
        for label, field in (("Network", self.source), ("File", self.file), choice):
            field.setAccessibleName(label)
            asked.addRow(muted(label), with_button(self.file, self.choose) if field is self.file else field)
        self.lay_out(asked, self.found)
        self.setMinimumWidth(WIDTH)
        self.show_state()

    def _choose(self, kinds: dict[str, str]) -> None:
        path = ask_to_save(self, "Export to", self.file.text(), kinds)
        if path is not None:
            self.file.setText(str(path))

    @property
    def path(self) -> Path:
        """The file named in the field."""
        return Path(self.file.text()).expanduser()

    def show_phase(self) -> None:
        """Show the results, if there are any."""
        show_rows(self.found, self.presenter.rows)
        self.fit()


class OnnxDialog(ExportDialog):
    """Exports a run's checkpoint, or an untrained network, to ONNX with verification."""

    def __init__(self, parent: QWidget, pump: EventPump, sources: Sequence[Source], file: Path) -> None:
        self.opset = QComboBox()
        for opset in OPSETS:
            self.opset.addItem(f"{opset} (most widely supported)" if opset == DEFAULT_OPSET else str(opset), opset)
        self.opset.setCurrentIndex(self.opset.findData(DEFAULT_OPSET))
        super().__init__(parent, pump, OnnxPresenter(), sources, file, "ONNX", ("Opset", self.opset))

    def make_job(self) -> Callable[[], OnnxJob]:
        """Return the export described by the fields."""
        return partial(OnnxJob, self.source.currentData(), self.path, self.opset.currentData())


class CodeDialog(ExportDialog):
    """Exports the network of a run or experiment as a Python module, and optionally the script that trains it."""

    def __init__(self, parent: QWidget, pump: EventPump, sources: Sequence[Source], file: Path) -> None:
        self.training = QCheckBox("Also write the script that trains it, and its data")
        self.training.setToolTip(
            "train_NAME.py trains the network as the experiment does, on the prepared data beside it"
        )
        super().__init__(parent, pump, CodePresenter(), sources, file, "PyTorch code", ("Training", self.training))

    def make_job(self) -> Callable[[], CodeJob]:
        """Return the export described by the fields."""
        return partial(CodeJob, self.source.currentData(), self.path, training=self.training.isChecked())
