"""The export dialogs: which network, which file, options, progress and result."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from workbench.export.report import DEFAULT_OPSET, OPSETS
from workbench.gui.export.presenter import CodePresenter, ExportPresenter, OnnxPresenter
from workbench.gui.export.writing import WritingDialog
from workbench.gui.job.view import form, muted
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.elided_box import ElidedBox
from workbench.session.exchange.export import ExportJob, training_script
from workbench.spec.experiment import Experiment
from workbench.spec.record import Record

FEWEST_LETTERS = 20
"""Of the name of a network that are visible in a narrow window."""


INTEGERS = (
    "For small devices: weights and activations are rounded, with ranges measured on training data. The outputs differ a "
    "little; by how much is said when it is written."
)


class Source(Record):
    """A network to export: its title, the run's folder or the experiment it is in, and the file proposed for it."""

    title: str
    network: Path | Experiment
    file: Path


class ExportDialog(WritingDialog):
    """Asks for a network, a file and options, each a field with its label, and writes the file in a child process."""

    def __init__(
        self,
        parent: QWidget,
        pump: EventPump,
        presenter: ExportPresenter,
        sources: Sequence[Source],
        *choices: tuple[str, QWidget],
    ) -> None:
        self._proposed = [str(source.file) for source in sources]
        super().__init__(parent, pump, presenter, f"Export {self.kind}", sources[0].file)
        self.source = ElidedBox(FEWEST_LETTERS)
        for source in sources:
            self.source.addItem(source.title, source.network)
            self.source.setItemData(self.source.count() - 1, source.title, Qt.ItemDataRole.ToolTipRole)
        self.source.currentIndexChanged.connect(self._propose)
        self.fields = (self.source, self.file, self.choose, *(field for _, field in choices))
        asked = form()
        for label, field in (("Network", self.source), *choices):
            field.setAccessibleName(label)
            asked.addRow(muted(label), field)
        asked.insertRow(1, muted("File"), self.file_row)
        self.lay_out(asked, self.found)
        self.show_state()

    def _propose(self, index: int) -> None:
        """Propose the file of the network just chosen, unless another one was named than those proposed."""
        if self.file.text() in self._proposed:
            self.file.setText(self._proposed[index])

    @property
    def options(self) -> list[str]:
        """The options of the export command that say what was chosen."""
        raise NotImplementedError

    def make_job(self) -> Callable[[], ExportJob]:
        return partial(ExportJob, self.source.currentData(), self.path, *self.options)


class OnnxDialog(ExportDialog):
    """Exports a run's checkpoint, or an untrained network, to ONNX with verification."""

    kind, suffix = "ONNX", ".onnx"

    def __init__(self, parent: QWidget, pump: EventPump, sources: Sequence[Source]) -> None:
        self.opset = QComboBox()
        for opset in OPSETS:
            self.opset.addItem(f"{opset} (most widely supported)" if opset == DEFAULT_OPSET else str(opset), opset)
        self.opset.setCurrentIndex(self.opset.findData(DEFAULT_OPSET))
        self.numbers = QComboBox()
        self.numbers.addItem("32-bit floats", [])
        self.numbers.addItem("8-bit integers, a quarter of the size", ["--int8"])
        self.numbers.setItemData(1, INTEGERS, Qt.ItemDataRole.ToolTipRole)
        super().__init__(parent, pump, OnnxPresenter(), sources, ("Opset", self.opset), ("Numbers", self.numbers))

    @property
    def options(self) -> list[str]:
        return ["--opset", str(self.opset.currentData()), *self.numbers.currentData()]


class CodeDialog(ExportDialog):
    """Exports the network of a run or experiment as a Python module, and optionally the script that trains it."""

    kind, suffix = "PyTorch code", ".py"

    def __init__(self, parent: QWidget, pump: EventPump, sources: Sequence[Source]) -> None:
        self.training = QCheckBox("Also write the script that trains it, and its data")
        self.training.setToolTip(
            "train_NAME.py trains the network as the experiment does, on the prepared data beside it"
        )
        super().__init__(parent, pump, CodePresenter(), sources, ("Training", self.training))

    @property
    def written(self) -> list[Path]:
        """The module, and the script if that is wanted."""
        return [self.path, training_script(self.path)] if self.training.isChecked() else [self.path]

    @property
    def options(self) -> list[str]:
        return ["--training"] if self.training.isChecked() else []
